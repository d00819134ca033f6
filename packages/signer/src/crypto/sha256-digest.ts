import { compress, INITIAL_HASH } from "#platform/block-function";

/** The state of SHA-256 after whole blocks. It can be continued any number of times. */
export interface BlockState {
  readonly state: Int32Array;
  /** How many bytes the blocks had. */
  readonly length: number;
}

/** The same after the beginning of a message. */
export interface Midstate extends BlockState {
  /** The rest of the beginning, which does not fill a block yet. */
  readonly rest: Uint8Array;
}

/** The state before any input. */
export const INITIAL_STATE: BlockState = { state: INITIAL_HASH, length: 0 };

// Made once: browsers keep typed arrays of more than 64 bytes outside the heap, where making one costs a microsecond.
const words = new Int32Array(64);
const current = new Int32Array(8);
/** The longest text that is encoded without bytes of its own. */
const MAX_TEXT_BYTES = 8192;
/** A short text, or the end of a message; after these there is room for the padding. */
const scratch = new Uint8Array(MAX_TEXT_BYTES + 128);
const view = new DataView(scratch.buffer);
const encoder = new TextEncoder();
const digits = encoder.encode("0123456789abcdef");

/** Whether a text fits into `scratch`: a character takes at most three bytes. */
const isShort = (text: string): boolean => text.length * 3 <= MAX_TEXT_BYTES;

/** The UTF-8 bytes of a text, valid until the next call. */
export function bytesOf(text: string): Uint8Array {
  return isShort(text) ? scratch.subarray(0, encoder.encodeInto(text, scratch).written) : encoder.encode(text);
}

/** Compresses the whole blocks of some bytes into a state. @returns the state after them, valid until the next call. */
export function compressBlocks(state: Int32Array, bytes: Uint8Array, size: number = bytes.length): Int32Array {
  for (let i = 0; i < 8; i++) current[i] = state[i]!;
  for (let at = 0; at + 64 <= size;) {
    for (let i = 0; i < 16; i++) {
      words[i] = (bytes[at++]! << 24) | (bytes[at++]! << 16) | (bytes[at++]! << 8) | bytes[at++]!;
    }
    compress(current, words);
  }
  return current;
}

/** Hashes the beginning of a message. */
export function update({ state, length }: BlockState, text: string): Midstate {
  const bytes = bytesOf(text);
  const whole = bytes.length & ~63;
  return { state: compressBlocks(state, bytes).slice(), length: length + whole, rest: bytes.slice(whole) };
}

/** Hashes a whole message, after a state. @returns the digest. */
export function digest(data: string | Uint8Array, { state, length }: BlockState = INITIAL_STATE): Uint8Array {
  if (typeof data === "string" && isShort(data)) {
    return finish(state, length, encoder.encodeInto(data, scratch).written);
  }
  const bytes = typeof data === "string" ? bytesOf(data) : data;
  const left = bytes.length & 63;
  const whole = bytes.length - left;
  const before = compressBlocks(state, bytes);
  for (let i = 0; i < left; i++) scratch[i] = bytes[whole + i]!;
  return finish(before, length + whole, left);
}

/**
 * Ends a message, any number of times for one beginning: with ASCII text, or with a digest in its 64 hexadecimal digits.
 *
 * @returns the digest of the whole.
 */
export function digestEnding({ state, length, rest }: Midstate, ending: string | Uint8Array): Uint8Array {
  let left = 0;
  for (; left < rest.length; left++) scratch[left] = rest[left]!;
  if (typeof ending === "string") {
    for (let i = 0; i < ending.length; i++) scratch[left++] = ending.charCodeAt(i);
  } else {
    // Written without a string in between: browsers are slow to build a string and to take it apart again. The index
    // depends on a hash that is sent anyway, and on no key.
    for (let i = 0; i < 32; i++) {
      scratch[left++] = digits[ending[i]! >> 4]!;
      scratch[left++] = digits[ending[i]! & 15]!;
    }
  }
  return finish(state, length, left);
}

/** Pads and hashes the last bytes, which are in `scratch`. @param length how many bytes came before them. */
function finish(state: Int32Array, length: number, left: number): Uint8Array {
  // The padding (FIPS 180-4, section 5.1.1): a one bit and the number of bits in 64, on a block of its own if need be.
  const end = (left + 72) & ~63;
  const size = length + left;
  for (let i = left; i < end; i++) scratch[i] = 0;
  scratch[left] = 0x80;
  view.setUint32(end - 8, size / 2 ** 29);
  view.setUint32(end - 4, size * 8);
  return toBytes(compressBlocks(state, scratch, end));
}

/** A state as a digest: each word from its highest byte on. */
function toBytes(state: Int32Array): Uint8Array {
  const bytes = new Uint8Array(32);
  for (let i = 0; i < 32; i++) bytes[i] = state[i >> 2]! >>> (24 - 8 * (i & 3));
  return bytes;
}
