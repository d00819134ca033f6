import { compress, initialState } from "#sha256";

/** A SHA-256 that has taken in a beginning, to be continued any number of times. */
export interface Midstate {
  /** After the whole blocks of the beginning. */
  readonly state: Int32Array;
  /** What does not fill a block yet; ASCII. */
  readonly rest: string;
  /** Length of all that was taken in, in bytes. */
  readonly length: number;
}

const encoder = new TextEncoder();
const block = new Int32Array(16);

/** Nothing taken in yet. */
export const beginning: Midstate = { state: initialState, rest: "", length: 0 };

/** Takes in more, at the cost of its own blocks. The given midstate stays what it is. */
export function absorb(from: Midstate, text: string): Midstate {
  const all = from.rest + text;
  const whole = all.length & ~63;
  const bytes = new DataView(encoder.encode(all).buffer);
  const state = from.state.slice();
  for (let at = 0; at < whole; at += 64) {
    for (let i = 0; i < 16; i++) block[i] = bytes.getInt32(at + 4 * i);
    compress(state, block, 0, state);
  }
  return { state, rest: all.slice(whole), length: from.length + text.length };
}

/** A message that is laid out but for the 64 hexadecimal digits that end it: a state, and the blocks that follow. */
export interface DigitSlot {
  readonly bytes: Uint8Array;
  /** Where the digits go. */
  readonly hole: number;
}

/** Lays out the blocks that follow a midstate when 64 digits end the message (FIPS 180-4, section 5.1.1). */
export function digitSlot({ state, rest, length }: Midstate): DigitSlot {
  const hole = 32 + rest.length;
  const bytes = new Uint8Array(32 + 64 * (((rest.length + 64 + 8) >> 6) + 1));
  bytes.set(stateBytes(state));
  encoder.encodeInto(rest, bytes.subarray(32));
  bytes[hole + 64] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, (length + 64) * 8);
  return { bytes, hole };
}

/** A state as the bytes that it has in memory. */
export function stateBytes(state: Int32Array): Uint8Array {
  return new Uint8Array(state.buffer, state.byteOffset, 32);
}
