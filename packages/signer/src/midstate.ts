import { compress, initialState } from "./sha256-unrolled.ts";

/** A SHA-256 that has taken in a beginning, to be continued any number of times. */
export interface Midstate {
  /** After the whole blocks of the beginning. */
  readonly state: Int32Array;
  /** What does not fill a block yet; ASCII. */
  readonly rest: string;
  /** Length of all that was taken in, in bytes. */
  readonly length: number;
}

/** Nothing taken in yet. */
export const beginning: Midstate = { state: initialState, rest: "", length: 0 };

/** Takes in more, at the cost of its own blocks. The given midstate stays what it is. */
export function absorb(from: Midstate, text: string): Midstate {
  const all = from.rest + text;
  const whole = all.length & ~63;
  const words = asciiWords(all, whole >> 2);
  let { state } = from;
  for (let at = 0; at < whole >> 2; at += 16) compress(state, words, at, at === 0 ? (state = state.slice()) : state);
  return { state, rest: all.slice(whole), length: from.length + text.length };
}

/** A midstate that waits for 64 hexadecimal digits and nothing after them: all blocks are laid out but for these. */
export interface DigitSlot {
  readonly state: Int32Array;
  readonly words: Int32Array;
  /** Where the digits begin: a word, and bits into it. */
  readonly at: number;
  readonly shift: number;
  /** What shares the first word with the digits, and what shares the last. */
  readonly first: number;
  readonly last: number;
}

/** Lays out the blocks that follow a midstate when 64 digits end the message (FIPS 180-4, section 5.1.1). */
export function digitSlot({ state, rest, length }: Midstate): DigitSlot {
  const size = ((rest.length + 64 + 8) >> 6) + 1;
  const words = asciiWords(`${rest}${"\0".repeat(64)}\x80`, size << 4);
  const at = rest.length >> 2;
  words[words.length - 1] = (length + 64) * 8;
  return { state, words, at, shift: (rest.length & 3) * 8, first: words[at]!, last: words[at + 16]! };
}

/** Finishes a slot with its digits, 4 to a word, and writes the digest to `to`. */
export function finish(slot: DigitSlot, digits: Int32Array, to: Int32Array): void {
  const { words, at, shift } = slot;
  let carried = slot.first;
  for (let i = 0; i < 16; i++) {
    const four = digits[i]!;
    words[at + i] = carried | (four >>> shift);
    carried = (four << (31 - shift)) << 1;
  }
  words[at + 16] = carried | slot.last;
  compress(slot.state, words, 0, to);
  for (let block = 16; block < words.length; block += 16) compress(to, words, block, to);
}

/** Reads 64 digits from text. */
export function digitsOfText(hex: string, to: Int32Array): void {
  for (let i = 0, at = 0; i < 16; i++, at += 4) {
    to[i] =
      (hex.charCodeAt(at) << 24) |
      (hex.charCodeAt(at + 1) << 16) |
      (hex.charCodeAt(at + 2) << 8) |
      hex.charCodeAt(at + 3);
  }
}

/** Writes a digest in 64 digits, by arithmetic: no table, so no index depends on the data. */
export function digitsOfDigest(digest: Int32Array, to: Int32Array): void {
  for (let i = 0; i < 8; i++) {
    to[2 * i] = fourDigits(digest[i]! >>> 16);
    to[2 * i + 1] = fourDigits(digest[i]! & 0xffff);
  }
}

function fourDigits(bits: number): number {
  const bytes = ((bits & 0xff00) << 8) | (bits & 0xff);
  const nibbles = ((bytes & 0xf000f0) << 4) | (bytes & 0xf000f);
  // `0` is 0x30, and 0x27 further on is where `a` follows 9.
  return nibbles + 0x30303030 + (((nibbles + 0x06060606) >>> 4) & 0x01010101) * 0x27;
}

function asciiWords(text: string, size: number): Int32Array {
  const words = new Int32Array(size);
  const end = Math.min(text.length, size * 4);
  for (let i = 0; i < end; i++) words[i >> 2]! |= text.charCodeAt(i) << (24 - 8 * (i & 3));
  return words;
}
