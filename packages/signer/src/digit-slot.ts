import { bytesOf, type Midstate } from "./sha256-digest.ts";

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
  bytes.set(bytesOf(rest), 32);
  bytes[hole + 64] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, (length + rest.length + 64) * 8);
  return { bytes, hole };
}

/** A state as the bytes that it has in memory. */
export function stateBytes(state: Int32Array): Uint8Array {
  return new Uint8Array(state.buffer, state.byteOffset, 32);
}
