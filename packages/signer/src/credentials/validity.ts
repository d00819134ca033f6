import type { Clock } from "../clock/clock.ts";
import { own } from "../errors/own.ts";
import { checkExpiration, checkSession, checkValidityClock } from "#platform/check-parts";
import type { AwsCredentials } from "./credentials.ts";
import { MIN_BELIEVED_MS } from "./limits.ts";

/** What judging validity needs of a clock. */
export type ValidityClock = Pick<Clock, "now" | "wall" | "monotonic">;

/** The validity that is left, in milliseconds; 0 or less: none. `Infinity` for credentials that do not expire. */
export interface Validity {
  /** By the reading that leaves the most. At 0 the credentials have expired, and signing is refused. */
  readonly mostMs: number;
  /** By the reading that leaves the least, but at least a minute. Renewals are scheduled by it. */
  readonly leastMs: number;
}

/** When credentials were first seen, on both clocks of the machine, and the lowest correction since. */
interface Sighting {
  readonly wall: number;
  readonly monotonic: number;
  lowestOffsetMs: number;
}

const sightings = new WeakMap<ValidityClock, WeakMap<AwsCredentials, Sighting>>();

/**
 * How long credentials remain valid, by every reading of the time that may be right:
 *
 * - the machine's own: the wall clock, or if it was set back the time that passed since the credentials were first seen,
 * - the same with the correction that servers' answers have proven,
 * - the same with the lowest correction since the credentials were first seen.
 *
 * Credentials count as expired only when all readings say so. A correction comes from outside: it can extend the
 * validity, and no later correction takes that back. The worst that a wrong extension does is one request that AWS
 * refuses. Where an issuer's answer over TLS brings credentials that this clock takes for expired, the answer's `Date`
 * corrects the clock at once (`confirmed` of `clock.observe`). Renewals follow the reading that leaves the least, so that
 * a right correction is never ignored either.
 *
 * | machine's clock | correction | expired here | renewed by |
 * | --- | --- | --- | --- |
 * | right | none | at `expiration` | the machine's clock |
 * | right | wrong, ahead | at `expiration` | the corrected time, while that leaves a minute |
 * | right | wrong, behind | later, AWS refuses first | the machine's clock |
 * | behind | none yet | later, AWS refuses first | the machine's clock, or the refusal |
 * | behind | right | later, AWS refuses first | the corrected time |
 * | ahead | none yet | too early, unless the issuer's answer told its time | the machine's clock |
 * | ahead | right | at `expiration` | the machine's clock, while that leaves a minute |
 * | ahead | right, then lost or wrong | at `expiration` | whichever leaves the least, while that leaves a minute |
 * | set back later | any | at `expiration`, by the time that passed | the time that passed |
 *
 * A broker knows when its sessions were issued, so it judges them by the time that has passed since:
 *
 * | machine's clock | correction | a session in the broker has expired | renewed by |
 * | --- | --- | --- | --- |
 * | right, or set back later | any | at `expiration` | the reading that leaves the least |
 * | set forward later | none yet | too early: the machine may have slept | the machine's clock |
 * | set forward later | right | at `expiration` | the corrected time |
 * | behind | right, or wrong | at `expiration`, by the time of STS | the corrected time |
 * | right | left over from a clock that was wrong | at `expiration`, by the time of STS | the machine's clock |
 * | any | any, and the answer's `Date` is wrong | at `expiration`, if a witness finds the requested duration | the `Date` |
 *
 * The time of STS is the last session's `expiration` less its requested duration, plus the time that has passed on the
 * monotonic clock. A session that another process stored ends by that time or by the machine's, whichever is later. A
 * correction only makes the machine's time earlier. Before the first session of a process's own the time of the
 * store's server counts instead.
 */
export function validityOf(credentials: AwsCredentials, clock: ValidityClock): Validity {
  checkSession(credentials);
  checkValidityClock(clock);
  const expiration = own(credentials, "expiration");
  checkExpiration(expiration);
  if (expiration === undefined) return { mostMs: Infinity, leastMs: Infinity };
  const wall = clock.wall();
  const monotonic = clock.monotonic();
  const offsetMs = clock.now() - wall;
  const seen = sightingOf(credentials, clock, wall, monotonic);
  seen.lowestOffsetMs = Math.min(seen.lowestOffsetMs, offsetMs);
  // A machine that slept has a monotonic clock that stood still; one that was set back has a wall clock that did worse.
  const byMachine = expiration.getTime() - Math.max(wall, seen.wall + monotonic - seen.monotonic);
  const readings = [byMachine, byMachine - offsetMs, byMachine - seen.lowestOffsetMs];
  const mostMs = Math.max(...readings);
  return { mostMs, leastMs: Math.min(mostMs, ...readings.filter((leftMs) => leftMs > MIN_BELIEVED_MS)) };
}

/** Whether credentials have expired by every reading of the time that may be right; see `validityOf`. */
export function isExpired(credentials: AwsCredentials, clock: ValidityClock): boolean {
  return validityOf(credentials, clock).mostMs <= 0;
}

function sightingOf(credentials: AwsCredentials, clock: ValidityClock, wall: number, monotonic: number): Sighting {
  let ofClock = sightings.get(clock);
  if (ofClock === undefined) sightings.set(clock, (ofClock = new WeakMap()));
  let seen = ofClock.get(credentials);
  if (seen === undefined) ofClock.set(credentials, (seen = { wall, monotonic, lowestOffsetMs: 0 }));
  return seen;
}
