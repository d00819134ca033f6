// The CRC of IEEE 802.3 (ISO/IEC 3309), bit-reflected: what event stream messages are checked with.
const polynomial = 0xedb88320;
const table = new Uint32Array(256);
for (let byte = 0; byte < 256; byte++) {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ polynomial : remainder >>> 1;
  table[byte] = remainder;
}

/** CRC-32 of `bytes` from `start` to `end`, as an unsigned 32-bit number. */
export function crc32(bytes: Uint8Array, start = 0, end: number = bytes.length): number {
  let remainder = 0xffffffff;
  for (let at = start; at < end; at++) {
    remainder = (table[(remainder ^ (bytes[at] as number)) & 0xff] as number) ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
}
