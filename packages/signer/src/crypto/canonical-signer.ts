import type { Hash } from "../platform/web/sha256.ts";
import { digestEnding, INITIAL_STATE, update } from "./sha256-digest.ts";

/**
 * Signs a canonical request for a payload hash, which is its last line. All lines before it are hashed once.
 *
 * @param canonical the canonical request up to the payload hash.
 * @param sign signs the hash of the whole canonical request.
 */
export function canonicalSigner(canonical: string, sign: (hash: Hash) => string): (payloadHash: Hash) => string {
  const beginning = update(INITIAL_STATE, canonical);
  return (hash) => sign(digestEnding(beginning, hash));
}
