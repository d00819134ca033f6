import { words } from "@countersign/signer";
import { refuse } from "../errors/fetch-error.ts";

/**
 * Reads a stream until it ends, `enough` bytes have arrived or `signal` aborts; then cancels the rest.
 *
 * @throws FetchError `BODY_UNSUPPORTED` for a stream of anything else than `Uint8Array`.
 */
export async function readUpTo(
  stream: ReadableStream<Uint8Array>,
  enough: number,
  signal: AbortSignal | null | undefined,
): Promise<Uint8Array<ArrayBuffer>> {
  const reader = stream.getReader();
  // Not awaited: half of a cloned body is cancelled only together with the other half.
  const stop = (): void => void reader.cancel(signal?.reason).catch(() => undefined);
  signal?.addEventListener("abort", stop);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    while (length < enough) {
      const { done, value } = await reader.read();
      if (done) break;
      // Copied into bytes, text would be signed and sent as zeros, and numbers of 16 bits would be cut to 8.
      if (Object.prototype.toString.call(value) !== "[object Uint8Array]") {
        refuse(
          "BODY_UNSUPPORTED",
          words ? "body: must be a stream of Uint8Array; encode text with TextEncoderStream" : "body",
        );
      }
      chunks.push(value);
      length += value.length;
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop();
  }
  const bytes = new Uint8Array(length);
  for (const chunk of chunks.toReversed()) bytes.set(chunk, (length -= chunk.length));
  return bytes;
}
