/** Writes the ASN.1 types of which a certificate consists, in DER (ITU-T X.690). */

/** One type-length-value whose contents are the parts. */
function tlv(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const contents = Buffer.concat(parts);
  if (contents.length < 0x80) return Buffer.concat([Uint8Array.of(tag, contents.length), contents]);
  const length: number[] = [];
  for (let rest = contents.length; rest > 0; rest = Math.floor(rest / 256)) length.unshift(rest % 256);
  return Buffer.concat([Uint8Array.of(tag, 0x80 | length.length, ...length), contents]);
}

export function sequence(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x30, ...parts);
}

export function set(...parts: readonly Uint8Array[]): Buffer {
  return tlv(0x31, ...parts);
}

/** A non-negative integer, given big-endian: shortest form, and a zero in front where the first bit would mean minus. */
export function integer(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start += 1;
  const shortest = bytes.subarray(start);
  return (shortest[0] ?? 0) >= 0x80 ? tlv(0x02, Uint8Array.of(0), shortest) : tlv(0x02, shortest);
}

export function boolean(value: boolean): Buffer {
  return tlv(0x01, Uint8Array.of(value ? 0xff : 0));
}

export function octetString(contents: Uint8Array): Buffer {
  return tlv(0x04, contents);
}

/** A bit string; `unused` is how many of the last byte's low bits do not count. */
export function bitString(contents: Uint8Array, unused = 0): Buffer {
  return tlv(0x03, Uint8Array.of(unused), contents);
}

export function utf8String(text: string): Buffer {
  return tlv(0x0c, Buffer.from(text, "utf8"));
}

/** A dotted object identifier such as `2.5.29.17`. */
export function objectIdentifier(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc % 128];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift(0x80 | (left % 128));
    bytes.push(...groups);
  }
  return tlv(0x06, Uint8Array.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 section 4.1.2.5). */
export function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\.\d+/g, "");
  return date.getUTCFullYear() < 2050
    ? tlv(0x17, Buffer.from(digits.slice(2), "ascii"))
    : tlv(0x18, Buffer.from(digits, "ascii"));
}

/** A context-specific tag; `constructed` when it wraps other values rather than being one. */
export function context(number: number, form: "constructed" | "primitive", contents: Uint8Array): Buffer {
  return tlv(0x80 | (form === "constructed" ? 0x20 : 0) | number, contents);
}

/** DER as PEM text. */
export function pem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der)
    .toString("base64")
    .replaceAll(/.{64}(?=.)/g, "$&\n");
  return `-----BEGIN ${label}-----\n${lines}\n-----END ${label}-----\n`;
}
