import { AsyncLocalStorage } from "node:async_hooks";
import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from "node:fs";
import { devNull } from "node:os";
import { CliError } from "./cli-error.ts";

/** A larger file is no template, plan or request. */
const MAX_BYTES = 268_435_456;
const PART_BYTES = 1 << 20;
/** How long a named pipe may be without a writer or a reader. */
export const PIPE_WAIT_MS = 3_000;
/** The opening of a pipe would wait for a writer. Windows has no such flag, and no such pipes. */
const OPEN = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

const filesOnly = new AsyncLocalStorage<true>();

/**
 * Runs work in which `readLimited` refuses pipes and devices, since the reader of one waits, and a daemon answers nothing
 * meanwhile. What is opened is judged: another program may exchange a file after a look at its name. What this process was
 * started with, such as /dev/fd/3, is read: no other user can put a pipe there.
 */
export function readingFilesOnly<T>(work: () => T): T {
  return filesOnly.run(true, work);
}

/** Whether something is a pipe or a device; /dev/null is an empty file. */
export function isEndless(stats: Stats): boolean {
  return stats.isFIFO() || (stats.isCharacterDevice() && stats.rdev !== statSync(devNull).rdev);
}

/** @throws CliError `FILE_UNREADABLE`. */
export function refuseEndless(file: string): never {
  throw new CliError("FILE_UNREADABLE", `${file}: must be a file: a pipe or a device can stop its reader`);
}

/**
 * Reads a file, or standard input for `0`, up to a limit: a link may lead to a device without an end.
 *
 * @throws RangeError for a longer file; Error for a named pipe that nothing is written to; errors of the system;
 * CliError `FILE_UNREADABLE` within `readingFilesOnly`.
 */
export function readLimited(file: string | 0, maxBytes: number = MAX_BYTES): Uint8Array {
  const descriptor = file === 0 ? 0 : openSync(file, OPEN);
  const part = new Uint8Array(PART_BYTES);
  const parts: Uint8Array[] = [];
  let length = 0;
  try {
    const stats = fstatSync(descriptor);
    if (filesOnly.getStore() === true && isPlaced(file) && isEndless(stats)) refuseEndless(file);
    const isPipe = stats.isFIFO();
    const writerUntil = isPipe && isPlaced(file) ? performance.now() + PIPE_WAIT_MS : undefined;
    for (;;) {
      const read = readPart(descriptor, part, isPipe || !isPlaced(file));
      if (read === 0 && length === 0 && writerUntil !== undefined) {
        if (performance.now() > writerUntil) throw new Error("it is a pipe that no program writes to");
        sleep();
        continue;
      }
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

/** The open files of a process, which a shell names for `<(command)`, and terminals. */
const OPENED = /^\/(?:dev\/(?:stdin|fd\/\d+|tty\w*|pts\/\d+|console)|proc\/(?:self|\d+)\/fd\/\d+)$/;

/**
 * Whether another user could have placed a pipe or a link at a path, as in /tmp or /dev/shm. The writers of a shell's own
 * pipes are there before the command, and a person types at a terminal that is named.
 */
function isPlaced(file: string | 0): file is string {
  return file !== 0 && !OPENED.test(file);
}

/** Waits for a moment, as reading and writing do here. */
export function sleep(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
}

/**
 * One reading. A terminal or pipe may say that it has nothing yet, and on Windows that it has ended.
 *
 * @param waits whether to wait then: a link may lead to a device that never has anything, such as /dev/ptmx.
 */
function readPart(descriptor: number, part: Uint8Array, waits: boolean): number {
  for (;;) {
    try {
      return readSync(descriptor, part);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EOF") return 0;
      if (code !== "EAGAIN" || !waits) throw error;
      sleep();
    }
  }
}
