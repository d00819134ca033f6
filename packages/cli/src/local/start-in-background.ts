import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { EXIT, type ExitCode } from "../exit-codes.ts";
import type { Io } from "../io.ts";

/** What `countersign local` printed in a process of its own, and its exit code if it ended instead of listening. */
export interface Background {
  readonly pid: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly ended: ExitCode | undefined;
}

// As deep in the sources as in the build.
const program = fileURLToPath(new URL("../../bin/countersign.mjs", import.meta.url));

/**
 * Starts `countersign local` in a session of its own, which outlives this process, and waits until it listens.
 *
 * @param args the options of `local`.
 */
export async function startInBackground(args: readonly string[], { env }: Io): Promise<Background> {
  const child = spawn(process.execPath, [program, "local", ...args], {
    detached: true,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
  const written = { stdout: "", stderr: "" };
  const ended = await new Promise<ExitCode | undefined>((resolve, reject) => {
    for (const name of ["stdout", "stderr"] as const) {
      child[name].setEncoding("utf8");
      child[name].on("data", (text: string) => {
        written[name] += text;
        // It writes to both once it listens, each in one piece, and then no more.
        if (written.stdout.endsWith("\n") && written.stderr.endsWith("\n")) resolve(undefined);
      });
    }
    child.once("error", reject);
    child.once("close", (code) => resolve((code ?? EXIT.network) as ExitCode));
  });
  child.stdout.destroy();
  child.stderr.destroy();
  child.unref();
  return { pid: child.pid ?? 0, ...written, ended };
}
