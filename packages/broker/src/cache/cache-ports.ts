import type { Clock, Emit } from "@countersign/signer";
import type { Fetch, Fetched } from "../model/fetched.ts";
import type { Session } from "../model/session.ts";
import type { Revocations } from "../store/revocations.ts";
import type { SearchRequest } from "../store/shared-sessions.ts";
import type { RefreshPolicy } from "./windows.ts";

/** What the session cache needs. Everything with an effect outside the cache is passed in. */
export interface SessionCachePorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  readonly policy: RefreshPolicy;
  /** How long expired credentials may be served while they cannot be renewed, in milliseconds. */
  readonly graceMs: number;
  readonly maxEntries: number;
  readonly fetch: Fetch;
  /** Finds a session that another process stored; STS is not asked. Absent without a store. */
  readonly search?: ((session: Session, request: SearchRequest) => Promise<Fetched | undefined>) | undefined;
  readonly revocations: Revocations;
  /** Whether a background renewal may start now. */
  readonly hasRoom: (tenant: string | undefined) => boolean;
}
