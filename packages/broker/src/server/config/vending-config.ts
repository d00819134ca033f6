import type { Clock, EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { Registry } from "prom-client";
import type { Grant } from "./grant.ts";

/** Signature algorithms a token may use: asymmetric ones, so that whoever verifies cannot also sign. */
export type TokenAlgorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";

/** The identity provider whose tokens browsers bring. */
export interface IdentityProvider {
  /** `iss`, exactly. */
  readonly issuer: string;
  /** What `aud` is, or holds, exactly. */
  readonly audience: string;
  /** Where the provider publishes its keys: `https:`, or `http:` to this very machine. */
  readonly jwksUrl: string;
  /** Default: RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly TokenAlgorithm[] | undefined;
  /** `typ` of the token, such as `at+jwt`. Default: any. */
  readonly tokenType?: string | undefined;
  /** The oldest token taken, in seconds since its `iat`. Default 3,600. */
  readonly maxAgeSeconds?: number | undefined;
}

/** How often what may be asked; a minute each. */
export interface VendingLimits {
  /** Of one subject. Default 30. */
  readonly perSubject?: number | undefined;
  /** Of one address, in IPv6 of its first 64 bits. Default 120. */
  readonly perAddress?: number | undefined;
  /** Rejected tokens of one address, after which it is turned away before its token is looked at. Default 20. */
  readonly rejectedPerAddress?: number | undefined;
  /** Requests under way. Default 256. */
  readonly maxInFlight?: number | undefined;
}

/** Options of `createVendingApp`. All but the last block are plain data and come from the file of `countersign serve`. */
export interface VendingConfig {
  readonly grants: Readonly<Record<string, Grant>>;
  /** Values of `Host` that are answered: a name that was re-bound to this address by DNS is none of them. */
  readonly hosts: readonly string[];
  /** Needed for grants of kind `browser`. */
  readonly identityProvider?: IdentityProvider | undefined;
  /** Web origins that may ask, exactly as browsers send them. */
  readonly origins?: readonly string[] | undefined;
  /** Needed for grants of kind `machine`: what callers sign into `x-countersign-audience`. */
  readonly audience?: string | undefined;
  /** Regions whose STS may be asked to verify machines. Default: none. */
  readonly identityRegions?: readonly string[] | undefined;
  readonly limits?: VendingLimits | undefined;

  /** Reaches the identity provider and STS. Default: one of its own, closed by `drain()`. */
  readonly transport?: Transport | undefined;
  readonly clock?: Clock | undefined;
  /** Receives `vend.ok` and `vend.denied`: the audit trail. */
  readonly onEvent?: EventListener | undefined;
  /** Where metrics are kept; `/metrics` prints it. That of `brokerMetrics` has the broker's as well. Default: a new one. */
  readonly registry?: Registry | undefined;
}
