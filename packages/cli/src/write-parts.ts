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
