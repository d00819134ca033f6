import { wholeClock } from "#platform/check-parts";
import { type VendedCredentials, type VendedCredentialsOptions, vendedWith } from "../vended/vended-with.ts";
import { plainClock } from "./plain-clock.ts";
import { renewing } from "./renewing.ts";

/**
 * `vendedCredentials` of `@countersign/fetch/vended` in its small form: the same users, tabs and refusals, with `renewing`
 * in place of `memoize`. It reports no events, and the broker's answers do not correct the clock.
 *
 * @throws FetchError as that does.
 */
export function vendedCredentials(options: VendedCredentialsOptions): VendedCredentials {
  return vendedWith(options, { createClock: plainClock, clock: wholeClock, cachedBy: () => renewing });
}
