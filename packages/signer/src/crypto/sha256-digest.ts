import { compress, INITIAL_HASH } from "#platform/block-function";

/** The state of SHA-256 after the beginning of a message. It can be continued any number of times. */
export interface Midstate {
  /** The state after the whole blocks of the beginning. */
  readonly state: Int32Array;
  /** How many bytes these were. */
  readonly length: number;
  /** The rest of the beginning, which does not fill a block yet; ASCII. */
  readonly rest: string;
}

/** A state after whole blocks only. */
export interface BlockState extends Midstate {
  readonly rest: "";
}

/** The state before any input. */
export const INITIAL_STATE: BlockState = { state: INITIAL_HASH, length: 0, rest: "" };

// Made once: browsers keep typed arrays of more than 64 bytes outside the heap, where making one costs a microsecond.
const words = new Int32Array(64);
const encoded = new Uint8Array(8192);
const tail = new Uint8Array(128);
const bits = new DataView(tail.buffer);
const encoder = new TextEncoder();

/** The UTF-8 bytes of a text, good until the next call. */
export function bytesOf(text: string): Uint8Array {
  // A character takes at most three bytes.
  if (text.length * 3 > encoded.length) return encoder.encode(text);
  return encoded.subarray(0, encoder.encodeInto(text, encoded).written);
}

/** Compresses the whole blocks of some bytes into a state. @returns the state. */
export function compressBlocks(state: Int32Array, bytes: Uint8Array, size: number = bytes.length): Int32Array {
  for (let at = 0; at + 64 <= size;) {
    for (let i = 0; i < 16; i++) {
      words[i] = (bytes[at++]! << 24) | (bytes[at++]! << 16) | (bytes[at++]! << 8) | bytes[at++]!;
    }
    compress(state, words);
  }
  return state;
}

/** Adds ASCII text to the input. */
export function update({ state, length, rest }: Midstate, text: string): Midstate {
  const all = rest + text;
  const whole = all.length & ~63;
  return { state: compressBlocks(state.slice(), bytesOf(all)), length: length + whole, rest: all.slice(whole) };
}

/** Adds the end of the input. @returns the digest. */
export function digest(data: string | Uint8Array, { state, length }: BlockState = INITIAL_STATE): Uint8Array {
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  const size = bytes.length;
  const whole = size & ~63;
  const left = size - whole;
  // The padding (FIPS 180-4, section 5.1.1): a one bit and the number of bits in 64, on a block of its own if need be.
  const end = left < 56 ? 64 : 128;
  tail.fill(0);
  for (let i = 0; i < left; i++) tail[i] = bytes[whole + i]!;
  tail[left] = 0x80;
  bits.setUint32(end - 8, (length + size) / 2 ** 29);
  bits.setUint32(end - 4, (length + size) * 8);
  return toBytes(compressBlocks(compressBlocks(state.slice(), bytes), tail, end));
}

/** A state as a digest: each word from its highest byte on. */
export function toBytes(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return bytes;
}
