import { createHash, timingSafeEqual } from "node:crypto";

/**
 * Whether a token is one of those whose digests are given. All digests are compared, each in constant time: neither how
 * long it takes nor which one matched tells anything.
 */
export function matchesToken(token: string, sha256: readonly string[]): boolean {
  const digest = createHash("sha256").update(token).digest();
  let matches = false;
  for (const hex of sha256) matches = timingSafeEqual(digest, Buffer.from(hex, "hex")) || matches;
  return matches;
}
