import { spawn } from "node:child_process";
import os from "node:os";
import { fileURLToPath } from "node:url";
import { EXIT } from "../exit-codes.ts";
import type { Io } from "../io.ts";
import { STOPPING_IN_TERMINAL } from "../until-stopped.ts";

/** What `countersign local` printed in a process of its own, and its exit code if it ended instead of listening. */
export interface Background {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: number | undefined;
}

// As deep in the sources as in the build.
const program = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));

/**
 * Starts `countersign local` in a session of its own, which outlives this process, and waits until it listens.
 *
 * @param args the options of `local`.
 */
export async function startInBackground(args: readonly string[], { env }: Pick<Io, "env">): Promise<Background> {
  const child = spawn(process.execPath, [program, "local", ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const written = { stdout: "", stderr: "" };
  // The terminal sends its signals to this process only, so they are passed on: otherwise the local AWS would go on unseen.
  let stoppedBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
    child.kill();
  };
  for (const name of STOPPING_IN_TERMINAL) process.on(name, stop);
  const ended = await new Promise<number | undefined>((resolve, reject) => {
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8");
      child[name].on("data", (text: string) => {
        written[name] += text;
        // It writes to both once it listens, each in one piece, and then no more.
        if (stoppedBy === undefined && written.stdout.endsWith("\n") && written.stderr.endsWith("\n"))
          resolve(undefined);
      });
    }
    child.once("error", reject);
    child.once("close", (code) =>
      resolve(stoppedBy === undefined ? (code ?? EXIT.network) : 128 + os.constants.signals[stoppedBy]),
    );
  }).finally(() => {
    for (const name of STOPPING_IN_TERMINAL) process.off(name, stop);
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  return { pid: child.pid ?? 0, ...written, ended };
}
