import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Runtime, runtimeBinary } from "../binaries.ts";

/** One behaviour that has to be the same in every runtime: `run` throws when it is not. */
export interface RuntimeCase {
  readonly name: string;
  run(): void | Promise<void>;
}

export interface RuntimeResult {
  readonly name: string;
  /** What `run` threw; absent when it did not. */
  readonly error?: string;
}

export interface RuntimeSuite {
  /** The absolute path of a module that exports `suite: readonly RuntimeCase[]`. */
  readonly entry: string;
  /** Constants for the module, such as the origin of a server: name to JSON text. */
  readonly define?: Readonly<Record<string, string>>;
}

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Collects what every case came to; in the bundle it is called `results`. */
const COLLECT = `
async function collect() {
  const results = [];
  for (const { name, run } of suite) {
    try { await run(); results.push({ name }); }
    catch (error) { results.push({ name, error: String(error?.stack ?? error) }); }
  }
  return results;
}`;

const MARK = "countersign suite: ";
const AS_PROGRAM = `${COLLECT}\nconsole.log(${JSON.stringify(MARK)} + JSON.stringify(await collect()));`;
const AS_WORKER = `${COLLECT}\nexport default { async fetch() { return Response.json(await collect()); } };`;

const ARGUMENTS: Readonly<Record<Exclude<Runtime, "workerd">, readonly string[]>> = {
  node: [],
  n22: [],
  n24: [],
  n26: [],
  bun: ["run"],
  deno: ["run", "--allow-net", "--no-config"],
};

/** Bundles a suite for the web platform alone and runs it in a runtime, as a process of its own. */
export async function runSuite(runtime: Runtime, suite: RuntimeSuite): Promise<readonly RuntimeResult[]> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-runtime-"));
  try {
    const file = join(directory, "suite.mjs");
    await build({
      stdin: {
        contents: `import { suite } from ${JSON.stringify(suite.entry)};\n${runtime === "workerd" ? AS_WORKER : AS_PROGRAM}`,
        resolveDir: ROOT,
      },
      bundle: true,
      format: "esm",
      target: "es2022",
      platform: runtime === "workerd" ? "browser" : "neutral",
      conditions: conditionsOf(runtime),
      external: ["node:*"],
      define: { ...suite.define },
      outfile: file,
      logLevel: "silent",
    });
    return runtime === "workerd"
      ? ((await runWorker(directory)) as readonly RuntimeResult[])
      : await runProgram(runtime, file);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** The seam each runtime gets is the one its users get. */
function conditionsOf(runtime: Runtime): string[] {
  const own = runtime === "workerd" ? ["workerd", "worker"] : runtime === "deno" ? ["deno", "node"] : ["node"];
  return ["@countersign/source", ...(runtime === "bun" ? ["bun"] : []), ...own];
}

async function runProgram(runtime: Exclude<Runtime, "workerd">, file: string): Promise<readonly RuntimeResult[]> {
  const child = spawn(runtimeBinary(runtime), [...ARGUMENTS[runtime], file], { stdio: ["ignore", "pipe", "pipe"] });
  const [output, errors] = await Promise.all([textOf(child.stdout), textOf(child.stderr), ended(child)]);
  const line = output.split("\n").find((text) => text.startsWith(MARK));
  if (line === undefined) throw new Error(`${runtime} did not finish the suite:\n${output}${errors}`);
  return JSON.parse(line.slice(MARK.length)) as readonly RuntimeResult[];
}

/** What a worker is given besides its code. */
export interface WorkerSettings {
  /** Variables and secrets: the `env` of the worker's handlers. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** A certificate authority, as PEM, that the worker's `fetch` trusts. */
  readonly ca?: string;
}

function configOf({ bindings = {}, ca }: WorkerSettings): string {
  const texts = Object.entries(bindings).map(([name, text]) => `(name = "${name}", text = ${JSON.stringify(text)})`);
  const tls = ca === undefined ? "" : `, tlsOptions = (trustedCertificates = [${JSON.stringify(ca)}])`;
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = (
      modules = [(name = "suite.mjs", esModule = embed "suite.mjs")],
      bindings = [${texts.join(", ")}],
      compatibilityDate = "2026-01-01",
      globalOutbound = "network",
    )),
    (name = "network", network = (allow = ["public", "private"]${tls})),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);
`;
}

/** A worker that answers on this machine until it is stopped. */
export interface RunningWorker {
  readonly url: string;
  stop(): void;
}

/** Starts the module `suite.mjs` of a folder as a worker. */
export async function startWorker(directory: string, settings: WorkerSettings = {}): Promise<RunningWorker> {
  const config = join(directory, "config.capnp");
  await writeFile(config, configOf(settings));
  const child = spawn(runtimeBinary("workerd"), ["serve", "--control-fd=3", config], {
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const errors = textOf(child.stderr);
  try {
    const port = await Promise.race([portOf(child), ended(child).then(async () => fail(await errors))]);
    return { url: `http://127.0.0.1:${port}/`, stop: () => void child.kill("SIGKILL") };
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
}

/** Runs the module `suite.mjs` of a folder as a worker and returns what it answers. */
export async function runWorker(directory: string): Promise<unknown> {
  const worker = await startWorker(directory);
  try {
    const response = await fetch(worker.url);
    if (!response.ok) throw new Error(`workerd answered ${response.status}: ${await response.text()}`);
    return await response.json();
  } finally {
    worker.stop();
  }
}

function fail(errors: string): never {
  throw new Error(`workerd ended before it listened:\n${errors}`);
}

/** workerd says on its control descriptor which port it was given. */
async function portOf(child: ChildProcess): Promise<number> {
  let text = "";
  for await (const chunk of child.stdio[3] as AsyncIterable<Buffer>) {
    text += chunk.toString();
    const found = /"event":\s*"listen".*"port":\s*(\d+)/u.exec(text)?.[1];
    if (found !== undefined) return Number(found);
  }
  throw new Error(`workerd named no port: ${text}`);
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += chunk.toString();
  return text;
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => resolve());
  });
}
