import { closeSync, openSync, readSync } from "node:fs";

/** A larger file is no template, plan or request. */
const MAX_BYTES = 268_435_456;
const PART_BYTES = 1 << 20;

/**
 * Reads a file, or standard input for `0`, up to a limit: a link may lead to a device without an end.
 *
 * @throws RangeError for a longer file; errors of the system.
 */
export function readLimited(file: string | 0, maxBytes: number = MAX_BYTES): Uint8Array {
  const descriptor = file === 0 ? 0 : openSync(file, "r");
  const part = new Uint8Array(PART_BYTES);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const read = readPart(descriptor, part);
      if (read === 0) return Buffer.concat(parts);
      // A copy: a pipe gives little at a time.
      parts.push(part.slice(0, read));
      length += read;
      if (length > maxBytes) throw new RangeError(`it has more than ${maxBytes} bytes`);
    }
  } finally {
    if (file !== 0) closeSync(descriptor);
  }
}

/** One reading. A terminal or pipe on standard input may say that it has nothing yet, and on Windows that it has ended. */
function readPart(descriptor: number, part: Uint8Array): number {
  for (;;) {
    try {
      return readSync(descriptor, part);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
