import { words } from "@countersign/signer";
import { SageMakerError } from "../core/error.ts";

/** Ends a line: LF and CRLF, as JSON Lines has it; the CR is taken away with the line. */
export const lineFeed: RegExp = /\n/;
/** The same, and a lone CR, as the WHATWG event stream format has it. */
export const anyLineEnd: RegExp = /\r\n?|\n/;

/** A line longer than this many UTF-16 code units breaks the stream off, so that no server can fill the memory. */
export const maxLineLength: number = 16 * 1024 * 1024;

/** Cuts a byte stream of UTF-8 text into lines, however it was cut on its way. */
export interface LineSplitter {
  /** Takes the next bytes and answers with the lines that end in them; without bytes: with the unfinished last one. */
  push(bytes?: Uint8Array): readonly string[];
  /** What has arrived of the unfinished line. */
  readonly unfinished: string;
}

/**
 * Makes a splitter. Bytes that are not UTF-8 become U+FFFD and a byte order mark at the start is dropped, as the
 * WHATWG encoding standard's "UTF-8 decode" has it.
 */
export function createLineSplitter(end: RegExp): LineSplitter {
  const decoder = new TextDecoder();
  // Only ever appended to, and read once per line: a long line in small pieces stays linear.
  let held = "";
  // The text so far ended in a CR that ended a line; an LF that follows belongs to it.
  let skipFeed = false;

  return {
    push(bytes) {
      const text = decoder.decode(bytes, { stream: bytes !== undefined });
      const pieces = (skipFeed ? text.replace(/^\n/, "") : text).split(end);
      if (text !== "") skipFeed = end === anyLineEnd && text.endsWith("\r");
      pieces[0] = held + pieces[0];
      held = pieces.pop() ?? "";
      checkLength(held);
      const lines = pieces.map((line) => line.replace(/\r$/, ""));
      if (bytes === undefined && held !== "") {
        lines.push(held);
        held = "";
      }
      return lines;
    },
    get unfinished() {
      return held;
    },
  };
}

/** @throws SageMakerError `LINE_TOO_LONG`. */
export function checkLength({ length }: string): void {
  if (length <= maxLineLength) return;
  throw new SageMakerError(
    "LINE_TOO_LONG",
    words ? `A line or event of the stream is longer than ${maxLineLength} characters.` : `line: ${maxLineLength}`,
  );
}
