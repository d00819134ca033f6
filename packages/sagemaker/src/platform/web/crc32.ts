// The CRC of IEEE 802.3 (ISO/IEC 3309), bit-reflected. Event stream messages carry it.
const polynomial = 0xedb88320;

/** CRC-32 of bytes, as an unsigned 32-bit number. It goes bit by bit, which is fast enough for a model's answers. */
export function crc32(bytes: Uint8Array): number {
  let remainder = -1;
  for (const byte of bytes) {
    remainder ^= byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (remainder & 1 && polynomial);
  }
  return ~remainder >>> 0;
}
