import { refuseOption } from "../error.ts";
import { refuseFile } from "./unreadable.ts";

/** Larger files are refused: the limit of CloudFormation is 1 MB, and plans of thousands of resources have some 50 MB. */
const MAX_BYTES = 134_217_728;

const tooLarge = `must have at most ${MAX_BYTES >> 20} MiB`;

/** Windows PowerShell writes UTF-16 where a command's output goes into a file by `>`. */
const inShell = "in PowerShell write it with | Out-File -Encoding utf8";

/**
 * The text of a file.
 *
 * @throws GuardError `TEMPLATE_UNREADABLE` for a file that is too large or not UTF-8, `INVALID_OPTION` for any other value.
 */
export function decode(bytes: Uint8Array | string): string {
  // The decoder takes a mark of byte order away; text that something else decoded may still have it.
  if (typeof bytes === "string") return bytes.length > MAX_BYTES ? refuseFile(tooLarge) : bytes.replace(/^\uFEFF/, "");
  if (!ArrayBuffer.isView(bytes)) return refuseOption("bytes: must be the bytes or the text of the file", "bytes");
  if (bytes.byteLength > MAX_BYTES) return refuseFile(tooLarge);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    const [first, second] = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const isWide = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
    return refuseFile(isWide ? `must be UTF-8, and is UTF-16: ${inShell}` : "must be UTF-8");
  }
}
