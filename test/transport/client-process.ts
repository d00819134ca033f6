import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { TransportOptions } from "@countersign/transport";
import { build } from "esbuild";
import { afterAll } from "vitest";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";

const here = new URL(".", import.meta.url);
let bundled: Promise<string> | undefined;

/**
 * The path of a client script, bundled with the package's sources as they are now: by the tool and settings that make
 * `dist`, but into a folder of its own, so that other imports of `dist` are undisturbed and nothing is stale.
 */
export async function clientScript(name: string): Promise<string> {
  return join(await (bundled ??= bundle()), name);
}

afterAll(async () => {
  if (bundled !== undefined) rmSync(await bundled, { recursive: true, force: true });
});

async function bundle(): Promise<string> {
  const cache = fileURLToPath(new URL("../../node_modules/.cache/", import.meta.url));
  mkdirSync(cache, { recursive: true });
  const outdir = mkdtempSync(join(cache, "transport-clients-"));
  await build({
    entryPoints: readdirSync(here)
      .filter((file) => file.endsWith("client.mjs"))
      .map((file) => fileURLToPath(new URL(file, here))),
    outdir,
    outExtension: { ".js": ".mjs" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "es2022",
    conditions: ["@countersign/source"],
    external: ["undici", "undici/*", "undici6", "undici8"],
  });
  return outdir;
}

export interface Job {
  readonly way: string;
  readonly url: string;
  /** Goes on after a refusal, for so many requests. Default: two requests, until one is refused. */
  readonly attempts?: number;
  readonly options: Pick<TransportOptions, "ca" | "tls" | "postQuantum" | "pins" | "proxy">;
}

export interface JobResult {
  readonly outcome: string;
  readonly message?: string;
  readonly handshakes?: readonly { readonly resumed: boolean; readonly peer: { readonly subject: string } }[];
}

/** A Node process that sends requests on demand. */
export interface ClientProcess {
  /** Such as `Node 20`. */
  readonly title: string;
  run(job: Job): Promise<JobResult>;
  stop(): Promise<void>;
}

export async function startClient(
  runtime: Runtime,
  env: Readonly<Record<string, string | undefined>> = {},
  flags: readonly string[] = [],
): Promise<ClientProcess> {
  const child: ChildProcess = fork(await clientScript("client.mjs"), [], {
    execPath: runtimeBinary(runtime),
    execArgv: [...flags],
    env: { ...process.env, NODE_OPTIONS: "", ...env },
  });
  const [{ ready }] = (await once(child, "message")) as [{ ready: NodeJS.ProcessVersions }];
  const ended = once(child, "exit").then((): [JobResult] => [{ outcome: "the client ended" }]);
  let queue: Promise<unknown> = Promise.resolve();
  return {
    title: `Node ${ready.node.split(".")[0]}`,
    run(job) {
      const result = queue.then(async () => {
        const answer = new Promise<[JobResult]>((resolve) =>
          child.once("message", (result) => resolve([result as JobResult])),
        );
        child.send(job);
        const late = setTimeout(() => child.kill(), 20_000);
        const [result] = await Promise.race([answer, ended]);
        clearTimeout(late);
        return result;
      });
      queue = result;
      return result;
    },
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.disconnect();
      child.kill();
      await ended;
    },
  };
}
