import { type Clock, createClock, memoize } from "@countersign/signer";
import { clockShape, optional } from "@countersign/signer/options";
import { learnDate } from "./learn-date.ts";
import { type VendedCredentials, type VendedCredentialsOptions, vendedWith } from "./vended-with.ts";

/**
 * Makes credentials that a vending broker grants to this user: a provider for any `credentials` option.
 *
 * They live in memory only, belong to the user of the token (issuer and subject of a JWT, or the token itself), and are
 * renewed ahead of their expiry. When `getToken` answers another user's token or none, they are dropped, and an answer
 * that is still on its way to the first user is not used. In browsers one tab renews for all tabs of the same user (Web
 * Locks and BroadcastChannel). Vended credentials can outlive the token they were granted for, by the 900 seconds that
 * AWS STS issues at least.
 *
 * @throws FetchError `INVALID_OPTION` or `PLAINTEXT_REFUSED` at once. The provider rejects with `GRANT_REFUSED` when the
 * token or the grant is expired or revoked, or the user changed: let the user sign in again. It rejects with
 * `VENDING_FAILED` for a failure that may pass; for a while, also obeying `Retry-After`, the broker is then not asked.
 * @see https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 * @example
 * const credentials = vendedCredentials({ url: "https://broker.example.com", grant: "chat", getToken });
 * const signed = createSignedFetch({ region: "eu-west-1", credentials });
 */
export function vendedCredentials(options: VendedCredentialsOptions): VendedCredentials {
  let corrected: Clock | undefined;
  const credentials = vendedWith(options, optional(clockShape), (clock = createClock(), onEvent) => {
    corrected = clock;
    return { clock, cached: (source) => memoize(source, { clock, onEvent }), learn: learnDate };
  });
  return Object.assign(credentials, { clock: corrected });
}
