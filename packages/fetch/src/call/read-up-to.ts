import { checkChunk } from "#platform/check-parts";

/** Reads a stream until it ends, `enough` bytes have arrived or `signal` aborts; then cancels the rest. */
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
      checkChunk(value);
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
