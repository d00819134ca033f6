import type { X509Certificate } from "node:crypto";
import { crypto } from "../builtin.ts";
import { TransportError } from "../errors/error.ts";
import { isAddress } from "./origin.ts";

// Taken when the module loads, so that replacing the methods later has no effect.
// eslint-disable-next-line typescript/unbound-method -- called with a certificate as `this`
const { checkHost, checkIP } = crypto.X509Certificate.prototype;

/** RFC 9525, sections 2 and 6.3: no common names, and a wildcard stands for exactly one whole label. */
const hostRules = Object.freeze({
  __proto__: null,
  subject: "never",
  wildcards: true,
  partialWildcards: false,
  multiLabelWildcards: false,
  singleLabelSubdomains: false,
}) as NonNullable<Parameters<X509Certificate["checkHost"]>[1]>;

/**
 * Checks that a certificate is for the host that the connection goes to.
 *
 * The host is the connection's target. `Host` headers and the `servername` of single requests do not count: a caller
 * that sets them could otherwise choose which certificate is accepted. `tls.checkServerIdentity` is not used, because it accepts partial
 * wildcards (`f*.example.com`) and common names, and anything in the process can replace it.
 *
 * @throws {TransportError} `TLS_HOST_MISMATCH`.
 */
export function assertServerIdentity(certificate: X509Certificate, target: string): void {
  // RFC 6066, section 3: certificates name hosts without a final dot.
  const host = target.replace(/\.$/, "");
  const named = !isAddress(host)
    ? Reflect.apply(checkHost, certificate, [host, hostRules])
    : Reflect.apply(checkIP, certificate, [host]);
  if (named !== undefined) return;
  throw new TransportError(
    "TLS_HOST_MISMATCH",
    `${host}: the server's certificate is for other hosts; its subjectAltName must name this host`,
    { phase: "handshake" },
  );
}

/**
 * Refuses a server that shows a CA's certificate as its own: its operator holds a key that can sign for any host. A
 * self-signed certificate passed validation only because it is among the trusted ones, and it delegates nothing.
 *
 * RFC 5280, section 4.2.1.9; CA/Browser Forum Baseline Requirements, section 7.1.2.7.
 *
 * @throws {TransportError} `TLS_CERTIFICATE_INVALID`.
 */
export function assertEndEntity(certificate: X509Certificate, host: string): void {
  if (!certificate.ca || (certificate.checkIssued(certificate) && certificate.verify(certificate.publicKey))) return;
  throw new TransportError(
    "TLS_CERTIFICATE_INVALID",
    `${host}: the server shows the certificate of a certificate authority; issue a certificate with CA:FALSE for it`,
    { phase: "handshake" },
  );
}
