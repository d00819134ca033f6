import { CountersignError } from "@countersign/signer";
import type { RefuseOption } from "@countersign/signer/options";

/** Everything that this package refuses, by code. HTTP errors are responses; network errors are fetch's own. */
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

/** Thrown by `@countersign/fetch` when a request must not be sent or a redirect must not be followed. */
export class FetchError extends CountersignError<FetchErrorCode> {
  static override readonly name: string = "FetchError";
}

/** Throws a `FetchError`. @param message `field: must be …; what to do`, without any secret. */
export function refuse(code: FetchErrorCode, message: string): never {
  throw new FetchError(code, message);
}

/** The refusal of the shared option check. */
export const refuseOption: RefuseOption = (message) => refuse("INVALID_OPTION", message);
