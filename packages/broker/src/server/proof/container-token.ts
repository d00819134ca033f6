import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a token has one of the digests. All digests are compared, each in constant time, so the duration reveals
 * neither the token nor which digest matched.
 */
export function matchesToken(token: string, sha256: readonly string[]): boolean {
  const digest = createHash("sha256").update(token).digest();
  let matches = false;
  for (const hex of sha256) matches = timingSafeEqual(digest, Buffer.from(hex, "hex")) || matches;
  return matches;
}
