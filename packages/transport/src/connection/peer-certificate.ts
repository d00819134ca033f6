import type { X509Certificate } from "node:crypto";
import type { DetailedPeerCertificate, TLSSocket } from "node:tls";
import type { PeerCertificate } from "@countersign/signer";
import { crypto } from "../builtin.ts";
import { publicKeyInfo } from "./public-key-info.ts";

/** SHA-256 of a certificate's subject public key info, base64: what a pin names (RFC 7469, section 2.4). */
export function spkiSha256({ raw }: X509Certificate): string {
  return crypto.createHash("sha256").update(publicKeyInfo(raw)).digest("base64");
}

/** The server's certificate, or `undefined` on a resumed connection, which shows none. */
export function peerCertificate(socket: TLSSocket): X509Certificate | undefined {
  // Not `getPeerX509Certificate()`: up to Node 24 it takes the chain away from the connection, which then crashes.
  const { raw } = socket.getPeerCertificate();
  return raw === undefined ? undefined : new crypto.X509Certificate(raw);
}

const oneLine = (name: string): string => name.replaceAll("\n", ", ");

/** The form of a certificate in reports. */
export function describeCertificate(certificate: X509Certificate): PeerCertificate {
  return {
    // A certificate without a subject is valid, and Node has `undefined` for its name.
    subject: oneLine(certificate.subject ?? ""),
    issuer: oneLine(certificate.issuer),
    validTo: new Date(certificate.validTo).toISOString(),
    spkiSha256: spkiSha256(certificate),
  };
}

/**
 * The certificates that vouch for the server: its own, then each issuer's, up to the root in the store.
 *
 * A server may send unrelated certificates beside its chain, and Node links certificates by name only. So each link is
 * checked here: the issuer must be a CA, and its key must have made the signature. A certificate that OpenSSL would not
 * accept in a server's chain today ends the walk: its issuer vouches no more, or never did.
 */
export function* vouchingCertificates(socket: TLSSocket): Generator<X509Certificate> {
  let entry: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true);
  let subject: X509Certificate | undefined;
  for (let depth = 0; depth < maxDepth && entry?.raw !== undefined; depth++) {
    const certificate = new crypto.X509Certificate(entry.raw);
    if (subject !== undefined && !vouchesFor(certificate, subject)) return;
    yield certificate;
    if (entry.issuerCertificate === entry || !isInForce(certificate)) return;
    subject = certificate;
    entry = entry.issuerCertificate;
  }
}

/** OpenSSL's own limit is 100; no public chain has more than five. */
const maxDepth = 16;

/** `serverAuth`, and any purpose (RFC 5280, section 4.2.1.12). */
const purposes: ReadonlySet<string> = new Set(["1.3.6.1.5.5.7.3.1", "2.5.29.37.0"]);

function isInForce({ validFrom, validTo, keyUsage }: X509Certificate): boolean {
  const now = Date.now();
  // Node calls the extended key usage so. A certificate without one is for all purposes.
  const usages = keyUsage as readonly string[] | undefined;
  return (
    Date.parse(validFrom) <= now &&
    now <= Date.parse(validTo) &&
    (usages === undefined || usages.some((usage) => purposes.has(usage)))
  );
}

function vouchesFor(issuer: X509Certificate, subject: X509Certificate): boolean {
  return issuer.ca && subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
}
