import { SageMakerError } from "./error.ts";

/**
 * What ends a line. `lf`: LF and CRLF, as JSON Lines has it. `any`: also a lone CR, as the WHATWG event stream format
 * has it.
 */
export type LineEnding = "lf" | "any";

/** A line longer than this many UTF-16 code units breaks the stream off, so that no server can fill the memory. */
export const maxLineLength: number = 16 * 1024 * 1024;

/** Cuts a byte stream of UTF-8 text into lines, however it was cut on its way. */
export interface LineSplitter {
  /** Takes the next bytes and answers with the lines that end in them. */
  push(bytes: Uint8Array): readonly string[];
  /** The unfinished last line, if any, when the stream has ended. */
  end(): readonly string[];
  /** What has arrived of the unfinished line. */
  readonly unfinished: string;
}

/**
 * Makes a splitter. Bytes that are not UTF-8 become U+FFFD and a byte order mark at the start is dropped, as the
 * WHATWG encoding standard's "UTF-8 decode" has it.
 */
export function createLineSplitter(ending: LineEnding): LineSplitter {
  const decoder = new TextDecoder();
  const end = ending === "lf" ? /\n/g : /\r\n?|\n/g;
  // Only ever appended to, and read once per line: a long line in small pieces stays linear.
  let held = "";
  // The text so far ended in a CR that ended a line; an LF that follows belongs to it.
  let skipFeed = false;

  function split(text: string): string[] {
    const lines: string[] = [];
    if (text === "") return lines;
    let start = skipFeed && text.startsWith("\n") ? 1 : 0;
    skipFeed = false;
    end.lastIndex = start;
    for (let match = end.exec(text); match !== null; match = end.exec(text)) {
      const line = held + text.slice(start, match.index);
      lines.push(ending === "lf" && line.endsWith("\r") ? line.slice(0, -1) : line);
      held = "";
      start = end.lastIndex;
      skipFeed = start === text.length && match[0] === "\r";
    }
    held += text.slice(start);
    if (held.length > maxLineLength) {
      throw new SageMakerError("LINE_TOO_LONG", `A line of the stream is longer than ${maxLineLength} characters.`);
    }
    return lines;
  }

  return {
    push: (bytes) => split(decoder.decode(bytes, { stream: true })),
    end() {
      const lines = split(decoder.decode());
      if (held !== "") lines.push(held);
      held = "";
      return lines;
    },
    get unfinished() {
      return held;
    },
  };
}
