import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { READ_FLAGS } from "../model/read-flags.ts";

const PART_BYTES = 65_536;

/**
 * Reads a small file at once. A path may lead to something that is not a file, by mistake or on purpose: a pipe would
 * block the process, and a device such as /dev/zero has no end. /dev/null is an empty file.
 *
 * @throws the system's error, or an Error with the code `NOT_A_FILE` or `TOO_LARGE`.
 */
export function readSmallFile(file: string, maxBytes: number): Buffer {
  const opened = openSync(file, READ_FLAGS);
  try {
    const stats = fstatSync(opened);
    if (!stats.isFile() && !stats.isCharacterDevice()) throw coded("NOT_A_FILE");
    const parts: Buffer[] = [];
    // The size in `stats` is not believed: a file may grow, and files of /proc have the size 0.
    for (let total = 0; ;) {
      const part = Buffer.allocUnsafe(PART_BYTES);
      const length = readSync(opened, part, 0, PART_BYTES, null);
      if (length === 0) return Buffer.concat(parts);
      total += length;
      if (total > maxBytes) throw coded("TOO_LARGE");
      parts.push(part.subarray(0, length));
    }
  } finally {
    closeSync(opened);
  }
}

/** The code of a failure to read a file, for a message. */
export function readFault(error: unknown): string {
  return String((error as NodeJS.ErrnoException).code);
}

function coded(code: string): Error {
  return Object.assign(new Error(code), { code });
}
