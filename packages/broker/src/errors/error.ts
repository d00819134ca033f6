import { CountersignError } from "@countersign/signer";

/** Codes of `BrokerError`. */
export type BrokerErrorCode =
  /** An option of `createBroker`, a store, `proveIdentity` or a call is unknown, missing or wrong. */
  | "INVALID_OPTION"
  /** A field of a role's spec breaks a limit of STS; nothing was sent. */
  | "INVALID_SPEC"
  /** The broker was closed. */
  | "CLOSED"
  /** The credentials of a role depend on themselves. */
  | "CYCLE"
  /** More fetches wait for STS than `limits.maxQueue`, or than one tenant's share of it. */
  | "OVERLOADED"
  /** STS refused: the trust policy, a permission or a service control policy denies it. */
  | "ACCESS_DENIED"
  /** STS rejected the request: a malformed or too large policy, an unknown parameter, a rejected claim. */
  | "REQUEST_REJECTED"
  /** The Region is not active in the account and no failover Region is left. */
  | "REGION_DISABLED"
  /** STS rejected the credentials or the token of the request, and again after their renewal. */
  | "SOURCE_REJECTED"
  /** The source of credentials, or of a web identity token or SAML assertion, failed. */
  | "SOURCE_UNAVAILABLE"
  /** No source of credentials is set up: the message lists those that were looked for. */
  | "SOURCE_ABSENT"
  /** A profile, a shared file or a variable is wrong; the message names file and line. */
  | "SOURCE_INVALID"
  /** STS throttles the account. */
  | "THROTTLED"
  /** STS could not be reached, did not answer in time, or failed with a server error. */
  | "STS_UNAVAILABLE"
  /** The answer of STS must not be used: it has no expiry, has expired, or is for another account or role. */
  | "STS_RESPONSE_INVALID"
  /** `mfa.code` failed, or did not return six digits. */
  | "MFA_FAILED"
  /** `mfa.code` returned no code within two minutes. */
  | "MFA_TIMEOUT"
  /** The cached credentials have expired and could not be renewed; `cause` says why. */
  | "CREDENTIALS_EXPIRED"
  /** The session was revoked during its fetch, three times in a row. */
  | "REVOKED"
  /** The shared store could not be told of a revocation. It is enforced in this process. */
  | "STORE_UNAVAILABLE";

/** Options of a `BrokerError`. */
export interface BrokerErrorOptions {
  /** The error behind this one. Default: none. */
  readonly cause?: unknown;
  /** When another try makes sense, in milliseconds from now. Absent: an operator must change something first. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Thrown by `@countersign/broker`. The error of STS is on the `cause` chain with its name and request id, without
 * request, response and secrets.
 */
export class BrokerError extends CountersignError<BrokerErrorCode> {
  static override readonly name: string = "BrokerError";

  /** When another try makes sense, in milliseconds from now. Absent: an operator must change something first. */
  readonly retryAfterMs?: number;

  constructor(code: BrokerErrorCode, message: string, options: BrokerErrorOptions = {}) {
    const given = Object(options) as BrokerErrorOptions;
    super(code, message, "cause" in given ? { cause: given.cause } : undefined);
    if (given.retryAfterMs !== undefined) this.retryAfterMs = given.retryAfterMs;
  }
}
