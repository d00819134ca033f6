import type { Learn } from "../vended/learn-date.ts";
import { endOf } from "../vended/vended-key.ts";
import { MAX_GRANT_MS, MIN_GRANT_MS } from "../vended/limits.ts";

/**
 * Dates the end of credentials by this machine's clock, however wrong that is: they last from their arrival for as long as
 * the broker's `Date` says. A page that cannot read the `Date` believes its clock, as long as that leaves what a grant can;
 * else the clock is wrong, and they are taken for the shortest that STS issues.
 */
export const lastFromNow: Learn =
  () =>
  ({ headers }, granted) => {
    const now = Date.now();
    // A `Date` has whole seconds: the answer was written up to one later (RFC 9110, section 5.6.7).
    const leftMs = endOf(granted) - (Date.parse(headers.get("date") as string) + 1000 || now);
    // The credentials were just read from the answer: no other code has them yet.
    granted?.expiration!.setTime(now + (leftMs > 0 && leftMs <= MAX_GRANT_MS ? leftMs : MIN_GRANT_MS));
  };
