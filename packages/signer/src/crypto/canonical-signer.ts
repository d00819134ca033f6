import { digestPadded, paddedBlocks, type PaddedBlocks } from "./padded-blocks.ts";
import type { Hash } from "../platform/web/sha256.ts";
import { update, INITIAL_STATE } from "./sha256-digest.ts";

/**
 * Signs a canonical request for a payload hash, which is its last line. All lines before it are hashed once.
 *
 * @param canonical the canonical request up to the payload hash.
 * @param sign signs the hash of the whole canonical request.
 * @returns a function that takes the last line. Give one function either digests only, or one word such as
 * `UNSIGNED-PAYLOAD` only: the length of the last line is fixed by the first call.
 */
export function canonicalSigner(canonical: string, sign: (hash: Hash) => string): (payloadHash: Hash) => string {
  let message: PaddedBlocks | undefined;
  return (hash) => {
    message ??= paddedBlocks(update(INITIAL_STATE, canonical), typeof hash === "string" ? hash.length : 64);
    return sign(digestPadded(message, hash));
  };
}
