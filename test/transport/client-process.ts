import { type ChildProcess, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import type { TransportOptions } from "@countersign/transport";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Brings the package's build up to date: the clients run what would be published. */
export function buildTransport(): void {
  const tsc = createRequire(import.meta.url)
    .resolve("typescript/package.json")
    .replace(/package\.json$/, "bin/tsc");
  execFileSync(process.execPath, [tsc, "-b", "packages/transport"], { cwd: root, stdio: "inherit" });
}

export interface Job {
  readonly way: string;
  readonly url: string;
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
): Promise<ClientProcess> {
  const child: ChildProcess = fork(fileURLToPath(new URL("client.mjs", import.meta.url)), [], {
    execPath: runtimeBinary(runtime),
    execArgv: [],
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
