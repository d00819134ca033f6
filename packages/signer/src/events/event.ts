/** A certificate as a handshake report names it. */
export interface PeerCertificate {
  readonly subject: string;
  readonly issuer: string;
  /** RFC 3339. */
  readonly validTo: string;
  /** SHA-256 of the subject public key info, base64. */
  readonly spkiSha256: string;
}

/** What a TLS handshake negotiated. */
export interface HandshakeReport {
  readonly host: string;
  readonly address: string;
  readonly protocol: "TLSv1.2" | "TLSv1.3";
  /** IANA name, such as `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** Key exchange group, such as `X25519MLKEM768`, where the runtime tells. */
  readonly group?: string;
  readonly postQuantum: boolean;
  readonly resumed: boolean;
  readonly forwardSecret: boolean;
  readonly peer: PeerCertificate;
  /** Name of the policy the connection was held to. */
  readonly policy: string;
}

/**
 * Each event's own fields by name. Durations are in milliseconds; `key` is a short label of a credential set, safe to
 * log; no field ever holds a secret.
 */
export interface CountersignEventMap {
  sign: {
    readonly service: string;
    readonly region: string;
    readonly host: string;
    readonly accessKeyId: string;
    readonly presigned: boolean;
  };
  "credentials.refresh.start": { readonly key: string; readonly reason: string };
  "credentials.refresh.ok": { readonly key: string; readonly durationMs: number; readonly expiresAt?: Date };
  "credentials.refresh.fail": {
    readonly key: string;
    readonly durationMs: number;
    readonly code: string;
    readonly retryInMs?: number;
  };
  "credentials.refresh.static": { readonly key: string; readonly remainingMs: number; readonly code: string };
  /** A session was asked for longer than AWS grants, and is shorter. */
  "credentials.clamped": { readonly key: string; readonly requestedSeconds: number; readonly seconds: number };
  "sts.call": {
    readonly operation: string;
    readonly region: string;
    readonly durationMs: number;
    readonly outcome: "ok" | "error";
    readonly code?: string;
  };
  "clock.skew": { readonly offsetMs: number };
  "tls.handshake": { readonly handshake: HandshakeReport; readonly durationMs: number };
  "tls.refused": { readonly host: string; readonly code: string; readonly handshake?: Partial<HandshakeReport> };
  retry: { readonly host: string; readonly attempt: number; readonly delayMs: number; readonly reason: string };
  "redirect.refused": { readonly host: string; readonly location: string; readonly status: number };
  "guard.finding": {
    readonly rule: string;
    readonly severity: string;
    readonly action: string;
    readonly path: string;
    readonly enforced: boolean;
  };
  "vend.ok": { readonly grant: string; readonly requestId: string; readonly subject: string; readonly expiresAt: Date };
  "vend.denied": {
    readonly grant: string;
    readonly requestId: string;
    readonly code: string;
    /** Why, for the operator; the caller does not see it. */
    readonly reason?: string;
    /** IPv4 address, or the first 64 bits of an IPv6 address. */
    readonly address?: string;
    /** Refusals of this address since its last event that have no event of their own. */
    readonly suppressed?: number;
    readonly subject?: string;
  };
  /** STS rejected the broker's own credentials: no session can be fetched until they are replaced. */
  "source.rejected": {
    readonly accessKeyId: string;
    readonly region: string;
    readonly code: string;
    readonly reason: string;
  };
  /** STS accepts the broker's own credentials again. */
  "source.accepted": { readonly accessKeyId: string };
  /** The keys of an identity provider cannot be read. The last ones are used for up to a day. */
  "issuer.failed": { readonly issuer: string; readonly reason: string };
  "issuer.recovered": { readonly issuer: string };
  "store.open": { readonly failures: number; readonly reason?: string };
  "store.close": { readonly openMs: number };
  "store.alarm": { readonly key: string; readonly code: string };
}

/** One thing that happened. `at` is in milliseconds since the epoch. */
export type CountersignEvent = {
  [Name in keyof CountersignEventMap]: { readonly name: Name; readonly at: number } & CountersignEventMap[Name];
}[keyof CountersignEventMap];

/** What every `onEvent` option takes. A listener that throws or rejects changes nothing. */
export type EventListener = (event: CountersignEvent) => void;
