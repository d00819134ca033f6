import type { RefuseOption } from "./check-options.ts";
import { SignerError, type SignerErrorCode } from "./error.ts";

/** Throws a `SignerError`. @param message field, limit, and what to do; never a secret. */
export function refuse(code: SignerErrorCode, message: string): never {
  throw new SignerError(code, message);
}

/** Throws a `SignerError` for an option: what `checkOptions` calls. */
export const refuseOption: RefuseOption = (message) => refuse("INVALID_OPTION", message);
