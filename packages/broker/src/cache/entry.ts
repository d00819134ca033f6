import {
  type CachedSession,
  type Clock,
  decideRefresh,
  INITIAL_REFRESH_STATE,
  type RefreshReason,
  type RefreshState,
} from "@countersign/signer";
import type { BrokerError } from "../errors/error.ts";
import type { BrokerCredentials } from "../model/credentials.ts";
import { type Anchor, elapsedMs } from "../model/effective-time.ts";
import type { Session } from "../model/session.ts";

/** Cached credentials with their refresh schedule. Durations are in milliseconds. */
export interface CachedCredentials extends Pick<CachedSession, "lifetimeMs" | "advisoryMs" | "mandatoryMs"> {
  readonly credentials: BrokerCredentials;
  /** Already resolved: `get` returns it without an allocation. */
  readonly settled: Promise<BrokerCredentials>;
  /** When the credentials were requested. */
  readonly anchor: Anchor;
  /** The age from which they are renewed: `lifetimeMs - advisoryMs`. */
  readonly advisoryAfter: number;
  /** By the clock of STS, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** For each of the session's subjects the latest revocation known when the fetch began. */
  readonly epochs: readonly number[];
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
  cached: CachedCredentials | undefined;
  /** The longest validity of its sessions, in milliseconds. */
  longestMs: number;
  failure: Failure | undefined;
  refresh: RefreshState;
  /** The earliest next fetch while no credentials can be served. */
  nextColdAttemptAt: number;
  /** The earliest next look at the store during that pause. */
  nextSearchAt: number;
  lastUsedAt: number;
}

export function createEntry(session: Session): Entry {
  return {
    session,
    cached: undefined,
    longestMs: 0,
    failure: undefined,
    refresh: INITIAL_REFRESH_STATE,
    nextColdAttemptAt: -Infinity,
    nextSearchAt: -Infinity,
    lastUsedAt: -Infinity,
  };
}

/** `empty`: nothing cached. `fresh`: valid. `ahead`: valid, in its renewal window. `must`: about to expire, or rejected. */
export type EntryState = "empty" | "fresh" | "ahead" | "must" | "expired";

const STATES: Readonly<Partial<Record<RefreshReason, EntryState>>> = {
  initial: "empty",
  expired: "expired",
  rejected: "must",
  mandatory: "must",
  advisory: "ahead",
};

/** The state of an entry, by the refresh schedule. */
export function stateOf(entry: Entry, clock: Clock): EntryState {
  const { reason } = decideRefresh(entry.refresh, scheduled(entry.cached, clock), {}, clock.monotonic());
  return (reason && STATES[reason]) ?? "fresh";
}

/** Cached credentials as the refresh schedule takes them. */
export function scheduled(cached: CachedCredentials | undefined, clock: Clock): CachedSession | undefined {
  if (cached === undefined) return undefined;
  const { credentials, lifetimeMs, advisoryMs, mandatoryMs } = cached;
  const { accessKeyId } = credentials;
  return { accessKeyId, remainingMs: remainingMs(cached, clock), lifetimeMs, advisoryMs, mandatoryMs };
}

/** The remaining validity in milliseconds; 0 or less once expired. */
export function remainingMs({ lifetimeMs, anchor }: CachedCredentials, clock: Clock): number {
  return lifetimeMs - elapsedMs(clock, anchor);
}

/** Whether a service rejected the cached key. */
export function isRejected({ cached, refresh }: Entry): boolean {
  return cached !== undefined && refresh.rejected === cached.credentials.accessKeyId;
}
