/**
 * The SHA-256 block function (FIPS 180-4, section 6.2.2): folds the 16 big-endian words that begin at `words[at]` into
 * the state `from`, and writes the result to `to`, which may be the same.
 */
export type Compress = (from: Int32Array, words: Int32Array, at: number, to: Int32Array) => void;

/**
 * Finishes a SHA-256: takes `bytes` into `state`, which has taken `before` bytes so far (a multiple of 64), then the
 * padding (FIPS 180-4, section 5.1.1).
 *
 * @returns the digest as 8 words.
 */
export function digest(compress: Compress, state: Int32Array, before: number, bytes: Uint8Array): Int32Array {
  const result = state.slice();
  const block = new Int32Array(16);
  const end = bytes.length;
  for (let at = 0; at < end + 9; at += 64) {
    block.fill(0);
    for (let i = at; i < at + 64 && i <= end; i++) {
      // The bit after the message is set: byte `end` is 0x80.
      block[(i - at) >> 2]! |= (i < end ? bytes[i]! : 0x80) << (24 - 8 * (i & 3));
    }
    if (at + 64 >= end + 9) {
      const bits = (before + end) * 8;
      block[14] = bits / 2 ** 32;
      block[15] = bits;
    }
    compress(result, block, 0, result);
  }
  return result;
}

/** The 32 bytes of a digest. */
export function digestBytes(words: Int32Array): Uint8Array {
  return new Uint8Array(32).map((_, i) => words[i >> 2]! >>> (24 - 8 * (i & 3)));
}
