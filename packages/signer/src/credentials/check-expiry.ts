import { words } from "#words";
import type { AwsCredentials } from "./credentials.ts";
import { refuse } from "../errors/refuse.ts";

/**
 * Turns away credentials that have expired by `now`, in milliseconds since the epoch.
 *
 * @throws SignerError `CREDENTIALS_EXPIRED`.
 */
export function checkExpiry({ expiration }: AwsCredentials, now: number): void {
  if (expiration === undefined || now < expiration.getTime()) return;
  refuse(
    "CREDENTIALS_EXPIRED",
    words ? `credentials: expired at ${expiration.toISOString()}; renew them, or set the clock` : "credentials",
  );
}
