/// <reference types="node" />
/** CRC-32 of bytes, by Node's own code; loaded when the first message comes. */
export function crc32(bytes: Uint8Array): number {
  return process.getBuiltinModule("node:zlib").crc32(bytes);
}
