/**
 * The SHA-256 block function (FIPS 180-4, section 6.2.2): folds the 16 big-endian words that begin at `words[at]` into
 * the state `from`, and writes the result to `to`, which may be the same.
 */
export type Compress = (from: Int32Array, words: Int32Array, at: number, to: Int32Array) => void;

// Made once: browsers keep typed arrays of more than 64 bytes outside the heap, where making one costs a microsecond.
const block = new Int32Array(16);
const tail = new Uint8Array(128);

/**
 * Finishes a SHA-256: takes the first `length` of `bytes` into `state`, which has taken `before` bytes so far (a multiple
 * of 64), then the padding (FIPS 180-4, section 5.1.1).
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
  const rest = length % 64;
  const whole = length - rest;
  const take = (from: Uint8Array, at: number): void => {
    for (let i = 0; i < 16; i++, at += 4) {
      block[i] = (from[at]! << 24) | (from[at + 1]! << 16) | (from[at + 2]! << 8) | from[at + 3]!;
    }
  };
  for (let at = 0; at < whole; at += 64) {
    take(bytes, at);
    compress(result, block, 0, result);
  }
  tail.fill(0);
  for (let i = 0; i < rest; i++) tail[i] = bytes[whole + i]!;
  tail[rest] = 0x80;
  const end = rest < 56 ? 0 : 64;
  for (let at = 0; at <= end; at += 64) {
    take(tail, at);
    if (at === end) {
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
