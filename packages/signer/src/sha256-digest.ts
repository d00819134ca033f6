/**
 * The SHA-256 block function (FIPS 180-4, section 6.2.2): folds the 16 big-endian words that begin at `words[at]` into
 * the state `from`, and writes the result to `to`, which may be the same.
 */
export type Compress = (from: Int32Array, words: Int32Array, at: number, to: Int32Array) => void;

// Made once: browsers keep typed arrays of more than 64 bytes outside the heap, where making one costs a microsecond.
const block = new Int32Array(16);

/** The big-endian word at a place; what lies beyond the end is zero. */
export function wordAt(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

/**
 * Finishes a SHA-256: takes the first `length` of `bytes` into `state`, which has taken `before` bytes so far (a multiple
 * of 64), then the padding (FIPS 180-4, section 5.1.1). Up to 72 bytes that follow `length` must be zero or not there.
 *
 * @returns the digest as 8 words.
 */
export function digest(
  compress: Compress,
  state: Int32Array,
  before: number,
  bytes: Uint8Array,
  length: number = bytes.length,
): Int32Array {
  const result = state.slice();
  for (let at = 0; at < length + 9; at += 64) {
    for (let i = 0; i < 16; i++) block[i] = wordAt(bytes, at + 4 * i);
    // Outside the block this writes nothing.
    block[(length - at) >> 2]! |= 0x80 << (24 - 8 * (length & 3));
    if (at + 55 >= length) {
      block[14] = (before + length) / 2 ** 29;
      block[15] = (before + length) * 8;
    }
    compress(result, block, 0, result);
  }
  return result;
}

/** The 32 bytes of a digest. */
export function digestBytes(words: Int32Array): Uint8Array {
  return new Uint8Array(32).map((_, i) => words[i >> 2]! >>> (24 - 8 * (i & 3)));
}
