import { INITIAL_HASH } from "#platform/block-function";
import { digest, compressBlocks, type BlockState } from "./sha256-digest.ts";

/** An HMAC-SHA-256 key, kept as the two SHA-256 states that follow its pads (RFC 2104, section 4). */
export interface HmacKey {
  readonly inner: BlockState;
  readonly outer: BlockState;
}

/** Prepares a key: both pads are hashed once instead of with every message. */
export function hmacKey(key: Uint8Array): HmacKey {
  const bytes = key.length > 64 ? digest(key) : key;
  const padded = (pad: number): BlockState => {
    // A key shorter than the block counts as followed by zeros (RFC 2104, section 2), so the pad stays as it is there.
    const block = new Uint8Array(64).map((_, i) => bytes[i]! ^ pad);
    return { state: compressBlocks(INITIAL_HASH, block).slice(), length: 64 };
  };
  return { inner: padded(0x36), outer: padded(0x5c) };
}

/** HMAC-SHA-256 of a message (RFC 2104). */
export function hmac({ inner, outer }: HmacKey, message: string | Uint8Array): Uint8Array {
  return digest(digest(message, inner), outer);
}
