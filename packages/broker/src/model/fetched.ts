import type { TemporaryCredentials } from "./credentials.ts";
import type { Anchor } from "./effective-time.ts";
import type { Reason } from "./reason.ts";
import type { Session } from "./session.ts";

/** Fresh credentials, checked. */
export interface Fetched {
  readonly credentials: TemporaryCredentials;
  readonly askedAt: Anchor;
  /** Validity counted from `askedAt`, in milliseconds. */
  readonly lifetimeMs: number;
  /** By the clock of STS, in milliseconds since the epoch. */
  readonly issuedAt: number;
  /** For each of the session's subjects the latest revocation known when the fetch began. */
  readonly epochs: readonly number[];
}

/** What a fetch has to know. */
export interface FetchRequest {
  readonly reason: Reason;
  /** Nobody waits: no prompts, and no waiting for another process that fetches already. */
  readonly background: boolean;
  /** An access key that must not come back. */
  readonly avoid: string | undefined;
  /** Only credentials that are valid for longer than this are of use, in milliseconds. */
  readonly longerThanMs: number;
  readonly signal: AbortSignal;
}

/** Gets a session's credentials from wherever they are; `undefined` when another process is getting them. */
export type Fetch = (session: Session, request: FetchRequest) => Promise<Fetched | undefined>;
