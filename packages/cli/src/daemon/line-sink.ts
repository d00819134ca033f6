import { createWriteStream, fstatSync, openSync, readSync, type WriteStream } from "node:fs";
import { CliError } from "../cli-error.ts";
import type { Io } from "../io.ts";

/** Where lines go: a stream of the process, or a file. */
export interface LineSink {
  readonly write: (line: string | Uint8Array) => void;
  /** Bytes that wait for the reader or the disk; Infinity while nothing can be written. */
  readonly backlog: () => number;
  /** How many lines were given to `write` and could not be written. */
  readonly lost: () => number;
  /** Why lines cannot be written, for messages. */
  readonly fault: () => string;
  /** Opens the file again, after it was moved away. */
  reopen(): void;
  close(): Promise<void>;
}

/** A disk that was full is tried again after this time. */
const RETRY_MS = 1_000;

const CLOSE_MS = 2_000;

/** Lines to the file, or without one to the stream. @throws CliError `FILE_UNREADABLE`. */
export function sinkOf(file: string | undefined, io: Io, name: "stdout" | "stderr"): LineSink {
  return file === undefined ? toStream(io, name) : toFile(file);
}

/** Lines to stdout or stderr. */
function toStream(io: Io, name: "stdout" | "stderr"): LineSink {
  return {
    write: (line) => (name === "stdout" ? io.stdout(line) : io.stderr(String(line))),
    backlog: () => io.backlog?.(name) ?? 0,
    lost: () => io.lost?.(name) ?? 0,
    fault: () => `the reader of ${name} is slow or gone, or its disk is full`,
    reopen: () => undefined,
    close: async () => undefined,
  };
}

/**
 * Lines to the end of a file that only this user can read. A disk that is full costs lines, and no more: writing goes on
 * once it has room.
 *
 * @throws CliError `FILE_UNREADABLE` for a file that cannot be written.
 */
function toFile(file: string): LineSink {
  let stream: WriteStream | undefined;
  let failedAt = -Infinity;
  let fault = "the disk is slow";
  let lost = 0;

  function fail(error: NodeJS.ErrnoException): void {
    failedAt = performance.now();
    fault = error.code ?? "it cannot be written";
  }

  function open(): WriteStream {
    const fd = openToAppend(file);
    const opened = createWriteStream(file, { fd });
    opened.on("error", (error) => {
      if (stream === opened) stream = undefined;
      fail(error);
    });
    // A disk that became full can have cut a line: the next one must not continue it.
    if (isCut(fd)) opened.write("\n");
    return opened;
  }

  /** The stream, opened again some time after a failure. */
  function current(): WriteStream | undefined {
    if (stream === undefined && performance.now() - failedAt >= RETRY_MS) {
      try {
        stream = open();
      } catch (error) {
        fail(error as NodeJS.ErrnoException);
      }
    }
    return stream;
  }

  try {
    stream = open();
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot write ${file}`, { cause });
  }
  return {
    write(line) {
      const to = current();
      if (to === undefined) lost += 1;
      else to.write(line, (error) => void (error && (lost += 1)));
    },
    backlog: () => current()?.writableLength ?? Infinity,
    lost: () => lost,
    fault: () => `${file} cannot be written (${fault})`,
    reopen() {
      try {
        const previous = stream;
        stream = open();
        previous?.end();
      } catch {
        // The open file goes on.
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (stream === undefined) return resolve();
        // A disk or pipe that takes nothing must not keep the process.
        const timer = setTimeout(resolve, CLOSE_MS);
        stream.once("close", () => {
          clearTimeout(timer);
          resolve();
        });
        stream.end();
      }),
  };
}

/** Opens a file for reading too, where this user may: a pipe then does not wait for its reader. */
function openToAppend(file: string): number {
  try {
    return openSync(file, "a+", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EACCES") throw error;
    return openSync(file, "a", 0o600);
  }
}

/** Whether the last line of a file has no end. It is not known of devices, pipes and files that this user may not read. */
function isCut(fd: number): boolean {
  const stats = fstatSync(fd);
  if (!stats.isFile() || stats.size === 0) return false;
  const last = Buffer.alloc(1);
  try {
    return readSync(fd, last, 0, 1, stats.size - 1) === 1 && last[0] !== 0x0a;
  } catch {
    return false;
  }
}
