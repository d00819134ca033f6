import { createWriteStream, openSync, type WriteStream } from "node:fs";
import { CliError } from "../cli-error.ts";
import type { Io } from "../io.ts";

/** Where lines go: a stream of the process, or a file. */
export interface LineSink {
  readonly write: (line: string | Uint8Array) => void;
  /** Bytes that wait for the reader or the disk; Infinity once writing has failed. */
  readonly backlog: () => number;
  /** Opens the file again, after it was moved away. */
  reopen(): void;
  close(): Promise<void>;
}

/** Lines to the file, or without one to the stream. @throws CliError `FILE_UNREADABLE`. */
export function sinkOf(file: string | undefined, io: Io, name: "stdout" | "stderr"): LineSink {
  return file === undefined ? toStream(io, name) : toFile(file);
}

/** Lines to stdout or stderr. */
function toStream(io: Io, name: "stdout" | "stderr"): LineSink {
  return {
    write: (line) => (name === "stdout" ? io.stdout(line) : io.stderr(String(line))),
    backlog: () => (name === "stdout" ? (io.backlog?.() ?? 0) : 0),
    reopen: () => undefined,
    close: async () => undefined,
  };
}

/**
 * Lines to the end of a file that only this user can read. A disk that is full costs lines, and no more.
 *
 * @throws CliError `FILE_UNREADABLE` for a file that cannot be written.
 */
function toFile(file: string): LineSink {
  let isOpen = true;
  const open = (): WriteStream => {
    const opened = createWriteStream(file, { fd: openSync(file, "a", 0o600) });
    opened.on("error", () => (isOpen = false));
    isOpen = true;
    return opened;
  };
  let stream: WriteStream;
  try {
    stream = open();
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot write ${file}`, { cause });
  }
  return {
    write: (line) => void (isOpen && stream.write(line)),
    backlog: () => (isOpen ? stream.writableLength : Infinity),
    reopen() {
      try {
        const previous = stream;
        stream = open();
        previous.end();
      } catch {
        // The open file goes on.
      }
    },
    close: () =>
      new Promise((resolve) => {
        if (isOpen) stream.end(resolve);
        else resolve();
      }),
  };
}
