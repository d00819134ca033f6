import { bytesOf, compressBlocks, type Midstate, toBytes } from "./sha256-digest.ts";

const digits = new TextEncoder().encode("0123456789abcdef");

/** A message that is laid out except for its last characters: a SHA-256 state, and the blocks that follow. */
export interface PaddedBlocks {
  readonly state: Int32Array;
  readonly blocks: Uint8Array;
  /** Where in the blocks the last characters go. */
  readonly digestOffset: number;
}

/** Lays out the blocks that follow a midstate when `size` characters end the message (FIPS 180-4, section 5.1.1). */
export function paddedBlocks({ state, length, rest }: Midstate, size: number): PaddedBlocks {
  const digestOffset = rest.length;
  const blocks = new Uint8Array((digestOffset + size + 72) & ~63);
  blocks.set(bytesOf(rest));
  blocks[digestOffset + size] = 0x80;
  new DataView(blocks.buffer).setUint32(blocks.length - 4, (length + digestOffset + size) * 8);
  return { state, blocks, digestOffset };
}

/**
 * Ends a message, any number of times: with as much ASCII text as it was laid out for, or with a digest in its 64
 * hexadecimal digits. @returns the digest of the whole.
 */
export function digestPadded({ state, blocks, digestOffset }: PaddedBlocks, ending: string | Uint8Array): Uint8Array {
  if (typeof ending === "string") {
    for (let i = 0; i < ending.length; i++) blocks[digestOffset + i] = ending.charCodeAt(i);
  } else {
    // Written without a string in between: browsers are slow to build a string and to take it apart again. The index
    // depends on a hash that is sent anyway, and on no key.
    for (let at = digestOffset, i = 0; i < 32; i++) {
      blocks[at++] = digits[ending[i]! >> 4]!;
      blocks[at++] = digits[ending[i]! & 15]!;
    }
  }
  return toBytes(compressBlocks(state.slice(), blocks));
}
