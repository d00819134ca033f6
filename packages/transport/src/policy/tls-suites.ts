/** A cipher suite, as policies see it. */
export interface TlsSuite {
  /** IANA name, as `tlsSocket.getCipher().standardName` gives it. */
  readonly name: string;
  /** OpenSSL's name, for Node's `ciphers` option. OpenSSL uses the IANA name for TLS 1.3 suites. */
  readonly openssl: string;
  readonly protocol: "TLSv1.2" | "TLSv1.3";
  /** `any`: the name of a TLS 1.3 suite leaves the key exchange open, so the handshake must prove a key share. */
  readonly keyExchange: "any" | "ECDHE" | "DHE";
  /** HTTP/2 requires AEAD (RFC 9113, section 9.2.2). */
  readonly aead: boolean;
}

const suite = (
  name: string,
  openssl: string,
  protocol: TlsSuite["protocol"],
  keyExchange: TlsSuite["keyExchange"],
  aead: boolean,
): TlsSuite => ({ name, openssl, protocol, keyExchange, aead });

/**
 * The cipher suites that a policy may name. All have forward secrecy, and the client offers only suites of this list.
 *
 * Names: https://www.iana.org/assignments/tls-parameters/ (TLS Cipher Suites). OpenSSL's:
 * https://docs.openssl.org/3.5/man1/openssl-ciphers/. Left out on purpose: suites without forward secrecy (static RSA,
 * PSK), with SHA-1, with 8-byte tags (CCM_8), and DHE with DSS.
 */
export const tlsSuites: readonly TlsSuite[] = Object.freeze([
  // RFC 8446, appendix B.4
  suite("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256", "TLSv1.3", "any", true),
  suite("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384", "TLSv1.3", "any", true),
  suite("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256", "TLSv1.3", "any", true),
  // RFC 5289
  suite("TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", "ECDHE-ECDSA-AES128-GCM-SHA256", "TLSv1.2", "ECDHE", true),
  suite("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "TLSv1.2", "ECDHE", true),
  suite("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384", "TLSv1.2", "ECDHE", true),
  suite("TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.2", "ECDHE", true),
  suite("TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256", "ECDHE-ECDSA-AES128-SHA256", "TLSv1.2", "ECDHE", false),
  suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256", "ECDHE-RSA-AES128-SHA256", "TLSv1.2", "ECDHE", false),
  suite("TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384", "TLSv1.2", "ECDHE", false),
  suite("TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384", "ECDHE-RSA-AES256-SHA384", "TLSv1.2", "ECDHE", false),
  // RFC 7905
  suite("TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-ECDSA-CHACHA20-POLY1305", "TLSv1.2", "ECDHE", true),
  suite("TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305", "TLSv1.2", "ECDHE", true),
  suite("TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "DHE-RSA-CHACHA20-POLY1305", "TLSv1.2", "DHE", true),
  // RFC 5288
  suite("TLS_DHE_RSA_WITH_AES_128_GCM_SHA256", "DHE-RSA-AES128-GCM-SHA256", "TLSv1.2", "DHE", true),
  suite("TLS_DHE_RSA_WITH_AES_256_GCM_SHA384", "DHE-RSA-AES256-GCM-SHA384", "TLSv1.2", "DHE", true),
]);

const byName: Readonly<Record<string, TlsSuite>> = Object.assign(
  Object.create(null) as Record<string, TlsSuite>,
  Object.fromEntries(tlsSuites.flatMap((entry) => [[entry.name, entry] as const, [entry.openssl, entry] as const])),
);

/** The suite with this IANA or OpenSSL name, or `undefined` when no policy may use it. */
export function tlsSuite(name: string): TlsSuite | undefined {
  return byName[name];
}
