import type { SecureContext, SecureContextOptions, TlsOptions } from "node:tls";
import { crypto, tls } from "../builtin.ts";
import { cleanCause } from "../errors/clean-cause.ts";
import { invalidOption } from "../errors/error.ts";
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

/** Keys of at least 112 bits of strength and no SHA-1 certificates. OpenSSL 3.0 accepts 80 bits by default. */
const securityLevel = "@SECLEVEL=2";

// Suites of both families are always named: with TLS 1.2 names only, OpenSSL would use its default TLS 1.3 suites. With
// `minVersion` TLS 1.3 the TLS 1.2 suites are not offered, but OpenSSL reads the security level only beside one of them.
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

// OpenSSL 3.5 sends a key share for each group with an asterisk. The first hybrid and the first classical group have one,
// so that neither kind of server asks for a second ClientHello.
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

function contextOptions(policy: TlsPolicy): SecureContextOptions {
  return {
    minVersion: policy.minVersion,
    maxVersion: policy.maxVersion,
    ciphers: cipherString(policy),
    ecdhCurve: groupString(policy),
    sigalgs: signatureAlgorithms,
  };
}

/**
 * The policy as the options of a client's secure context. Every option is explicit, so that `NODE_OPTIONS`,
 * `--tls-cipher-list`, `--tls-min-v1.0` and OpenSSL's configuration do not change it. The object inherits nothing, so
 * that a polluted `Object.prototype` adds nothing.
 *
 * @param ca the only CAs to trust. Default: Node's.
 */
export function clientContextOptions(policy: TlsPolicy, ca?: readonly string[]): SecureContextOptions {
  return Object.assign(Object.create(null) as SecureContextOptions, contextOptions(policy), {
    secureOptions: crypto.constants.SSL_OP_NO_RENEGOTIATION,
    ...(ca === undefined ? undefined : { ca: [...ca] }),
  });
}

/**
 * Makes the function that makes a client's secure context, with its first call.
 *
 * @throws {TransportError} `INVALID_OPTION`, from the function, for a policy that OpenSSL refuses.
 */
export function createClientContext(policy: TlsPolicy, ca?: readonly string[]): () => SecureContext {
  const options = clientContextOptions(policy, ca);
  let made: SecureContext | undefined;
  return () => {
    try {
      return (made ??= tls.createSecureContext(options));
    } catch (error) {
      throw invalidOption(`tls: must be a policy that OpenSSL ${process.versions.openssl} accepts`, cleanCause(error));
    }
  };
}

/**
 * The same policy for a server: spread it into the options of `https.createServer` or `http2.createSecureServer`.
 *
 * Sessions are not resumed, because a ticket key can decrypt resumed TLS 1.2 connections.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 * @example
 *   const server = https.createServer({ key, cert, ...serverTlsOptions("default") }, handler);
 */
export function serverTlsOptions(policy: TlsPolicyInput = "default"): TlsOptions {
  const resolved = resolvePolicy(policy);
  return {
    ...contextOptions(resolved),
    // Without asterisks, which concern a client's first message.
    ecdhCurve: resolved.groups.join(":"),
    honorCipherOrder: true,
    secureOptions: crypto.constants.SSL_OP_NO_RENEGOTIATION | crypto.constants.SSL_OP_NO_TICKET,
    ...(resolved.dhe === "min2048" ? { dhparam: "auto" } : undefined),
  };
}
