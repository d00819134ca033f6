import type { Clock, Emit } from "@countersign/signer";
import type { Fetch } from "../model/fetched.ts";
import type { Revocations } from "../store/revocations.ts";
import type { RefreshPolicy } from "./windows.ts";

/** What the keeper works with; everything that touches the world outside is handed in. */
export interface KeeperPorts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly emit: Emit;
  readonly policy: RefreshPolicy;
  /** How long after their expiry credentials may be served when they cannot be renewed, in milliseconds. */
  readonly graceMs: number;
  readonly maxEntries: number;
  readonly fetch: Fetch;
  readonly revocations: Revocations;
  /** Whether a renewal that nobody waits for may start now. */
  readonly hasRoom: (tenant: string | undefined) => boolean;
}
