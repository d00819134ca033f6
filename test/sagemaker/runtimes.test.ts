import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createClock } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";
import { type RuntimeResult, runSuite } from "../runtimes/drivers/run-suite.ts";

const entry = fileURLToPath(new URL("runtime-suite.ts", import.meta.url));
const cases = 13;

let aws: Aws<ReturnType<typeof createClock>>;
let url = "";
let agent: https.Agent;

/**
 * Passes on to the local AWS, over plain HTTP on loopback because each runtime has a trust store of its own; what is
 * signed arrives unchanged and is verified there. A few endpoints misbehave on the way.
 */
let busy = false;
const front = createServer((request, response) => {
  const endpoint = /^\/endpoints\/([^/]+)\//.exec(request.url ?? "")?.[1];
  if (endpoint === "redirect") response.writeHead(307, { location: "http://127.0.0.1:9/" }).end();
  else if (endpoint === "flaky" && (busy = !busy)) response.writeHead(503).end("{}");
  else if (endpoint !== "hanging") pass(request, response);
});

function pass(request: IncomingMessage, response: ServerResponse): void {
  const { method, url: path, rawHeaders } = request;
  const onward = https.request(new URL(path ?? "/", aws.url.all), { agent, method, setHost: false });
  for (let at = 0; at < rawHeaders.length; at += 2) onward.setHeader(rawHeaders[at] ?? "", rawHeaders[at + 1] ?? "");
  onward.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.on("error", () => response.destroy()).pipe(response);
  });
  onward.on("error", () => response.destroy());
  response.on("close", () => onward.destroy());
  request.pipe(onward);
}

beforeAll(async () => {
  aws = await startAws({ regions: ["eu-west-1"], clock: createClock() });
  agent = new https.Agent({ ca: aws.ca });
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(front.address() as AddressInfo).port}`;
  aws.endpoint("broken", { modelError: { status: 500, message: "out of memory" } });
  aws.endpoint("llm", { parts: ['data: {"a"', ":1}\n\nda", "ta: [DONE]"] });
  aws.endpoint("jsonl", { parts: ['{"a":1}\n{"a"', ":2}\n"] });
  aws.endpoint("dying", {
    parts: ["one\ntw"],
    ending: { modelStreamError: { code: "StreamBroken", message: "gone" } },
  });
  aws.endpoint("endless", () => ({
    parts: (async function* () {
      for (;;) {
        yield "x".repeat(100).concat("\n");
        await new Promise((resolve) => setImmediate(resolve));
      }
    })(),
  }));
});
afterAll(async () => {
  front.closeAllConnections();
  await new Promise((resolve) => front.close(resolve));
  agent.destroy();
  await aws.close();
});

const define = (): Record<string, string> => ({
  URL_OF_AWS: JSON.stringify(url),
  CREDENTIALS: JSON.stringify(aws.user),
});

function expectAll(results: readonly RuntimeResult[]): void {
  expect(results.filter(({ error }) => error !== undefined)).toEqual([]);
  expect(results).toHaveLength(cases);
}

describe.each<Runtime>(["bun", "deno", "workerd"])("over the fetch of %s", (runtime) => {
  test("everything works that needs no HTTP/2", { timeout: 60_000 }, async () => {
    expectAll(await runSuite(runtime, { entry, define: define() }));
    expect(aws.calls({ status: 403 })).toEqual([]);
  });
});

describe.each<Runtime>(["node", "n22", "n24", "n26"])("over the transport on %s", (runtime) => {
  test("everything works the same", { timeout: 60_000 }, async () => {
    expectAll(await runOnNode(runtime));
    expect(aws.calls({ status: 403 })).toEqual([]);
  });
});

/** The same suite as a program for Node, where the platform seam is the transport. */
async function runOnNode(runtime: Runtime): Promise<readonly RuntimeResult[]> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-sagemaker-"));
  const outfile = join(directory, "suite.mjs");
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const program = `
    import { createTransport } from "@countersign/transport";
    const transport = createTransport({ allowLoopbackHttp: true });
    globalThis.sagemakerOptions = { transport };
    const { suite } = await import(${JSON.stringify(entry)});
    const results = [];
    for (const { name, run } of suite) {
      try { await run(); results.push({ name }); }
      catch (error) { results.push({ name, error: String(error?.stack ?? error) }); }
    }
    await transport.close();
    process.stdout.write(JSON.stringify(results));`;
  try {
    await build({
      stdin: { contents: program, resolveDir: join(root, "test") },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "es2022",
      conditions: ["@countersign/source", "node"],
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      define: define(),
      outfile,
      logLevel: "silent",
    });
    return JSON.parse(await output(runtimeBinary(runtime), [outfile])) as readonly RuntimeResult[];
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function output(binary: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, args, { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    child.once("error", reject);
    child.once("close", (status) =>
      status === 0 ? resolve(text) : reject(new Error(`ended with ${status}: ${text}`)),
    );
  });
}
