/// <reference types="node" />
/** CRC-32 of bytes, by Node's own code, which is loaded with the first message. */
export function crc32(bytes: Uint8Array): number {
  return process.getBuiltinModule("node:zlib").crc32(bytes);
}
