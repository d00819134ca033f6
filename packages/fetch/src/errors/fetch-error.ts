import { CountersignError } from "@countersign/signer";

/** Everything this package refuses by itself, by code. HTTP errors are responses and network errors are fetch's own. */
export type FetchErrorCode =
  | "INVALID_OPTION"
  | "INVALID_REQUEST"
  | "HOST_NOT_ALLOWED"
  | "PLAINTEXT_REFUSED"
  | "SCOPE_UNKNOWN"
  | "BODY_TOO_LARGE"
  | "BODY_UNSUPPORTED"
  | "STREAM_NEEDS_PAYLOAD"
  | "REDIRECT_REFUSED"
  | "GRANT_REFUSED"
  | "VENDING_FAILED";

/** Thrown by `@countersign/fetch` when a request must not be sent, or an answer not be followed. */
export class FetchError extends CountersignError<FetchErrorCode> {
  static override readonly name: string = "FetchError";
}

/** Throws a `FetchError`. @param message field, limit, and what to do; never a secret. */
export function refuse(code: FetchErrorCode, message: string): never {
  throw new FetchError(code, message);
}
