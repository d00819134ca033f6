import type { Clock } from "@countersign/signer";
import type { BrokerCredentials } from "../model/credentials.ts";
import { type Anchor, elapsedMs } from "../model/effective-time.ts";
import type { BrokerError } from "../errors/error.ts";
import type { Session } from "../model/session.ts";

/** Cached credentials, and the limits of each state in milliseconds since the request for them. */
export interface CachedSession {
  readonly credentials: BrokerCredentials;
  /** Already resolved: `get` returns it without an allocation. */
  readonly settled: Promise<BrokerCredentials>;
  readonly anchor: Anchor;
  /** By the clock of STS, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** For each of the session's subjects the latest revocation known when the fetch began. */
  readonly epochs: readonly number[];
  readonly advisoryAfter: number;
  readonly mandatoryAfter: number;
  readonly expiresAfter: number;
}

/** Why the last fetch failed. */
export interface Failure {
  readonly error: BrokerError;
  /** Failures in a row. */
  readonly count: number;
  readonly at: number;
  /** Whether STS refused; false when it could not answer. */
  readonly refusal: boolean;
}

/** One session's state in the cache. Pauses use the monotonic clock: a jump of the wall clock does not change them. */
export interface Entry {
  readonly session: Session;
  cached: CachedSession | undefined;
  failure: Failure | undefined;
  /** The earliest next fetch while cached credentials can be served. */
  nextAttemptAt: number;
  /** The earliest next fetch while none can be served. */
  nextColdAttemptAt: number;
  nextForcedAt: number;
  nextWishAt: number;
  lastUsedAt: number;
  /** The access key that a service rejected; the next fetch must return another. */
  rejected: string | undefined;
  /** When the last two rejections were reported. */
  rejections: readonly [beforeLast: number, last: number];
}

export function createEntry(session: Session): Entry {
  return {
    session,
    cached: undefined,
    failure: undefined,
    nextAttemptAt: -Infinity,
    nextColdAttemptAt: -Infinity,
    nextForcedAt: -Infinity,
    nextWishAt: -Infinity,
    lastUsedAt: -Infinity,
    rejected: undefined,
    rejections: [-Infinity, -Infinity],
  };
}

/** `empty`: nothing cached. `fresh`: valid. `ahead`: valid, in its renewal window. `must`: about to expire, or rejected. */
export type EntryState = "empty" | "fresh" | "ahead" | "must" | "expired";

/** The state of an entry when its credentials are `elapsed` milliseconds old. */
export function classify(entry: Entry, elapsed: number): EntryState {
  const { cached } = entry;
  if (cached === undefined) return "empty";
  if (elapsed >= cached.expiresAfter) return "expired";
  if (elapsed >= cached.mandatoryAfter || entry.rejected === cached.credentials.accessKeyId) return "must";
  return elapsed >= cached.advisoryAfter ? "ahead" : "fresh";
}

/** The remaining validity in milliseconds; 0 or less once expired. */
export function remainingMs(cached: CachedSession, clock: Clock): number {
  return cached.expiresAfter - elapsedMs(clock, cached.anchor);
}
