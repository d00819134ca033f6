import { CountersignError } from "@countersign/signer";

/** Everything the broker refuses or fails at, by code. */
export type BrokerErrorCode =
  /** An option of `createBroker`, a store or `instrumentBroker` cannot be used. */
  | "INVALID_OPTION"
  /** A field of a role's spec breaks a limit of STS; nothing was sent. */
  | "INVALID_SPEC"
  /** The broker was closed. */
  | "CLOSED"
  /** A role's credentials depend on themselves. */
  | "CYCLE"
  /** More calls wait for STS than `limits.maxQueue` allows, or than one tenant's share of it. */
  | "OVERLOADED"
  /** STS says no: the trust policy, a permission or a service control policy. */
  | "ACCESS_DENIED"
  /** STS turned the request down for good: a malformed or too large policy, an unknown parameter, a rejected claim. */
  | "REQUEST_REJECTED"
  /** The Region is not active in the account and no failover Region is left. */
  | "REGION_DISABLED"
  /** STS turned down the credentials or the token that the request was made with, also after they were renewed. */
  | "SOURCE_REJECTED"
  /** The source of credentials, or of a web identity token or SAML assertion, failed. */
  | "SOURCE_UNAVAILABLE"
  /** STS asks to slow down. */
  | "THROTTLED"
  /** STS could not be reached or failed on its side. */
  | "STS_UNAVAILABLE"
  /** STS answered with something that must not be used: no expiry, expired already, the wrong account. */
  | "STS_RESPONSE_INVALID"
  /** The one-time code could not be had. */
  | "MFA_FAILED"
  /** Nobody answered the prompt for the one-time code in time. */
  | "MFA_TIMEOUT"
  /** What was held has expired and could not be renewed; `cause` tells why. */
  | "CREDENTIALS_EXPIRED"
  /** The credentials were revoked while they were being fetched, more often than the broker tries again. */
  | "REVOKED"
  /** The shared store could not be told of a revocation; it holds in this process. */
  | "STORE_UNAVAILABLE";

/** What goes with a `BrokerError`. */
export interface BrokerErrorOptions {
  readonly cause?: unknown;
  /** When another try makes sense, in milliseconds from now. Absent: not without a change by somebody. */
  readonly retryAfterMs?: number | undefined;
}

/**
 * Thrown by `@countersign/broker`. What STS said is on the `cause` chain with its own name and request id, without
 * request, response or any secret.
 */
export class BrokerError extends CountersignError<BrokerErrorCode> {
  static override readonly name: string = "BrokerError";

  /** When another try makes sense, in milliseconds from now. Absent: not without a change by somebody. */
  readonly retryAfterMs?: number;

  constructor(code: BrokerErrorCode, message: string, options: BrokerErrorOptions = {}) {
    super(code, message, "cause" in options ? { cause: options.cause } : undefined);
    if (options.retryAfterMs !== undefined) this.retryAfterMs = options.retryAfterMs;
  }
}
