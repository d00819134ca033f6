import type { AwsCredentials } from "./credentials.ts";
import { SignerError } from "./error.ts";

/**
 * Turns away credentials that have expired by `now`, in milliseconds since the epoch.
 *
 * @throws SignerError `CREDENTIALS_EXPIRED`.
 */
export function checkExpiry({ expiration }: AwsCredentials, now: number): void {
  if (expiration === undefined || now < expiration.getTime()) return;
  const at = expiration.toISOString();
  throw new SignerError(
    "CREDENTIALS_EXPIRED",
    `credentials: expired at ${at}; renew them, or set this machine's clock`,
  );
}
