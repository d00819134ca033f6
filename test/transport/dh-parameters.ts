import { getDiffieHellman } from "node:crypto";

/** A well-known group (RFC 2409 for 1024 bits, RFC 3526 for 2048) as the PEM file that servers read. */
export function dhParameters(bits: 1024 | 2048): string {
  const group = getDiffieHellman(bits === 1024 ? "modp2" : "modp14");
  const body = Buffer.concat([integer(group.getPrime()), integer(group.getGenerator())]);
  const der = Buffer.concat([Buffer.from([0x30]), length(body.length), body]).toString("base64");
  return `-----BEGIN DH PARAMETERS-----\n${(der.match(/.{1,64}/g) ?? []).join("\n")}\n-----END DH PARAMETERS-----\n`;
}

// DER, as ITU-T X.690 has it: a leading zero keeps a number with the high bit set positive.
function integer(value: Buffer): Buffer {
  const positive = (value[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.from([0]), value]) : value;
  return Buffer.concat([Buffer.from([0x02]), length(positive.length), positive]);
}

function length(bytes: number): Buffer {
  if (bytes < 0x80) return Buffer.from([bytes]);
  return bytes < 0x100 ? Buffer.from([0x81, bytes]) : Buffer.from([0x82, bytes >> 8, bytes & 0xff]);
}
