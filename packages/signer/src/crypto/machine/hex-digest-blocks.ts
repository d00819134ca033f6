import { paddedBlocks } from "../padded-blocks.ts";
import type { Midstate } from "../sha256-digest.ts";

/** A message that is laid out except for the 64 hexadecimal digits that end it: a state, and the blocks that follow. */
export interface HexDigestBlocks {
  readonly bytes: Uint8Array;
  /** Where the digits go. */
  readonly digestOffset: number;
}

/** Lays out what follows a midstate when 64 digits end the message, as the machine takes it. */
export function hexDigestBlocks(taken: Midstate): HexDigestBlocks {
  const { state, blocks, digestOffset } = paddedBlocks(taken, 64);
  const bytes = new Uint8Array(32 + blocks.length);
  bytes.set(stateBytes(state));
  bytes.set(blocks, 32);
  return { bytes, digestOffset: 32 + digestOffset };
}

/** A state as the bytes that it has in memory. */
export function stateBytes(state: Int32Array): Uint8Array {
  return new Uint8Array(state.buffer, state.byteOffset, 32);
}
