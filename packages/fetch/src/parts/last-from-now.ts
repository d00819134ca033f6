import type { Learn } from "../vended/learn-date.ts";
import { endOf } from "../vended/vended-key.ts";
import { MAX_GRANT_MS, MIN_GRANT_MS } from "../vended/limits.ts";

/**
 * Dates the end of credentials by this machine's clock, however wrong that is: they last from their arrival for as long as
 * the broker's `Date` says. A page that cannot read the `Date` believes its clock, as long as that leaves what a grant can.
 */
export const lastFromNow: Learn =
  () =>
  ({ headers }, granted) => {
    const now = Date.now();
    const leftMs = endOf(granted) - (Date.parse(headers.get("date") as string) || now);
    // The credentials were just read from the answer: no other code has them yet.
    granted?.expiration!.setTime(now + (leftMs > 0 ? Math.min(leftMs, MAX_GRANT_MS) : MIN_GRANT_MS));
  };
