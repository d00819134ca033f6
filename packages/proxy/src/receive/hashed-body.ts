import { createHash } from "node:crypto";
import { Refusal } from "../refusal.ts";

/**
 * Passes a body on while it is hashed. The last piece is held back until the hash is known to be the signed one, so that
 * a changed body is never complete at the other end.
 *
 * @throws Refusal `XAmzContentSHA256Mismatch`.
 */
export async function* hashedBody(
  body: AsyncIterable<Buffer>,
  sha256: string,
): AsyncGenerator<Buffer, void, undefined> {
  const hash = createHash("sha256");
  let held: Buffer | undefined;
  for await (const piece of body) {
    if (piece.length === 0) continue;
    hash.update(piece);
    if (held !== undefined) yield held;
    held = piece;
  }
  if (hash.digest("hex") !== sha256) throw bodyMismatch();
  if (held !== undefined) yield held;
}

/** The body is not the signed one. */
export function bodyMismatch(): Refusal {
  const message = "The body does not have the hash that x-amz-content-sha256 announces.";
  return new Refusal(400, "XAmzContentSHA256Mismatch", message);
}
