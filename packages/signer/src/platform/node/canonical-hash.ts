import { type Hash, sha256Hex } from "#platform/sha256";

/** The hash of a canonical request for a payload hash, which is its last line. OpenSSL hashes the whole as fast. */
export function canonicalHash(canonical: string): (payloadHash: Hash) => Hash {
  // Reading a character joins the string's pieces for good, which every hash would do anew for itself.
  canonical.charCodeAt(0);
  return (hash) => sha256Hex(canonical + hash);
}
