import { constants } from "node:crypto";
import tls from "node:tls";
import { type TlsPolicy, type TlsPolicyInput, resolvePolicy, tlsPolicies } from "./tls-policies.ts";
import { opensslAccepts, tlsGroup } from "./tls-groups.ts";
import { tlsSuite } from "./tls-suites.ts";

/** Signatures in handshakes: no SHA-1, which TLS 1.2 would still allow (RFC 9155). */
const signatureAlgorithms = [
  "ecdsa_secp256r1_sha256",
  "ecdsa_secp384r1_sha384",
  "ecdsa_secp521r1_sha512",
  "ed25519",
  "rsa_pss_rsae_sha256",
  "rsa_pss_rsae_sha384",
  "rsa_pss_rsae_sha512",
  "rsa_pss_pss_sha256",
  "rsa_pss_pss_sha384",
  "rsa_pss_pss_sha512",
  "rsa_pkcs1_sha256",
  "rsa_pkcs1_sha384",
  "rsa_pkcs1_sha512",
].join(":");

/** Keys of at least 112 bits of strength and no SHA-1 certificates; OpenSSL 3.0 would be content with 80 bits. */
const securityLevel = "@SECLEVEL=2";

// Suites of both families are always named: a list of TLS 1.2 names alone leaves the TLS 1.3 suites at OpenSSL's
// defaults. Below TLS 1.3 it is `minVersion` that keeps the TLS 1.2 suites from being offered; OpenSSL reads the
// security level only beside one of them.
function cipherString(policy: TlsPolicy): string {
  const names = policy.ciphers.map((name) => tlsSuite(name)?.openssl ?? name);
  const has = (protocol: string): boolean => policy.ciphers.some((name) => tlsSuite(name)?.protocol === protocol);
  const filler = (protocol: string): string[] =>
    has(protocol)
      ? []
      : tlsPolicies.default.ciphers.flatMap((name) => {
          const suite = tlsSuite(name);
          return suite?.protocol === protocol ? [suite.openssl] : [];
        });
  return [...names, ...filler("TLSv1.3"), ...filler("TLSv1.2"), securityLevel].join(":");
}

// OpenSSL 3.5 sends a key share for each group marked with an asterisk. With one for the first hybrid and one for the
// first classical group neither kind of server has to ask for a second ClientHello.
function groupString(policy: TlsPolicy): string {
  const seen = new Set<boolean>();
  const marked = policy.groups
    .map((name) => {
      const { postQuantum } = tlsGroup(name) as { postQuantum: boolean };
      if (seen.has(postQuantum)) return name;
      seen.add(postQuantum);
      return `*${name}`;
    })
    .join(":");
  return opensslAccepts(marked) ? marked : policy.groups.join(":");
}

function contextOptions(policy: TlsPolicy): tls.SecureContextOptions {
  return {
    minVersion: policy.minVersion,
    maxVersion: policy.maxVersion,
    ciphers: cipherString(policy),
    ecdhCurve: groupString(policy),
    sigalgs: signatureAlgorithms,
  };
}

/**
 * The policy as the options of a client's secure context. Everything is explicit, so that nothing is inherited from
 * `NODE_OPTIONS`, `--tls-cipher-list` or `--tls-min-v1.0`.
 */
export function clientContextOptions(policy: TlsPolicy): tls.SecureContextOptions {
  return { ...contextOptions(policy), secureOptions: constants.SSL_OP_NO_RENEGOTIATION };
}

/**
 * The same policy for a server: spread it into the options of `https.createServer` or `http2.createSecureServer`.
 *
 * Sessions are not resumed, for a ticket would tie the secrecy of TLS 1.2 connections to the ticket key.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 * @example
 *   const server = https.createServer({ key, cert, ...serverTlsOptions("default") }, handler);
 */
export function serverTlsOptions(policy: TlsPolicyInput = "default"): tls.TlsOptions {
  const resolved = resolvePolicy(policy);
  return {
    ...contextOptions(resolved),
    // A server picks from all groups it knows; the asterisks concern a client's first message.
    ecdhCurve: resolved.groups.join(":"),
    honorCipherOrder: true,
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    ...(resolved.dhe === "min2048" ? { dhparam: "auto" } : undefined),
  };
}
