import { VendingError } from "../vending-error.ts";

/**
 * Reads a body as text, and stops as soon as it is longer than `maxBytes`.
 *
 * @throws VendingError `UNAVAILABLE` for a longer body.
 */
export async function readText(answer: Response, maxBytes: number): Promise<string> {
  const reader = answer.body?.getReader();
  if (reader === undefined) return "";
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks));
      size += value.byteLength;
      if (size > maxBytes) throw new VendingError("UNAVAILABLE", `the answer must be at most ${maxBytes} bytes`);
      chunks.push(value);
    }
  } finally {
    // Frees the connection of an answer that is not read to its end.
    await reader.cancel().catch(() => undefined);
  }
}
