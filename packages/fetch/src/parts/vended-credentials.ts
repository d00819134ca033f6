import { type VendedCredentials, type VendedCredentialsOptions, vendedWith } from "../vended/vended-with.ts";
import { plainClock } from "./plain-clock.ts";
import { holding } from "./holding.ts";

/**
 * `vendedCredentials` of `@countersign/fetch/vended` in its small form: the same users, tabs and refusals, with `renewing`
 * in place of `memoize`. It reports no events.
 *
 * @throws FetchError as that does.
 */
export function vendedCredentials(options: VendedCredentialsOptions): VendedCredentials {
  return vendedWith(options, plainClock, () => holding);
}
