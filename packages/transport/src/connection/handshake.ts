import type { TLSSocket } from "node:tls";
import type { HandshakeReport, PeerCertificate } from "@countersign/signer";
import { TransportError, type TransportErrorCode } from "../errors/error.ts";
import { tlsGroup, tlsGroupOf } from "../policy/tls-groups.ts";
import type { PostQuantum, TlsPolicy } from "../policy/tls-policies.ts";
import { tlsSuite } from "../policy/tls-suites.ts";
import { sessionGroup } from "./key-share.ts";

/** The facts of a finished handshake, as Node and OpenSSL report them. */
export interface HandshakeFacts {
  readonly protocol: string | null;
  /** IANA name. */
  readonly cipher: string;
  readonly resumed: boolean;
  /** The application protocol, such as `h2`. */
  readonly alpn?: string | undefined;
  /** TLS 1.3: the group of the key share in this handshake, by its IANA number. `undefined`: no proof of a key share. */
  readonly keyShare?: number | undefined;
  /** The answer of `getEphemeralKeyInfo()`. It proves a key exchange in TLS 1.2 only. */
  readonly ephemeral: { readonly type?: string; readonly name?: string; readonly size?: number } | null;
  /** TLS 1.2: whether the context refuses servers that do not know secure renegotiation (RFC 5746). */
  readonly refusesLegacy?: boolean;
}

/** Reads the facts from a socket on which `secureConnect` was emitted. */
export function readHandshake(socket: TLSSocket): HandshakeFacts {
  const protocol = socket.getProtocol();
  return {
    protocol,
    cipher: socket.getCipher().standardName,
    resumed: socket.isSessionReused(),
    alpn: socket.alpnProtocol || undefined,
    keyShare: protocol === "TLSv1.3" ? sessionGroup(socket.getSession()) : undefined,
    ephemeral: socket.getEphemeralKeyInfo() as HandshakeFacts["ephemeral"],
  };
}

/**
 * Whether the keys of a connection cannot be recovered with the server's long-term key.
 *
 * - TLS 1.2: a full handshake with an (EC)DHE suite, in which a key exchange took place.
 * - TLS 1.3: a key share in this handshake. A full handshake cannot finish without one (RFC 8446, section 2); a resumed
 *   one can (`psk_ke`), and then a ticket key of the server decrypts the connection.
 */
export function isForwardSecret(facts: HandshakeFacts): boolean {
  const { protocol, cipher, resumed, keyShare, ephemeral } = facts;
  if (protocol === "TLSv1.3") return /^TLS_(?:AES|CHACHA20)_/.test(cipher) && (keyShare !== undefined || !resumed);
  return (
    protocol === "TLSv1.2" &&
    !resumed &&
    /^TLS_(?:ECDHE|DHE)_(?:RSA|ECDSA)_WITH_/.test(cipher) &&
    ephemeral?.type !== undefined
  );
}

/** The group that a handshake agreed on. Without proof there is no name, and nothing is called post-quantum. */
export function negotiatedGroup({ protocol, resumed, keyShare, ephemeral }: HandshakeFacts): {
  group?: string;
  postQuantum: boolean;
} {
  const name = resumed ? undefined : ephemeral?.name;
  const group =
    protocol === "TLSv1.3" && keyShare !== undefined
      ? tlsGroupOf(keyShare)
      : name === undefined
        ? undefined
        : (tlsGroup(name) ?? { name, postQuantum: false });
  return group === undefined ? { postQuantum: false } : { group: group.name, postQuantum: group.postQuantum };
}

/** Puts the facts into the form of events, errors and `probe`. */
export function reportHandshake(
  facts: HandshakeFacts,
  policy: TlsPolicy,
  at: { readonly host: string; readonly address: string; readonly peer: PeerCertificate },
): HandshakeReport {
  return {
    host: at.host,
    address: at.address,
    protocol: facts.protocol as HandshakeReport["protocol"],
    cipher: facts.cipher,
    ...negotiatedGroup(facts),
    resumed: facts.resumed,
    forwardSecret: isForwardSecret(facts),
    peer: at.peer,
    policy: policy.name,
  };
}

/**
 * Judges a finished handshake before the first byte of a request leaves.
 *
 * The client hello offers only what the policy allows. A refusal here means that OpenSSL, its configuration or the
 * server did something else.
 *
 * @throws {TransportError} `TLS_PROTOCOL_REFUSED`, `TLS_RESUMPTION_REFUSED`, `TLS_NOT_FORWARD_SECRET`,
 *   `TLS_CIPHER_REFUSED` or `TLS_POST_QUANTUM_REQUIRED`.
 */
export function assertHandshake(
  facts: HandshakeFacts,
  policy: TlsPolicy,
  postQuantum: PostQuantum,
  report: Partial<HandshakeReport> & { readonly host: string },
): void {
  const refuse = (code: TransportErrorCode, reason: string): never => {
    throw new TransportError(code, `${report.host}: ${reason}`, { phase: "handshake", handshake: report });
  };
  const { protocol, cipher, resumed, ephemeral } = facts;
  if (protocol === null || protocol < policy.minVersion || protocol > policy.maxVersion) {
    refuse(
      "TLS_PROTOCOL_REFUSED",
      `negotiated ${protocol ?? "no TLS"}, the policy allows ${policy.minVersion} to ${policy.maxVersion}`,
    );
  }
  if (facts.refusesLegacy === false) {
    refuse(
      "TLS_PROTOCOL_REFUSED",
      "negotiated TLS 1.2 without proof of secure renegotiation; remove UnsafeLegacyServerConnect and UnsafeLegacyRenegotiation from OpenSSL's configuration",
    );
  }
  if (protocol === "TLSv1.2" && resumed) {
    refuse("TLS_RESUMPTION_REFUSED", "resumed a TLS 1.2 session, which the server's ticket key decrypts");
  }
  if (!isForwardSecret(facts)) {
    refuse(
      "TLS_NOT_FORWARD_SECRET",
      protocol === "TLSv1.3"
        ? "resumed a session without a new key share; remove AllowNoDHEKEX from OpenSSL's configuration"
        : `negotiated ${cipher}, which has no forward secrecy`,
    );
  }
  if (!policy.ciphers.includes(cipher)) {
    refuse("TLS_CIPHER_REFUSED", `negotiated ${cipher}, which the policy does not list`);
  }
  if (facts.alpn === "h2" && tlsSuite(cipher)?.aead !== true) {
    // RFC 9113, section 9.2.2, which Node and undici do not check.
    refuse("TLS_PROTOCOL_REFUSED", `negotiated HTTP/2 with ${cipher}; HTTP/2 needs an AEAD suite`);
  }
  const { group, postQuantum: isPostQuantum } = negotiatedGroup(facts);
  if (protocol === "TLSv1.3" && group !== undefined && !policy.groups.includes(group)) {
    refuse("TLS_CIPHER_REFUSED", `negotiated the group ${group}, which the policy does not list`);
  }
  if (ephemeral?.type === "DH" && (ephemeral.size ?? 0) < 2048) {
    refuse(
      "TLS_NOT_FORWARD_SECRET",
      `negotiated a Diffie-Hellman group of ${ephemeral.size ?? 0} bits, 2048 are needed`,
    );
  }
  if (postQuantum === "require" && !isPostQuantum) {
    refuse("TLS_POST_QUANTUM_REQUIRED", "negotiated keys that a quantum computer could recover");
  }
}
