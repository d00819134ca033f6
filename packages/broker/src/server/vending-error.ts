import { CountersignError } from "@countersign/signer";

/** Codes of `VendingError`. */
export type VendingErrorCode =
  /** The configuration cannot be served; the message names the field. */
  | "INVALID_CONFIG"
  /** The page's origin is not in `origins`. */
  | "ORIGIN_REFUSED"
  /** The `Host` is not in `hosts`, or the request line names another one. */
  | "HOST_REFUSED"
  /** A browser or an unknown proxy asked for a container's or a machine's credentials. */
  | "BROWSER_REFUSED"
  | "TOKEN_MISSING"
  | "TOKEN_REJECTED"
  /** A claim or principal is not one that the grant accepts. */
  | "CLAIM_REJECTED"
  | "IDENTITY_REJECTED"
  | "GRANT_UNKNOWN"
  /** A body of over 4,096 bytes, or a thousand headers. */
  | "TOO_LARGE"
  | "TOO_MANY_REQUESTS"
  /** STS refuses the session of this caller. */
  | "UPSTREAM_DENIED"
  /** The session is not available now: STS, the broker's own credentials, or the identity provider failed. */
  | "UNAVAILABLE";

/** HTTP statuses of refusals. */
export type VendingStatus = 401 | 403 | 404 | 413 | 421 | 429 | 500 | 503;

const STATUS: Readonly<Record<VendingErrorCode, VendingStatus>> = Object.freeze({
  INVALID_CONFIG: 500,
  ORIGIN_REFUSED: 403,
  HOST_REFUSED: 421,
  BROWSER_REFUSED: 403,
  TOKEN_MISSING: 401,
  TOKEN_REJECTED: 401,
  CLAIM_REJECTED: 403,
  IDENTITY_REJECTED: 401,
  GRANT_UNKNOWN: 404,
  TOO_LARGE: 413,
  TOO_MANY_REQUESTS: 429,
  UPSTREAM_DENIED: 403,
  UNAVAILABLE: 503,
});

/**
 * A refusal of the vending server. Its message is for the operator: callers get the code only, so that no answer helps an
 * attacker.
 */
export class VendingError extends CountersignError<VendingErrorCode> {
  static override readonly name: string = "VendingError";

  /** HTTP status of the answer. */
  readonly status: VendingStatus;
  /** For `Retry-After`, in whole seconds. */
  readonly retryAfterSeconds: number | undefined;

  constructor(
    code: VendingErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly retryAfterSeconds?: number } = {},
  ) {
    const given = Object(options) as typeof options;
    super(code, message, "cause" in given ? { cause: given.cause } : undefined);
    this.status = typeof code === "string" ? STATUS[code] : 500;
    this.retryAfterSeconds = given.retryAfterSeconds;
  }
}
