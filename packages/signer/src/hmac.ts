import { compress, initialState } from "#sha256";
import { digest, digestBytes } from "./sha256-digest.ts";

/** An HMAC-SHA-256 key, kept as the two SHA-256 states that follow its pads (RFC 2104, section 4). */
export interface HmacKey {
  readonly inner: Int32Array;
  readonly outer: Int32Array;
}

/** Prepares a key: both pads are taken in once instead of with every message. */
export function hmacKey(key: Uint8Array): HmacKey {
  const bytes = key.length > 64 ? digestBytes(digest(compress, initialState, 0, key)) : key;
  const absorb = (pad: number): Int32Array => {
    const state = new Int32Array(8);
    const block = new Int32Array(16);
    for (let i = 0; i < 64; i++) block[i >> 2]! |= ((bytes[i] ?? 0) ^ pad) << (24 - 8 * (i & 3));
    compress(initialState, block, 0, state);
    return state;
  };
  return { inner: absorb(0x36), outer: absorb(0x5c) };
}

/** HMAC-SHA-256 of a message (RFC 2104), as 8 words. */
export function hmac(key: HmacKey, message: Uint8Array): Int32Array {
  return digest(compress, key.outer, 64, digestBytes(digest(compress, key.inner, 64, message)));
}
