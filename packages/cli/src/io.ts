import type { Clock } from "@countersign/signer";
import { harmless } from "./visible.ts";

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
  /** Bytes of stdout that its reader has not taken yet; Infinity once the reader is gone. */
  readonly backlog?: () => number;
}

/** Streams on which foreign text acts on no terminal: text always, and bytes, such as a model's answer, on a terminal. */
export function harmlessIo(io: Io): Io {
  const decoder = new TextDecoder();
  return {
    ...io,
    stdout: (output) => {
      if (typeof output === "string") io.stdout(harmless(output));
      else io.stdout(io.isTerminal ? harmless(decoder.decode(output, { stream: true })) : output);
    },
    stderr: (text) => io.stderr(harmless(text)),
  };
}

/** The process's own streams and environment. A reader that goes away, such as `head`, ends the output and nothing else. */
export function processIo(): Io {
  const { stdin, stdout, stderr } = process;
  let isOpen = true;
  stdout.on("error", () => (isOpen = false));
  stderr.on("error", () => undefined);
  return {
    stdout: (output) => void (isOpen && stdout.write(output)),
    stderr: (text) => void stderr.write(text),
    env: process.env,
    isTerminal: stdout.isTTY,
    canAsk: stdin.isTTY && stderr.isTTY,
    columns: stdout.columns ?? (Number(process.env["COLUMNS"]) || 80),
    backlog: () => (isOpen ? stdout.writableLength : Infinity),
  };
}
