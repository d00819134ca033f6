import type { TemporaryCredentials } from "./credentials.ts";
import type { Anchor } from "./effective-time.ts";
import type { Reason } from "./reason.ts";
import type { Session } from "./session.ts";

/** New credentials that passed all checks. */
export interface Fetched {
  readonly credentials: TemporaryCredentials;
  /** From when on the validity counts. */
  readonly askedAt: Anchor;
  /** Validity from `askedAt` on, in milliseconds. */
  readonly lifetimeMs: number;
  /** The same by the reading of the time that leaves the least: renewals are scheduled by it. */
  readonly leastMs: number;
  /** By the clock of STS, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** For each of the session's subjects the latest revocation known when the fetch began. */
  readonly epochs: readonly number[];
}

/** Why a session is fetched, and which results are useful. */
export interface FetchRequest {
  readonly reason: Reason;
  /** No caller waits: ask no person, and do not wait for another process that is already fetching. */
  readonly background: boolean;
  /** A rejected access key: a result with this key is not useful. */
  readonly avoid: string | undefined;
  /** Results must be valid for longer than this, in milliseconds. */
  readonly longerThanMs: number;
  /** Whether a session of STS is refused because a longer one is cached: it replaces no longer one in the store either. */
  readonly isTooShort: (fetched: Fetched) => boolean;
  readonly signal: AbortSignal;
}

/** Fetches a session from the store or from STS; `undefined` when another process is fetching it. */
export type Fetch = (session: Session, request: FetchRequest) => Promise<Fetched | undefined>;
