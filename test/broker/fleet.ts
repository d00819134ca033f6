import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdir, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { MemberConfig, MemberJob } from "./fleet-member.ts";

/** A process with a broker in it. */
export interface FleetMember {
  run(job: MemberJob): Promise<unknown>;
  /** Ends it without a word. */
  kill(): Promise<void>;
  signal(name: "SIGSTOP" | "SIGCONT"): void;
}

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

/** Bundles the member from the packages' sources, so that no build has to be up to date. */
export async function bundleMember(): Promise<{ file: string; remove(): Promise<void> }> {
  const directory = here("../../node_modules/.cache/countersign");
  await mkdir(directory, { recursive: true });
  const file = `${directory}/fleet-member-${process.pid}.mjs`;
  await build({
    entryPoints: [here("fleet-member.ts")],
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

export async function startMember(file: string, config: MemberConfig): Promise<FleetMember> {
  const child: ChildProcess = fork(file, [JSON.stringify(config)], {
    execArgv: [],
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
  await once(child, "message");
  return {
    run(job) {
      serial += 1;
      const id = serial;
      return new Promise((resolve, reject) => {
        pending.set(id, { resolve, reject });
        child.send({ id, job });
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
