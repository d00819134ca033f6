import { CountersignError } from "@countersign/signer";

/** Why nothing was vended. */
export type VendingErrorCode =
  /** The configuration cannot be served; the message names the field. */
  | "INVALID_CONFIG"
  | "ORIGIN_REFUSED"
  | "HOST_REFUSED"
  | "BROWSER_REFUSED"
  | "TOKEN_MISSING"
  | "TOKEN_REJECTED"
  | "CLAIM_REJECTED"
  | "IDENTITY_REJECTED"
  | "GRANT_UNKNOWN"
  | "TOO_LARGE"
  | "TOO_MANY_REQUESTS"
  | "UPSTREAM_DENIED"
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
 * A refusal of the vending server. Its message is for the operator's logs: callers get the code alone, so that no answer
 * tells an attacker how close he came.
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
    super(code, message, "cause" in options ? { cause: options.cause } : undefined);
    this.status = STATUS[code];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
