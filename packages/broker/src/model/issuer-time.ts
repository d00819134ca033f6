import type { Clock } from "@countersign/signer";
import { type Anchor, anchorNow } from "./effective-time.ts";

/** The time by the clock of STS that sets the expiry of sessions. */
export interface IssuerTime {
  /** STS issued a session at `issuedAt`, by that clock. `askedAt`: when the session was requested. */
  issued(issuedAt: number, askedAt: Anchor): void;
  /** Milliseconds since the epoch; `undefined` before the first session. */
  now(): number | undefined;
  /** Readings that can vouch for an answer whose `Date` does not fit its expiry. */
  witnesses(): readonly number[];
}

/** A wall clock that differs from the monotonic one by more was set, or the machine slept. */
const SET_MS = 2 * 60_000;

/**
 * Reads the time from issued sessions: a session expires the requested duration after its issue. A wrong `Date` header or
 * a wrong clock of this machine does not change it. Between two sessions the monotonic clock counts, so the time is behind
 * after this machine slept, and ahead by at most the time that the request took.
 */
export function createIssuerTime(clock: Pick<Clock, "monotonic" | "now" | "offsetMs" | "wall">): IssuerTime {
  const start = anchorNow(clock);
  let aheadMs: number | undefined;
  const now = (): number | undefined => (aheadMs === undefined ? undefined : clock.monotonic() + aheadMs);
  return {
    now,
    issued: (issuedAt, askedAt) => void (aheadMs = issuedAt - askedAt.monotonic),
    witnesses() {
      const known = now();
      if (known !== undefined) return [known];
      const setMs = clock.wall() - start.wall - (clock.monotonic() - start.monotonic);
      return Math.abs(setMs) > SET_MS ? [] : [clock.now(), clock.wall()];
    },
  };
}
