import type { Clock, EventListener } from "@countersign/signer";
import type { Transport } from "@countersign/transport";
import type { Registry } from "prom-client";
import type { Grant } from "./grant.ts";

/** Signature algorithms of tokens. All are asymmetric: a verifier cannot sign. */
export type TokenAlgorithm = "RS256" | "PS256" | "ES256" | "ES384" | "EdDSA";

/** An identity provider whose tokens browsers send, or a Kubernetes cluster. */
export interface IdentityProvider {
  /** `iss`, exactly. */
  readonly issuer: string;
  /** The exact value of `aud`, or an entry of it. */
  readonly audience: string;
  /** The address of the provider's keys: `https:`, or `http:` on this machine. */
  readonly jwksUrl?: string | undefined;
  /** A file with the provider's keys, instead of `jwksUrl`. It is read again within seconds after it changes. */
  readonly jwksFile?: string | undefined;
  /** Default: RS256, PS256, ES256 and EdDSA. */
  readonly algorithms?: readonly TokenAlgorithm[] | undefined;
  /** `typ` of the token, such as `at+jwt`. Default: `JWT`, `JOSE`, `at+jwt`, or none. */
  readonly tokenType?: string | undefined;
  /** The maximum age of a token, in seconds since its `iat`. Default 3,600. */
  readonly maxAgeSeconds?: number | undefined;
}

/**
 * Limits for one minute. Failed proofs count against their address, valid ones against their subject: a valid proof is
 * never refused for other callers of its address.
 */
export interface VendingLimits {
  /** Requests of one subject with a valid proof. Default 600. */
  readonly perSubject?: number | undefined;
  /** Requests of one address that fail for other reasons than a rejected proof. Default 120. */
  readonly perAddress?: number | undefined;
  /** Rejected proofs of one address. Further ones get status 429. Default 20. */
  readonly rejectedPerAddress?: number | undefined;
  /** Requests under way, of all callers. Default 4,096. */
  readonly maxInFlight?: number | undefined;
}

/** Options of `createVendingApp`. All before the last block are plain data, and come from the file of `countersign serve`. */
export interface VendingConfig {
  /** What may be vended, by name. Callers choose a name and nothing else. */
  readonly grants: Readonly<Record<string, Grant>>;
  /** The accepted values of `Host`. Others are refused: DNS can bind any name to this address. */
  readonly hosts: readonly string[];
  /** Needed for grants of kind `browser` and `serviceAccount`. */
  readonly identityProvider?: IdentityProvider | undefined;
  /** Several issuers, in addition to `identityProvider`. Each grant then names its `issuer`. */
  readonly identityProviders?: readonly IdentityProvider[] | undefined;
  /** The allowed web origins, exactly as browsers send them. */
  readonly origins?: readonly string[] | undefined;
  /** Needed for grants of kind `machine`: the value that callers sign into `x-countersign-audience`. */
  readonly audience?: string | undefined;
  /** Regions whose STS may verify machines. Default: none. */
  readonly identityRegions?: readonly string[] | undefined;
  /**
   * IP addresses and CIDR blocks of proxies in front of this server. Their `X-Forwarded-For` names the caller. Default:
   * none, so the address of the connection counts.
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /** Requests a minute, and requests under way. Default: see `VendingLimits`. */
  readonly limits?: VendingLimits | undefined;

  /**
   * `separate`: this app has `/healthz` and `/readyz`, and `createAdminApp` on another listener has the rest. Default:
   * this app has `/metrics` too.
   */
  readonly operatorRoutes?: "separate" | undefined;
  /** For requests to the identity provider and STS. Default: a new one, closed by `drain()`. */
  readonly transport?: Transport | undefined;
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Receives `vend.ok` and `vend.denied`: the audit trail. */
  readonly onEvent?: EventListener | undefined;
  /** The registry that `/metrics` prints. Pass the one of `brokerMetrics` to print the broker's metrics too. Default: a new one. */
  readonly registry?: Registry | undefined;
}
