import { X509Certificate, createHash } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { PeerCertificate } from "@countersign/signer";

/** SHA-256 of a certificate's subject public key info, base64: what a pin names (RFC 7469, section 2.4). */
export function spkiSha256(certificate: X509Certificate): string {
  return createHash("sha256")
    .update(certificate.publicKey.export({ type: "spki", format: "der" }))
    .digest("base64");
}

const oneLine = (name: string): string => name.replaceAll("\n", ", ");

/** The server's certificate as reports show it, or `undefined` on a resumed connection, which shows none. */
export function peerCertificate(socket: TLSSocket): PeerCertificate | undefined {
  const certificate = socket.getPeerX509Certificate();
  if (certificate === undefined) return undefined;
  return {
    subject: oneLine(certificate.subject ?? ""),
    issuer: oneLine(certificate.issuer ?? ""),
    validTo: new Date(certificate.validTo).toISOString(),
    spkiSha256: spkiSha256(certificate),
  };
}
