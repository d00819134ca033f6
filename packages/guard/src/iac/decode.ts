import { refuseOption } from "../error.ts";
import { refuseFile } from "./unreadable.ts";

/** Larger files are refused: the limit of CloudFormation is 1 MB, and plans of thousands of resources have some 50 MB. */
const MAX_BYTES = 134_217_728;

const tooLarge = `must have at most ${MAX_BYTES >> 20} MiB`;

/**
 * The text of a file.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE` for a file that is too large or not UTF-8, `INVALID_OPTION` for any other value.
 */
export function decode(bytes: Uint8Array | string): string {
  if (typeof bytes === "string") return bytes.length > MAX_BYTES ? refuseFile(tooLarge) : bytes;
  if (!ArrayBuffer.isView(bytes)) return refuseOption("bytes: must be the bytes or the text of the file", "bytes");
  if (bytes.byteLength > MAX_BYTES) return refuseFile(tooLarge);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return refuseFile("must be UTF-8");
  }
}
