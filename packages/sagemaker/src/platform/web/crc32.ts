// The CRC of IEEE 802.3 (ISO/IEC 3309), bit-reflected: what event stream messages are checked with.
const polynomial = 0xedb88320;

/** CRC-32 of bytes, as an unsigned 32-bit number; bit by bit, which is fast enough for the answers of a model. */
export function crc32(bytes: Uint8Array): number {
  let remainder = -1;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 && polynomial);
  }
  return ~remainder >>> 0;
}
