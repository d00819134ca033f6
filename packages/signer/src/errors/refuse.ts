import { SignerError, type SignerErrorCode } from "./error.ts";

/** Throws a `SignerError`. @param message field, limit, and what to do; never a secret. */
export function refuse(code: SignerErrorCode, message: string): never {
  throw new SignerError(code, message);
}
