/// <reference types="node" />
import { createPrivateKey, KeyObject, sign, verify, X509Certificate } from "node:crypto";
import { keyOptions } from "../../crypto/key-options.ts";
import type { CertificateFacts, PrivateKey } from "../web/x509.ts";

export type { CertificateFacts, PrivateKey } from "../web/x509.ts";

/** The object identifiers of ML-DSA-44, -65 and -87 in DER (FIPS 204; RFC 9881, section 2). */
const ML_DSA = /06096086480165030403(?:11|12|13)/;

/** Reads one certificate in DER. @throws Error when it is not one. */
export function readCertificate(der: Uint8Array): CertificateFacts {
  const certificate = new X509Certificate(der);
  const { serialNumber, validFrom, validTo } = certificate;
  const publicKey = publicKeyOf(certificate);
  return {
    base64: certificate.raw.toString("base64"),
    serialNumber: decimal(serialNumber),
    notBefore: timeOf(validFrom),
    notAfter: timeOf(validTo),
    keyType: publicKey === undefined ? unknownKey(certificate.raw) : kindOf(publicKey.asymmetricKeyType),
    keyName: publicKey?.asymmetricKeyType,
    isAuthority: certificate.ca,
    verifies(data, signature) {
      return publicKey && verify(hashFor(publicKey.asymmetricKeyType), data, keyOptions({ key: publicKey }), signature);
    },
  };
}

/** The private key of a PEM text, or the given one. @throws Error when it is not one. */
export function readPrivateKey(key: string | PrivateKey): PrivateKey {
  if (typeof key === "string") return createPrivateKey(keyOptions({ key, format: "pem" as const }));
  if (key instanceof KeyObject && key.type === "private") return key;
  throw new TypeError("not a private KeyObject");
}

/** Signs with PKCS #1 v1.5 and SHA-256, ECDSA and SHA-256 in DER, or ML-DSA. */
export function signWithKey(data: Uint8Array, key: PrivateKey): Uint8Array {
  return sign(hashFor(key.asymmetricKeyType), data, keyOptions({ key: key as KeyObject }));
}

/** Bytes in hexadecimal. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** The bytes of a base64 text. */
export function bytesOf(base64: string): Uint8Array {
  return Buffer.from(base64, "base64");
}

/** A time that cannot be read would compare as valid. */
function timeOf(text: string): Date {
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw new RangeError("not a time");
  return time;
}

/** Node before 24 cannot read a key of ML-DSA. */
function publicKeyOf(certificate: X509Certificate): KeyObject | undefined {
  try {
    return certificate.publicKey;
  } catch {
    return undefined;
  }
}

function unknownKey(der: Buffer): CertificateFacts["keyType"] {
  return ML_DSA.test(der.toString("hex")) ? "ml-dsa" : undefined;
}

function kindOf(type: string | undefined): CertificateFacts["keyType"] {
  if (type === "rsa" || type === "ec") return type;
  return type?.startsWith("ml-dsa-") === true ? "ml-dsa" : undefined;
}

/** ML-DSA hashes the message itself. */
function hashFor(type: string | undefined): "sha256" | null {
  return kindOf(type) === "ml-dsa" ? null : "sha256";
}

/** OpenSSL writes a serial number in hexadecimal, with a minus in front of a negative one. */
function decimal(serialNumber: string): string {
  const digits = serialNumber.replace("-", "");
  return `${serialNumber.startsWith("-") ? "-" : ""}${BigInt(`0x${digits}`)}`;
}
