import type { AwsCredentials } from "./credentials.ts";
import { refuse } from "./refuse.ts";

/**
 * Turns away what cannot be signed with: nothing at all, an empty key id or secret, an expiry that is no date, and what
 * would break out of the place where it is written: the id stands between a `=` and a `/` in the Authorization header,
 * the token is a header of its own.
 *
 * @throws SignerError `CREDENTIALS_UNAVAILABLE`, `INVALID_ACCESS_KEY` or `INVALID_DATE`.
 */
export function checkCredentials(credentials: AwsCredentials | undefined): AwsCredentials {
  if (typeof credentials !== "object" || credentials === null) {
    refuse("CREDENTIALS_UNAVAILABLE", "credentials: got nothing from their source");
  }
  const check = (field: keyof AwsCredentials, pattern: RegExp, allowed: string): void => {
    const text = credentials[field] ?? "";
    if (typeof text !== "string" || !pattern.test(text)) refuse("INVALID_ACCESS_KEY", `${field}: must be ${allowed}`);
  };
  check("accessKeyId", /^[!-+.0-~-]+$/, "visible ASCII without comma or slash");
  check("secretAccessKey", /[^]/, "a string, not empty");
  check("sessionToken", /^[!-~]*$/, "visible ASCII, or left out");
  const { expiration } = credentials;
  if (expiration !== undefined && !Number.isFinite(expiration?.getTime?.())) {
    refuse("INVALID_DATE", "expiration: must be a valid Date, or left out");
  }
  return credentials;
}
