/** Where the content of an element begins, and where the next element begins. */
export interface DerElement {
  readonly start: number;
  readonly end: number;
}

/** The element of DER at `position`, or `undefined` if it does not fit. */
export function readElement(der: Buffer, position: number): DerElement | undefined {
  const first = der[position + 1];
  // 0x80: the indefinite length of BER.
  if (first === undefined || first === 0x80) return undefined;
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  const start = position + 2 + lengthBytes;
  if (lengthBytes > 3 || start > der.length) return undefined;
  const end = start + (lengthBytes === 0 ? first : der.readUIntBE(position + 2, lengthBytes));
  return end <= der.length ? { start, end } : undefined;
}
