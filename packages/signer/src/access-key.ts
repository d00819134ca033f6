import type { AwsCredentials } from "./credentials.ts";
import { checkCredentials } from "./check-credentials.ts";
import { SignerError } from "./error.ts";

/**
 * Turns away an access key that would break out of the places where it is written: the id stands between a `=` and a
 * `/` in the Authorization header, the token is a header of its own.
 *
 * @throws SignerError `INVALID_ACCESS_KEY`, `INVALID_DATE` or `CREDENTIALS_UNAVAILABLE`.
 */
export function checkAccessKey(credentials: AwsCredentials): void {
  checkCredentials(credentials);
  if (/[^!-~]|[,/]/.test(credentials.accessKeyId)) {
    throw new SignerError("INVALID_ACCESS_KEY", "accessKeyId: must not contain white space, commas or slashes");
  }
  const { sessionToken = "" } = credentials;
  if (typeof sessionToken !== "string" || /[^!-~]/.test(sessionToken)) {
    throw new SignerError(
      "INVALID_ACCESS_KEY",
      "sessionToken: must be a string of visible ASCII characters, or left out",
    );
  }
}
