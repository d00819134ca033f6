import type { Midstate } from "../sha256-digest.ts";

/** A message that is laid out except for the 64 hexadecimal digits that end it: a state, and the blocks that follow. */
export interface HexDigestBlocks {
  readonly bytes: Uint8Array;
  /** Where the digits go. */
  readonly digestOffset: number;
}

/**
 * Lays out what follows a midstate when 64 digits end the message, as the machine takes it: the state, then blocks with the
 * padding in place (FIPS 180-4, section 5.1.1).
 */
export function hexDigestBlocks({ state, length, rest }: Midstate): HexDigestBlocks {
  const digestOffset = 32 + rest.length;
  const size = rest.length + 64;
  const bytes = new Uint8Array(32 + ((size + 72) & ~63));
  bytes.set(stateBytes(state));
  bytes.set(rest, 32);
  bytes[32 + size] = 0x80;
  new DataView(bytes.buffer).setUint32(bytes.length - 4, (length + size) * 8);
  return { bytes, digestOffset };
}

/** A state as the bytes that it has in memory. */
export function stateBytes(state: Int32Array): Uint8Array {
  return new Uint8Array(state.buffer, state.byteOffset, 32);
}
