/** One value of DER (ITU-T X.690): its tag and contents. */
export interface DerValue {
  readonly tag: number;
  readonly contents: Uint8Array;
}

/** The values that stand one after the other in `bytes`. Throws for bytes that are not DER. */
export function readDer(bytes: Uint8Array): readonly DerValue[] {
  const values: DerValue[] = [];
  for (let at = 0; at < bytes.length;) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1] ?? 0;
    at += 2;
    if (length > 0x80) {
      const size = length - 0x80;
      if (size > 4 || at + size > bytes.length) throw new Error("A length is not in DER.");
      length = 0;
      for (const end = at + size; at < end; at += 1) length = length * 256 + (bytes[at] ?? 0);
    } else if (length === 0x80) {
      throw new Error("A length is not in DER.");
    }
    if ((tag & 0x1f) === 0x1f || at + length > bytes.length) throw new Error("A value is not in DER.");
    values.push({ tag, contents: bytes.subarray(at, at + length) });
    at += length;
  }
  return values;
}

/** An object identifier, dotted. */
export function readObjectIdentifier(contents: Uint8Array): string {
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of contents) {
    arc = arc * 128 + (byte & 0x7f);
    if (byte >= 0x80) continue;
    if (arcs.length === 0) arcs.push(Math.min(Math.floor(arc / 40), 2), arc - Math.min(Math.floor(arc / 40), 2) * 40);
    else arcs.push(arc);
    arc = 0;
  }
  return arcs.join(".");
}
