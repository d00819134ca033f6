import { bytesOf, fold, type Midstate, toBytes } from "./sha256-digest.ts";

const digits = new TextEncoder().encode("0123456789abcdef");

/** A message that is laid out but for its last characters: a SHA-256 state, and the blocks that follow. */
export interface OpenMessage {
  readonly state: Int32Array;
  readonly blocks: Uint8Array;
  /** Where in the blocks the last characters go. */
  readonly hole: number;
}

/** Lays out the blocks that follow a midstate when `size` characters end the message (FIPS 180-4, section 5.1.1). */
export function openMessage({ state, length, rest }: Midstate, size: number): OpenMessage {
  const hole = rest.length;
  const blocks = new Uint8Array((hole + size + 72) & ~63);
  blocks.set(bytesOf(rest));
  blocks[hole + size] = 0x80;
  new DataView(blocks.buffer).setUint32(blocks.length - 4, (length + hole + size) * 8);
  return { state, blocks, hole };
}

/**
 * Ends a message, any number of times: with as much ASCII text as it was laid out for, or with a digest in its 64
 * hexadecimal digits. @returns the digest of the whole.
 */
export function closeMessage({ state, blocks, hole }: OpenMessage, ending: string | Uint8Array): Uint8Array {
  if (typeof ending === "string") {
    for (let i = 0; i < ending.length; i++) blocks[hole + i] = ending.charCodeAt(i);
  } else {
    // Not by way of a string: browsers are slow to put one together and to take it apart again. The index depends on
    // a hash of what is sent anyway, on no key.
    for (let at = hole, i = 0; i < 32; i++) {
      blocks[at++] = digits[ending[i]! >> 4]!;
      blocks[at++] = digits[ending[i]! & 15]!;
    }
  }
  return toBytes(fold(state.slice(), blocks));
}
