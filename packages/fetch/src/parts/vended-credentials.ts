import { wholeClock } from "#platform/check-parts";
import { type VendedCredentials, type VendedCredentialsOptions, vendedWith } from "../vended/vended-with.ts";
import { plainClock } from "./plain-clock.ts";
import { lastFromNow } from "./last-from-now.ts";
import { renewing } from "./renewing.ts";

/**
 * `vendedCredentials` of `@countersign/fetch/vended` in its small form: the same users, tabs and refusals, with `renewing`
 * in place of `memoize`. It reports no events. The broker's answers do not correct the clock: they say for how long the
 * credentials last from now on, and `expiration` is that end by this machine's clock.
 *
 * @throws FetchError as that does.
 */
export function vendedCredentials(options: VendedCredentialsOptions): VendedCredentials {
  return vendedWith(options, wholeClock, (clock = plainClock()) => ({ clock, cached: renewing, learn: lastFromNow }));
}
