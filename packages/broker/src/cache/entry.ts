import type { Clock } from "@countersign/signer";
import type { BrokerCredentials } from "../model/credentials.ts";
import { type Anchor, elapsedMs } from "../model/effective-time.ts";
import type { BrokerError } from "../errors/error.ts";
import type { Session } from "../model/session.ts";

/** Credentials and the instants that divide their life, as milliseconds since they were asked for. */
export interface Held {
  readonly credentials: BrokerCredentials;
  /** Resolved already: what `get` returns without making anything. */
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
  /** Whether STS said no, rather than nothing. */
  readonly refusal: boolean;
}

/** All that is kept for one session. Pauses are on the monotonic clock, so that no jump of the wall clock stretches them. */
export interface Entry {
  readonly session: Session;
  held: Held | undefined;
  failure: Failure | undefined;
  /** While there is something to serve. */
  nextAttemptAt: number;
  /** While there is nothing. */
  nextColdAttemptAt: number;
  nextForcedAt: number;
  nextWishAt: number;
  lastUsedAt: number;
  /** The access key that a service turned down; the next fetch must bring another. */
  rejected: string | undefined;
  /** When keys were turned down last and before that. */
  rejections: readonly [beforeLast: number, last: number];
}

export function createEntry(session: Session): Entry {
  return {
    session,
    held: undefined,
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

/** `empty`: nothing held. `fresh`: good. `ahead`: good, to be renewed. `must`: about to expire, or turned down. */
export type EntryState = "empty" | "fresh" | "ahead" | "must" | "expired";

/** Classifies an entry at a point of its credentials' life. */
export function classify(entry: Entry, elapsed: number): EntryState {
  const { held } = entry;
  if (held === undefined) return "empty";
  if (elapsed >= held.expiresAfter) return "expired";
  if (elapsed >= held.mandatoryAfter || entry.rejected === held.credentials.accessKeyId) return "must";
  return elapsed >= held.advisoryAfter ? "ahead" : "fresh";
}

/** How much validity is left, in milliseconds; not above 0 when there is none. */
export function remainingMs(held: Held, clock: Clock): number {
  return held.expiresAfter - elapsedMs(clock, held.anchor);
}
