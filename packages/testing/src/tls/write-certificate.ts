import { createHash, type KeyObject, randomBytes, sign } from "node:crypto";
import {
  bitString,
  boolean,
  context,
  integer,
  objectIdentifier,
  octetString,
  pem,
  sequence,
  set,
  time,
  utf8String,
} from "./der.ts";

/** What a certificate says, and who signs it. */
export interface CertificateFields {
  readonly subject: Uint8Array;
  readonly issuer: Uint8Array;
  readonly publicKey: KeyObject;
  readonly signer: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  /** Default: 16 random bytes. */
  readonly serialNumber?: Uint8Array | undefined;
  readonly notBefore?: Date | undefined;
  readonly notAfter?: Date | undefined;
  readonly extensions: readonly Uint8Array[];
}

// A validity that follows the clock would fail in tests that set the system clock: these dates cover all of them.
const usualNotBefore = new Date("2000-01-01T00:00:00Z");
const usualNotAfter = new Date("2099-12-31T23:59:59Z");

const ecdsaWithSha256 = "1.2.840.10045.4.3.2";
const rsaWithSha256 = "1.2.840.113549.1.1.11";

/** The algorithm identifiers of ML-DSA (FIPS 204), whose keys have names of the same form in Node. */
const mlDsa: Readonly<Record<string, string>> = {
  "ml-dsa-44": "2.16.840.1.101.3.4.3.17",
  "ml-dsa-65": "2.16.840.1.101.3.4.3.18",
  "ml-dsa-87": "2.16.840.1.101.3.4.3.19",
};

/** Writes a certificate in PEM: RFC 5280 section 4.1, in the order of its ASN.1. */
export function writeCertificate(fields: CertificateFields): string {
  const { privateKey } = fields.signer;
  const algorithm = signatureAlgorithm(privateKey.asymmetricKeyType);
  const tbs = sequence(
    context(0, "constructed", integer(Uint8Array.of(2))),
    integer(fields.serialNumber ?? Buffer.concat([Uint8Array.of(0x01), randomBytes(15)])),
    algorithm,
    fields.issuer,
    sequence(time(fields.notBefore ?? usualNotBefore), time(fields.notAfter ?? usualNotAfter)),
    fields.subject,
    fields.publicKey.export({ type: "spki", format: "der" }),
    context(
      3,
      "constructed",
      sequence(
        ...fields.extensions,
        extension("2.5.29.14", "optional", octetString(keyIdentifier(fields.publicKey))),
        extension("2.5.29.35", "optional", sequence(context(0, "primitive", keyIdentifier(fields.signer.publicKey)))),
      ),
    ),
  );
  // ML-DSA hashes by itself.
  const digest = privateKey.asymmetricKeyType === "ec" || privateKey.asymmetricKeyType === "rsa" ? "sha256" : null;
  return pem("CERTIFICATE", sequence(tbs, algorithm, bitString(sign(digest, tbs, privateKey))));
}

function signatureAlgorithm(keyType: string | undefined): Buffer {
  if (keyType === "rsa") return sequence(objectIdentifier(rsaWithSha256), Uint8Array.of(0x05, 0));
  return sequence(objectIdentifier(mlDsa[keyType ?? ""] ?? ecdsaWithSha256));
}

export function extension(id: string, weight: "critical" | "optional", value: Uint8Array): Buffer {
  const critical = weight === "critical" ? [boolean(true)] : [];
  return sequence(objectIdentifier(id), ...critical, octetString(value));
}

/** Basic constraints: an authority may issue certificates, `pathLength` authorities below it. */
export function basicConstraints(authority: { readonly pathLength: number } | undefined): Buffer {
  const contents = authority === undefined ? [] : [boolean(true), integer(Uint8Array.of(authority.pathLength))];
  return extension("2.5.29.19", "critical", sequence(...contents));
}

/** What a key may be used for: the bits of RFC 5280 section 4.2.1.3, the first one high. */
export const usages = { digitalSignature: 0x80, keyEncipherment: 0x20, certificateSign: 0x04, crlSign: 0x02 } as const;

export function keyUsage(bits: number): Buffer {
  let unused = 0;
  while (unused < 7 && ((bits >> unused) & 1) === 0) unused += 1;
  return extension("2.5.29.15", "critical", bitString(Uint8Array.of(bits), unused));
}

/** The object identifier of the common name. */
export const commonName = "2.5.4.3";

/** A distinguished name of the given attributes, by object identifier, in order. */
export function distinguishedName(attributes: readonly (readonly [id: string, value: string])[]): Buffer {
  return sequence(...attributes.map(([id, value]) => set(sequence(objectIdentifier(id), utf8String(value)))));
}

/** RFC 7093 section 2, method 1: the leftmost 160 bits of the SHA-256 of the key. */
function keyIdentifier(publicKey: KeyObject): Buffer {
  return createHash("sha256")
    .update(publicKey.export({ type: "spki", format: "der" }))
    .digest()
    .subarray(0, 20);
}
