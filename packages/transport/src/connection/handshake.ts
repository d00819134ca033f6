import type { TLSSocket } from "node:tls";
import type { HandshakeReport, PeerCertificate } from "@countersign/signer";
import { TransportError, type TransportErrorCode } from "../errors/error.ts";
import { tlsGroup } from "../policy/tls-groups.ts";
import type { PostQuantum, TlsPolicy } from "../policy/tls-policies.ts";

/** What Node tells about a finished handshake. */
export interface HandshakeFacts {
  readonly protocol: string | null;
  /** IANA name. */
  readonly cipher: string;
  readonly resumed: boolean;
  /** What `getEphemeralKeyInfo()` answers: evidence for the report, never for forward secrecy. */
  readonly ephemeral: { readonly type?: string; readonly name?: string; readonly size?: number } | null;
}

/** Reads the facts from a socket on which `secureConnect` was emitted. */
export function readHandshake(socket: TLSSocket): HandshakeFacts {
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    resumed: socket.isSessionReused(),
    ephemeral: socket.getEphemeralKeyInfo() as HandshakeFacts["ephemeral"],
  };
}

/**
 * Whether the keys of a connection cannot be recovered with the server's long-term key.
 *
 * Decided by protocol, suite and resumption. `getEphemeralKeyInfo()` is empty on the hybrid groups of Node 22 and 24
 * (nodejs/node#59452) and filled on resumed TLS 1.2 connections of Node 26, which made no new keys.
 */
export function isForwardSecret({
  protocol,
  cipher,
  resumed,
}: Pick<HandshakeFacts, "protocol" | "cipher" | "resumed">): boolean {
  if (protocol === "TLSv1.3") return /^TLS_(?:AES|CHACHA20)_/.test(cipher);
  return protocol === "TLSv1.2" && !resumed && /^TLS_(?:ECDHE|DHE)_(?:RSA|ECDSA)_WITH_/.test(cipher);
}

/** The group a handshake agreed on, where that is known. */
export function negotiatedGroup(facts: HandshakeFacts, policy: TlsPolicy): { group?: string; postQuantum: boolean } {
  const { name } = facts.ephemeral ?? {};
  if (name !== undefined) {
    const group = tlsGroup(name);
    return { group: group?.name ?? name, postQuantum: group?.postQuantum ?? false };
  }
  if (facts.protocol !== "TLSv1.3") return { postQuantum: false };
  // Every classical group fills in its name, so that TLS 1.3 without one is a hybrid group that was offered.
  const offered = policy.groups.filter((name) => tlsGroup(name)?.postQuantum === true);
  if (offered.length === 0) return { postQuantum: false };
  const [only] = offered.length === 1 ? offered : [];
  return { postQuantum: true, ...(only === undefined ? undefined : { group: only }) };
}

/** Puts the facts into the form that events, errors and `probe` show. */
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
    ...negotiatedGroup(facts, policy),
    resumed: facts.resumed,
    forwardSecret: isForwardSecret(facts),
    peer: at.peer,
    policy: policy.name,
  };
}

/**
 * Judges a finished handshake before the first byte of a request leaves.
 *
 * The client hello already offered nothing else, so that each refusal here means that something below does not do as it
 * was told.
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
  const { protocol, cipher } = facts;
  if (protocol === null || protocol < policy.minVersion || protocol > policy.maxVersion) {
    refuse(
      "TLS_PROTOCOL_REFUSED",
      `negotiated ${protocol ?? "no TLS"}, the policy allows ${policy.minVersion} to ${policy.maxVersion}`,
    );
  }
  if (protocol === "TLSv1.2" && facts.resumed) {
    refuse("TLS_RESUMPTION_REFUSED", "resumed a TLS 1.2 session, whose secrecy hangs on the server's ticket key");
  }
  if (!isForwardSecret(facts)) {
    refuse("TLS_NOT_FORWARD_SECRET", `negotiated ${cipher}, which has no forward secrecy`);
  }
  if (!policy.ciphers.includes(cipher)) {
    refuse("TLS_CIPHER_REFUSED", `negotiated ${cipher}, which the policy does not list`);
  }
  if (facts.ephemeral?.type === "DH" && (facts.ephemeral.size ?? 0) < 2048) {
    refuse(
      "TLS_NOT_FORWARD_SECRET",
      `negotiated a Diffie-Hellman group of ${facts.ephemeral.size ?? 0} bits, 2048 are needed`,
    );
  }
  if (postQuantum === "require" && !negotiatedGroup(facts, policy).postQuantum) {
    refuse("TLS_POST_QUANTUM_REQUIRED", "negotiated keys that a quantum computer could recover");
  }
}
