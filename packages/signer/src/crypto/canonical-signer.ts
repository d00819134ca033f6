import { digestPadded, paddedBlocks, type PaddedBlocks } from "./padded-blocks.ts";
import type { Hash } from "../platform/web/sha256.ts";
import { update, INITIAL_STATE } from "./sha256-digest.ts";

/**
 * Signs a canonical request for a payload hash, which is its last line. All before it is taken in once.
 *
 * @param canonical the canonical request up to there.
 * @param sign signs the hash of all of it.
 * @returns a function that must always be given a digest, or always the same word in its place.
 */
export function canonicalSigner(canonical: string, sign: (hash: Hash) => string): (payloadHash: Hash) => string {
  let message: PaddedBlocks | undefined;
  return (hash) => {
    message ??= paddedBlocks(update(INITIAL_STATE, canonical), typeof hash === "string" ? hash.length : 64);
    return sign(digestPadded(message, hash));
  };
}
