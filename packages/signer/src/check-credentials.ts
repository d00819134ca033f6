import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";

/**
 * Turns away what cannot be signed with: nothing at all, an empty key id or secret, an expiry that is no date.
 *
 * @throws SignerError `CREDENTIALS_UNAVAILABLE`, `INVALID_ACCESS_KEY` or `INVALID_DATE`.
 */
export function checkCredentials(credentials: AwsCredentials | undefined, from = "credentials"): AwsCredentials {
  if (typeof credentials !== "object" || credentials === null) {
    throw new SignerError("CREDENTIALS_UNAVAILABLE", `${from}: expected an object with credentials, got nothing`);
  }
  for (const field of ["accessKeyId", "secretAccessKey"] as const) {
    const value: unknown = credentials[field];
    if (typeof value !== "string" || value === "") {
      throw new SignerError("INVALID_ACCESS_KEY", `${from}: ${field} must be a string that is not empty`);
    }
  }
  const { expiration } = credentials;
  if (expiration !== undefined && !Number.isFinite(expiration?.getTime?.())) {
    throw new SignerError("INVALID_DATE", `${from}: expiration must be a valid Date, or left out`);
  }
  return credentials;
}
