import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { MemberJob } from "./fleet-member.ts";

/** A process with a broker in it. */
export interface FleetMember<Job = MemberJob> {
  /** Rejects when the process ends before it answers. */
  run(job: Job): Promise<unknown>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles a member from the packages' sources, so that no build has to be up to date. */
export async function bundleMember(entry = "fleet-member.ts"): Promise<{ file: string; remove(): Promise<void> }> {
  const directory = here("../../node_modules/.cache/countersign");
  await mkdir(directory, { recursive: true });
  const file = `${directory}/${entry.replaceAll(/\W/gu, "-")}-${process.pid}.mjs`;
  await build({
    entryPoints: [here(entry)],
    outfile: file,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    conditions: ["@countersign/source"],
    external: ["@aws-sdk/*", "@redis/client", "iovalkey", "lru-cache", "prom-client", "undici"],
    logLevel: "error",
  });
  return { file, remove: () => rm(file, { force: true }) };
}

export async function startMember<Job = MemberJob>(
  file: string,
  config: object,
  execArgv: readonly string[] = [],
): Promise<FleetMember<Job>> {
  const child: ChildProcess = fork(file, [JSON.stringify(config)], {
    execArgv: [...execArgv],
    env: { PATH: process.env["PATH"] },
  });
  const pending = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let serial = 0;
  child.on("message", ({ id, result, error }: { id: number; result?: unknown; error?: string }) => {
    const waiting = pending.get(id);
    pending.delete(id);
    if (error === undefined) waiting?.resolve(result);
    else waiting?.reject(new Error(error));
  });
  child.on("exit", () => {
    for (const waiting of pending.values()) waiting.reject(new Error("the member ended"));
    pending.clear();
  });
  const ended = once(child, "exit").then(() => {
    throw new Error("the member ended before it was ready");
  });
  ended.catch(() => undefined);
  await Promise.race([once(child, "message"), ended]);
  return {
    run(job) {
      serial += 1;
      const id = serial;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        child.send({ id, job }, (error) => error && reject(error));
      });
    },
    signal: (name) => void child.kill(name),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}
