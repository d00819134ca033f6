import { setImmediate as nextTurn } from "node:timers/promises";
import { CliError } from "./cli-error.ts";
import type { Io } from "./io.ts";

/**
 * Writes an answer to stdout part by part, at the pace of its reader: a slow one does not fill the memory. Once nothing more
 * can be written, since the reader is gone or the disk is full, the rest of the answer is not read.
 */
export async function writeParts(io: Io, parts: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const part of parts) {
    io.stdout(part);
    if ((await io.hasRoom?.("stdout")) === false) return;
  }
}

/**
 * Writes what a program has to know to use what listens, or to end it.
 *
 * @throws CliError `FILE_UNREADABLE` when it cannot be written.
 */
export async function writeNeeded(io: Io, output: string): Promise<void> {
  io.stdout(output);
  // A stream tells of a failure in the next turn.
  await nextTurn();
  if ((await io.hasRoom?.("stdout")) === false)
    throw new CliError("FILE_UNREADABLE", "the output cannot be written, so what it names ends");
}
