import { usages } from "../tls/write-certificate.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Certificate } from "./certificate.ts";

/** Signatures with SHA-256 or better, and ML-DSA: AWS rejects MD5 and SHA-1. */
const strongAlgorithms = new Set([
  "1.2.840.113549.1.1.11",
  "1.2.840.113549.1.1.12",
  "1.2.840.113549.1.1.13",
  "1.2.840.10045.4.3.2",
  "1.2.840.10045.4.3.3",
  "1.2.840.10045.4.3.4",
  "2.16.840.1.101.3.4.3.17",
  "2.16.840.1.101.3.4.3.18",
  "2.16.840.1.101.3.4.3.19",
]);

/** A chain has at most five certificates: https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html */
const maxAuthorities = 4;

/**
 * Checks an end-entity certificate and its path to a trust anchor
 * (https://docs.aws.amazon.com/rolesanywhere/latest/userguide/trust-model.html#signature-verification).
 *
 * @throws {AwsError} `AccessDenied`.
 */
export function checkTrust(
  leaf: Certificate,
  chain: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
): void {
  const { isAuthority, usage = 0, unknownCritical } = leaf;
  if (isAuthority || unknownCritical || (usage & usages.digitalSignature) === 0 || !isStrong(leaf)) {
    throw new AwsError("AccessDenied", "Untrusted certificate. Insufficient certificate", { status: 403 });
  }
  if (!isValid(leaf, now)) {
    throw new AwsError("AccessDenied", "Untrusted certificate. Certificate is expired or not yet valid", {
      status: 403,
    });
  }
  if (!hasPath(leaf, chain, anchors, now, 0)) {
    throw new AwsError("AccessDenied", "Untrusted signing certificate", { status: 403 });
  }
}

/** Whether a certificate was issued by an anchor, or by an authority of the chain that has a path itself. */
function hasPath(
  certificate: Certificate,
  chain: readonly Certificate[],
  anchors: readonly Certificate[],
  now: number,
  below: number,
): boolean {
  if (below > maxAuthorities) return false;
  const mayIssue = (issuer: Certificate): boolean =>
    isAuthorityFor(issuer, below) && isValid(issuer, now) && issued(issuer, certificate);
  if (anchors.some(mayIssue)) return true;
  return chain.some(
    (issuer) =>
      mayIssue(issuer) &&
      isStrong(issuer) &&
      hasPath(
        issuer,
        chain.filter((each) => each !== issuer),
        anchors,
        now,
        below + 1,
      ),
  );
}

function issued(issuer: Certificate, certificate: Certificate): boolean {
  return certificate.x509.checkIssued(issuer.x509) && certificate.x509.verify(issuer.publicKey);
}

/** @param below how many authorities stand between this one and the end entity. */
function isAuthorityFor(
  { isAuthority, usage, pathLength = Number.POSITIVE_INFINITY, unknownCritical }: Certificate,
  below: number,
): boolean {
  return isAuthority && !unknownCritical && ((usage ?? 0) & usages.certificateSign) !== 0 && below <= pathLength;
}

function isStrong({ signatureAlgorithm }: Certificate): boolean {
  return strongAlgorithms.has(signatureAlgorithm);
}

function isValid({ notBefore, notAfter }: Certificate, now: number): boolean {
  return notBefore <= now && now <= notAfter;
}
