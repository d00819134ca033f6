import { type KeyObject, X509Certificate, createPrivateKey } from "node:crypto";
import { createSecureContext } from "node:tls";
import { serverTlsOptions } from "@countersign/transport";
import { CliError } from "../cli-error.ts";
import { readTextFile } from "../input.ts";

/** A certificate and its key, PEM. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
}

/** An address to serve on, with the files of its certificate and key. */
export interface Certified {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
}

/**
 * Reads the certificate and key of an address to serve on. `undefined`: the address has none.
 *
 * @throws CliError `FILE_UNREADABLE`, or `INVALID_CONFIG` for files that are not a certificate and its key, and for a key
 * that no client accepts.
 */
export function readCertificate({ certificate, key }: Certified): CertificateFiles | undefined {
  if (certificate === undefined || key === undefined) return undefined;
  const files = { cert: readTextFile(certificate), key: readTextFile(key) };
  try {
    const privateKey = createPrivateKey(files.key);
    // OpenSSL's context takes an empty file for one that is not given.
    if (!new X509Certificate(files.cert).checkPrivateKey(privateKey)) throw new Error("they differ");
    if (!isAccepted(privateKey))
      throw new CliError(
        "INVALID_CONFIG",
        `${key}: must be an RSA key of 2,048 bits or more, or one on P-256, P-384 or P-521, or Ed25519: clients refuse others`,
      );
    // The same options as when it is presented: what OpenSSL refuses then is refused here.
    createSecureContext({ ...serverTlsOptions(), ...files });
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    throw new CliError("INVALID_CONFIG", `${certificate} and ${key}: must be a certificate and its key in PEM`, {
      cause,
    });
  }
  return files;
}

/** The curves of the policy's signatures, as OpenSSL names them. */
const CURVES: ReadonlySet<string | undefined> = new Set(["prime256v1", "secp384r1", "secp521r1"]);
const MIN_RSA_BITS = 2048;

/** Whether a key can make one of the signatures that the policy has, and is long enough for clients. */
function isAccepted({ asymmetricKeyType: type, asymmetricKeyDetails: details }: KeyObject): boolean {
  if (type === "ed25519") return true;
  if (type === "ec") return CURVES.has(details?.namedCurve);
  return (type === "rsa" || type === "rsa-pss") && (details?.modulusLength ?? 0) >= MIN_RSA_BITS;
}

/** A certificate that a daemon presents. */
export interface PresentedCertificate {
  /** Its file. */
  readonly certificate: string;
  /** The first and the last moment of its validity, in milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
}

/** The certificates of addresses to serve on. @throws CliError as `readCertificate`. */
export function certificatesOf(listeners: readonly (Certified | undefined)[]): readonly PresentedCertificate[] {
  return listeners.flatMap((where) => {
    const files = where && readCertificate(where);
    if (where?.certificate === undefined || files === undefined) return [];
    const { validFrom, validTo } = new X509Certificate(files.cert);
    return { certificate: where.certificate, notBefore: Date.parse(validFrom), notAfter: Date.parse(validTo) };
  });
}

/** A certificate that ends sooner than this is reported. Those of Let's Encrypt are renewed 30 days ahead. */
const SOON_MS = 7 * 24 * 60 * 60_000;

/** What is wrong with the time of a certificate; `undefined`: nothing. Clients refuse one that is not valid now. */
export function certificateFault(
  { notBefore, notAfter }: PresentedCertificate,
  now: number,
): { readonly level: "error" | "warn"; readonly reason: string } | undefined {
  if (now < notBefore) return { level: "error", reason: "it is not valid yet: clients refuse it" };
  if (now > notAfter) return { level: "error", reason: "it has expired: clients refuse it" };
  return notAfter - now < SOON_MS ? { level: "warn", reason: "it expires within a week: renew it" } : undefined;
}

/** @throws CliError `INVALID_CONFIG` for a certificate that clients refuse now, besides what `readCertificate` throws. */
export function checkCertificates(listeners: readonly (Certified | undefined)[], now: number): void {
  for (const one of certificatesOf(listeners)) {
    const fault = certificateFault(one, now);
    if (fault?.level === "error") throw new CliError("INVALID_CONFIG", `${one.certificate}: ${fault.reason}`);
  }
}
