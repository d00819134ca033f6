import { words } from "#words";
import { own } from "../errors/own.ts";
import { refuse } from "../errors/refuse.ts";
import type { AwsCredentials } from "./credentials.ts";

/** @throws SignerError `CREDENTIALS_EXPIRED`. */
export function refuseExpired(credentials: AwsCredentials): never {
  return refuse(
    "CREDENTIALS_EXPIRED",
    words
      ? `credentials: expired at ${credentials.expiration?.toISOString()}; renew them, or set the clock`
      : "credentials",
  );
}

/**
 * Refuses credentials that have expired at a given date: for signing without a clock.
 *
 * @throws SignerError `CREDENTIALS_EXPIRED`.
 */
export function checkExpiry(credentials: AwsCredentials, date: Date): void {
  const expiration = own(credentials, "expiration");
  if (expiration !== undefined && date.getTime() >= expiration.getTime()) refuseExpired(credentials);
}
