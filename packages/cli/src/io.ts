import type { Clock } from "@countersign/signer";
import { EXIT } from "./exit-codes.ts";
import { harmless, visibleLines } from "./visible.ts";

/** A stream that a command writes to. */
export type StreamName = "stdout" | "stderr";

/** Where a command reads and writes. It is passed in, so that a test can run every command. */
export interface Io {
  readonly stdout: (output: string | Uint8Array) => void;
  readonly stderr: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** stdout is a terminal. */
  readonly isTerminal: boolean;
  /** A person can be asked: standard input and standard error are a terminal. Default: false. */
  readonly canAsk?: boolean;
  /** Default: `createClock()`. */
  readonly clock?: Clock;
  /** Columns of the terminal; without a terminal COLUMNS, else 80. */
  readonly columns: number;
  /** Bytes of a stream that its reader has not taken yet; Infinity once the reader is gone, and after its disk was full. */
  readonly backlog?: (name: StreamName) => number;
  /** How many writes to a stream failed. */
  readonly lost?: (name: StreamName) => number;
  /** Waits until a stream takes more; `false` once nothing more can be written to it. Default: `true` at once. */
  readonly hasRoom?: (name: StreamName) => Promise<boolean>;
  /** Lets the process end soon, although a reader that stalls has not taken everything. Called when a daemon has stopped. */
  readonly letGo?: () => void;
}

/** Streams on which foreign text acts on no terminal: text always, and bytes, such as a model's answer, on a terminal. */
export function harmlessIo(io: Io): Io {
  const decoder = new TextDecoder();
  return {
    ...io,
    stdout: (output) => {
      if (typeof output === "string") io.stdout(harmless(output));
      else io.stdout(io.isTerminal ? visibleLines(decoder.decode(output, { stream: true })) : output);
    },
    stderr: (text) => io.stderr(harmless(text)),
  };
}

/**
 * The process's own streams and environment. A reader that goes away, such as `head`, ends the output and nothing else; a
 * disk that is full is a failure, because what the command was asked for is not there.
 */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  const outlets = { stdout: outletOf(stdout), stderr: outletOf(stderr) };
  process.once("exit", (code) => {
    const failure = outlets.stdout.failure();
    if (failure === undefined) return;
    outlets.stderr.write(`error: the output cannot be written (${failure})\n`);
    if (code === 0) process.exitCode = EXIT.usage;
  });
  return {
    stdout: outlets.stdout.write,
    stderr: outlets.stderr.write,
    env: process.env,
    isTerminal: stdout.isTTY,
    canAsk: stdin.isTTY && stderr.isTTY,
    columns: stdout.columns ?? (Number(process.env["COLUMNS"]) || 80),
    backlog: (name) => outlets[name].backlog(),
    lost: (name) => outlets[name].lost(),
    hasRoom: (name) => outlets[name].hasRoom(),
    // Output that waits keeps the process; this timer does not.
    letGo: () => void setTimeout(() => process.exit(), LET_GO_MS).unref(),
  };
}

/** Failures of a disk, which can end: it is full, or the file may not grow. */
const PASSING: ReadonlySet<string | undefined> = new Set(["ENOSPC", "EDQUOT", "EFBIG", "EIO", "EAGAIN"]);
const RETRY_MS = 1_000;
const LET_GO_MS = 2_000;

/** One of the process's streams. */
interface Outlet {
  readonly write: (output: string | Uint8Array) => void;
  readonly backlog: () => number;
  readonly lost: () => number;
  readonly hasRoom: () => Promise<boolean>;
  /** Why the last output could not be written; `undefined` when it was, and when its reader went away. */
  readonly failure: () => string | undefined;
}

function outletOf(stream: NodeJS.WriteStream): Outlet {
  let isOpen = true;
  let failedAt = -Infinity;
  let lost = 0;
  let failure: string | undefined;
  stream.on("error", ({ code }: NodeJS.ErrnoException) => {
    failure = code === "EPIPE" ? undefined : (code ?? "unknown");
    if (PASSING.has(code)) failedAt = performance.now();
    else isOpen = false;
  });
  return {
    write(output) {
      if (!isOpen) {
        lost += 1;
        return;
      }
      stream.write(output, (error) => {
        if (error) lost += 1;
        else failure = undefined;
      });
    },
    backlog: () => (isOpen && performance.now() - failedAt >= RETRY_MS ? stream.writableLength : Infinity),
    lost: () => lost,
    async hasRoom() {
      if (isOpen && failure === undefined && stream.writableNeedDrain) await drainOrError(stream);
      return isOpen && failure === undefined;
    },
    failure: () => failure,
  };
}

function drainOrError(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => {
    const settle = (): void => {
      for (const name of ["drain", "error"]) stream.removeListener(name, settle);
      resolve();
    };
    for (const name of ["drain", "error"]) stream.once(name, settle);
  });
}
