import { words } from "#words";
import type { AwsCredentials } from "./credentials.ts";
import { own } from "../errors/own.ts";
import { refuse } from "../errors/refuse.ts";

/**
 * Refuses credentials that cannot sign: not an object, an empty key id or secret, an expiry that is not a date, or text
 * that would end the field that it is written into. The key id stands between `=` and `/` in the Authorization header,
 * and the token is a header of its own.
 *
 * @throws SignerError `CREDENTIALS_UNAVAILABLE`, `INVALID_ACCESS_KEY` or `INVALID_DATE`.
 */
export function checkCredentials(credentials: AwsCredentials | undefined): AwsCredentials {
  if (typeof credentials !== "object" || credentials === null) {
    refuse(
      "CREDENTIALS_UNAVAILABLE",
      words ? "credentials: must be an object; their source answered nothing" : "credentials",
    );
  }
  const check = (field: keyof AwsCredentials, pattern: RegExp, allowed: string | false): void => {
    const text = own(credentials, field) ?? "";
    if (typeof text !== "string" || !pattern.test(text))
      refuse("INVALID_ACCESS_KEY", words ? `${field}: must be ${allowed}` : field);
  };
  check(
    "accessKeyId",
    /^[!-+.0-~-]+$/,
    words && "visible ASCII without comma, slash or white space; await credentials that are a promise",
  );
  check(
    "secretAccessKey",
    /^[!-~\xa1-\uffff](?:[ -~\xa1-\uffff]*[!-~\xa1-\uffff])?$/,
    words &&
      "a string, not empty, without control characters, and without white space around it, such as a copied line break",
  );
  check("sessionToken", /^[!-~]*$/, words && "visible ASCII without white space, or left out");
  const expiration = own(credentials, "expiration");
  if (expiration !== undefined && !Number.isFinite(expiration?.getTime?.())) {
    refuse("INVALID_DATE", words ? "expiration: must be a valid Date, or left out" : "expiration");
  }
  return credentials;
}
