import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";
import { readUpTo } from "./read-up-to.ts";

/**
 * Reads the body of a Request or Response to its end.
 *
 * @param signal ends the reading; it must not be aborted yet.
 * @throws FetchError `BODY_TOO_LARGE` as soon as it exceeds `maxBytes`; the signal's reason when that aborts.
 */
export async function readBody(
  source: Request | Response,
  maxBytes: number,
  signal: AbortSignal | null | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = source.body
    ? await readUpTo(source.body, maxBytes + 1, signal)
    : // Firefox has no Request.body (https://bugzilla.mozilla.org/show_bug.cgi?id=1387483).
      new Uint8Array(await source.arrayBuffer());
  signal?.throwIfAborted();
  if (bytes.length > maxBytes) {
    refuse(
      "BODY_TOO_LARGE",
      words
        ? `body: must have at most ${maxBytes} bytes; raise maxBufferBytes, or pass a stream with payload "unsigned" or { sha256 }`
        : `maxBufferBytes: ${maxBytes}`,
    );
  }
  return bytes;
}
