import { bytesOf, type CertificateFacts, readCertificate } from "#platform/x509";
import { refuse } from "../errors/refuse.ts";

/** One or more certificates: PEM text, DER, or a list of these. */
export type CertificateInput = string | Uint8Array | readonly (string | Uint8Array)[];

const BEGIN = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----/g;
const BLOCK = /-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z\d+/=\s]+)-----END/g;
/** A certificate of ML-DSA-87 has about 10 kB. */
const MAX_LENGTH = 1 << 17;
const MAX_CERTIFICATES = 10;

/** Reads certificates in their order. @throws SignerError `INVALID_CERTIFICATE`. */
export function readCertificates(given: CertificateInput, field: string): readonly CertificateFacts[] {
  const parts = Array.isArray(given) ? (given as readonly (string | Uint8Array)[]) : [given as string | Uint8Array];
  const found = parts.flatMap((part) => derOf(part, field)).map((der) => read(der, field));
  if (found.length >= 1 && found.length <= MAX_CERTIFICATES) return found;
  return refuse("INVALID_CERTIFICATE", `${field}: must have 1 to ${MAX_CERTIFICATES} certificates, as PEM or DER`);
}

function derOf(part: string | Uint8Array, field: string): readonly Uint8Array[] {
  if (part.length > MAX_LENGTH) refuse("INVALID_CERTIFICATE", `${field}: must have at most ${MAX_LENGTH} characters`);
  // DER begins with a sequence.
  if (typeof part !== "string" && part[0] === 0x30) return [part];
  const pem = typeof part === "string" ? part : new TextDecoder("latin1").decode(part);
  const blocks = Array.from(pem.matchAll(BLOCK), ([, base64 = ""]) => bytesOf(base64));
  // A block that cannot be read must not move the next certificate into its place.
  if (blocks.length === (pem.match(BEGIN)?.length ?? 0)) return blocks;
  return refuse(
    "INVALID_CERTIFICATE",
    `${field}: must have blocks of PEM from "-----BEGIN CERTIFICATE-----" to "-----END", with base64 between`,
  );
}

function read(der: Uint8Array, field: string): CertificateFacts {
  try {
    return readCertificate(der);
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === "UNSUPPORTED_RUNTIME") throw error;
    return refuse("INVALID_CERTIFICATE", `${field}: must be a certificate as PEM or DER`);
  }
}
