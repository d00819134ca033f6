import { readElement } from "./der.ts";

const integer = 0x02;
const sequence = 0x30;
/** `[0] EXPLICIT`: the version, which certificates of version 1 leave out. */
const version = 0xa0;

/** What comes before the public key: serialNumber, signature, issuer, validity and subject. */
const tagsBefore: readonly number[] = [integer, sequence, sequence, sequence, sequence];

/**
 * The subject public key info of a certificate in DER (RFC 5280, section 4.1), byte by byte as the certificate has it.
 *
 * Node gives it only through a key object, whose first use loads more than the rest of a handshake's judgement.
 */
export function publicKeyInfo(certificate: Buffer): Buffer {
  const field = (tag: number, position: number): { readonly start: number; readonly end: number } => {
    const element = certificate[position] === tag ? readElement(certificate, position) : undefined;
    if (element === undefined) throw new Error("the certificate is not in DER");
    return element;
  };
  let position = field(sequence, field(sequence, 0).start).start;
  if (certificate[position] === version) position = field(version, position).end;
  for (const tag of tagsBefore) position = field(tag, position).end;
  return certificate.subarray(position, field(sequence, position).end);
}
