import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";

/**
 * Turns away what cannot be signed with: nothing at all, an empty key id or secret, an expiry that is no date, and what
 * would break out of the place where it is written: the id stands between a `=` and a `/` in the Authorization header,
 * the token is a header of its own.
 *
 * @throws SignerError `CREDENTIALS_UNAVAILABLE`, `INVALID_ACCESS_KEY` or `INVALID_DATE`.
 */
export function checkCredentials(credentials: AwsCredentials | undefined): AwsCredentials {
  if (typeof credentials !== "object" || credentials === null) {
    throw new SignerError("CREDENTIALS_UNAVAILABLE", "credentials: got nothing from their source");
  }
  const { accessKeyId, secretAccessKey, sessionToken, expiration = new Date(0) } = credentials;
  const refuse = (field: string, allowed: string): never => {
    throw new SignerError(
      field === "expiration" ? "INVALID_DATE" : "INVALID_ACCESS_KEY",
      `${field}: must be ${allowed}`,
    );
  };
  if (!isVisible(accessKeyId) || /[,/]/.test(accessKeyId))
    refuse("accessKeyId", "visible ASCII without comma or slash");
  if (typeof secretAccessKey !== "string" || secretAccessKey === "") refuse("secretAccessKey", "a string, not empty");
  if ((sessionToken ?? "") !== "" && !isVisible(sessionToken)) refuse("sessionToken", "visible ASCII, or left out");
  if (!Number.isFinite(expiration?.getTime?.())) refuse("expiration", "a valid Date, or left out");
  return credentials;
}

function isVisible(text: unknown): boolean {
  return typeof text === "string" && /^[!-~]+$/.test(text);
}
