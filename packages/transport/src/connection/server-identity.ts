import { X509Certificate } from "node:crypto";
import tls, { type PeerCertificate, type TLSSocket } from "node:tls";
import { TransportError } from "../errors/error.ts";

/** No names: Node matches a host by the subject's common name where a certificate has no DNS name. */
const noSubject = {} as PeerCertificate["subject"];

/**
 * Whether a certificate names the host among its subjectAltNames. The subject's common name never counts (RFC 9525,
 * section 2), neither without a subjectAltName nor beside one of another kind.
 */
export function checkServerIdentity(servername: string, certificate: PeerCertificate): Error | undefined {
  return tls.checkServerIdentity(servername, { ...certificate, subject: noSubject });
}

/**
 * Refuses a server that shows the certificate of an authority as its own: whoever runs it holds a key that can sign for
 * any host. A self-signed certificate has passed validation only if it was itself put among the trusted ones, which
 * delegates nothing. A resumed connection shows no certificate, and its first one was judged.
 *
 * RFC 5280, section 4.2.1.9; CA/Browser Forum Baseline Requirements, section 7.1.2.7.
 *
 * @throws {TransportError} `TLS_CERTIFICATE_INVALID`.
 */
export function assertEndEntity(socket: TLSSocket, servername: string): void {
  const { raw } = socket.getPeerCertificate();
  if (raw === undefined) return;
  const certificate = new X509Certificate(raw);
  if (!certificate.ca || (certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey))) return;
  throw new TransportError(
    "TLS_CERTIFICATE_INVALID",
    `${servername}: the server shows the certificate of a certificate authority as its own; issue one with CA:FALSE for it`,
    { phase: "handshake" },
  );
}
