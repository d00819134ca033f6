import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";

/** The line ends of JSON Lines: LF and CRLF. The splitter removes the CR of a CRLF. */
export const lineFeed: RegExp = /\n/;
/** The line ends of the WHATWG event stream format: LF, CRLF and a lone CR. */
export const anyLineEnd: RegExp = /\r\n?|\n/;

/** The longest line, in UTF-16 code units. A longer one ends the stream, so that no server can fill the memory. */
export const maxLineLength: number = 16 * 1024 * 1024;

/** Splits a byte stream of UTF-8 text into lines, whatever the sizes of its chunks. */
export interface LineSplitter {
  /** Takes the next bytes and returns the lines that end in them. Without bytes, returns the unfinished last line. */
  push(bytes?: Uint8Array): readonly string[];
  /** The beginning of the unfinished line. */
  readonly unfinished: string;
}

/**
 * Makes a splitter. Bytes that are not UTF-8 become U+FFFD and a byte order mark at the start is dropped, as the
 * WHATWG encoding standard's "UTF-8 decode" has it.
 */
export function createLineSplitter(end: RegExp): LineSplitter {
  const decoder = new TextDecoder();
  // It is only appended to, and read once per line, so a long line in small pieces takes linear time.
  let unfinished = "";
  // True after a CR at the end of a chunk: it ended a line, and an LF that follows belongs to it.
  let skipFeed = false;

  return {
    push(bytes) {
      const text = decoder.decode(bytes, { stream: bytes !== undefined });
      const pieces = (skipFeed ? text.replace(/^\n/, "") : text).split(end);
      if (text !== "") skipFeed = end === anyLineEnd && text.endsWith("\r");
      pieces[0] = unfinished + pieces[0];
      unfinished = pieces.pop() ?? "";
      checkLength(unfinished);
      pieces.forEach(checkLength);
      const lines = pieces.map((line) => (line.endsWith("\r") ? line.slice(0, -1) : line));
      if (bytes === undefined && unfinished !== "") {
        lines.push(unfinished);
        unfinished = "";
      }
      return lines;
    },
    get unfinished() {
      return unfinished;
    },
  };
}

/** @throws SageMakerError `LINE_TOO_LONG`. */
export function checkLength({ length }: string): void {
  if (length <= maxLineLength) return;
  throw new SageMakerError(
    "LINE_TOO_LONG",
    words ? `line: must have at most ${maxLineLength} characters, and so must an event` : `line: ${maxLineLength}`,
  );
}
