import { type ChildProcess, spawn } from "node:child_process";
import os from "node:os";
import type { Io } from "../io.ts";
import { visible } from "../visible.ts";

/** Signals that end or direct a program, and that a supervisor sends to the process it knows: this one. */
const FORWARDED: readonly NodeJS.Signals[] = [
  "SIGINT",
  "SIGTERM",
  "SIGHUP",
  "SIGQUIT",
  "SIGALRM",
  "SIGUSR1",
  "SIGUSR2",
  "SIGCONT",
  "SIGWINCH",
];
/** The terminal itself sends these to every process in the foreground, so the child has them already. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(["SIGINT", "SIGQUIT", "SIGWINCH"]);

/**
 * Runs a program with the given environment, on the standard streams of this process, and hands signals on.
 *
 * @returns its exit code; 128 and the number of the signal that ended it; 127 when there is no such program, and 126 when
 * it cannot be run, as shells do.
 */
export async function runChild(command: readonly string[], env: Io["env"], io: Pick<Io, "stderr">): Promise<number> {
  const [file = "", ...args] = command;
  const failed = ({ code = "unknown" }: NodeJS.ErrnoException): number => {
    io.stderr(`error: exec: ${visible(JSON.stringify(file))} cannot be started (${code})\n`);
    return code === "ENOENT" || code === "ENOTDIR" ? 127 : 126;
  };
  if (file === "") return failed(Object.assign(new Error(), { code: "ENOENT" }));
  const onTerminal = process.stdin.isTTY;
  let child: ChildProcess | undefined;
  const forward = (signal: NodeJS.Signals): void => {
    if (!(onTerminal && FROM_TERMINAL.has(signal))) child?.kill(signal);
  };
  // Before the program starts: a signal that came in between would end this process, and leave the program without it.
  for (const signal of FORWARDED) process.on(signal, forward);
  try {
    child = spawn(file, args, { env, stdio: "inherit" });
    return await exitCodeOf(child, failed);
  } catch (error) {
    // Node throws for some failures, such as ENOTDIR, and reports others in an event.
    return failed(error as NodeJS.ErrnoException);
  } finally {
    for (const signal of FORWARDED) process.off(signal, forward);
  }
}

function exitCodeOf(child: ChildProcess, failed: (error: NodeJS.ErrnoException) => number): Promise<number> {
  return new Promise((resolve) => {
    child.on("error", (error) => {
      if (child.pid === undefined) resolve(failed(error));
    });
    child.on("close", (code, signal) => {
      resolve(code ?? 128 + (signal === null ? 0 : os.constants.signals[signal]));
    });
  });
}
