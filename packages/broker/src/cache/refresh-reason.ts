import type { Clock, CredentialRequest } from "@countersign/signer";
import { type Entry, type EntryState, remainingMs } from "./entry.ts";
import type { Reason } from "../model/reason.ts";

/** What a caller of the keeper may ask for besides a `CredentialRequest`. */
export interface KeeperRequest extends CredentialRequest {
  /** Fetch at the lowest priority what is not held. */
  readonly warm?: boolean;
  /** Nobody is there to answer a prompt. */
  readonly background?: boolean;
}

const FORCED_EVERY_MS = 5000;
const WISHED_EVERY_MS = 60_000;

/**
 * Why a fetch is due for this call; `undefined` when what is held will do. A force is spent here, and so is a wish.
 *
 * @param inFlight whether one is under way already, which a force joins.
 */
export function due(
  entry: Entry,
  state: EntryState,
  request: KeeperRequest,
  inFlight: boolean,
  clock: Clock,
): Reason | undefined {
  const { held } = entry;
  if (held === undefined) return request.warm === true ? "warm" : "initial";
  if (state === "expired") return "expired";
  const time = clock.monotonic();
  if (request.forceRefresh === true && (inFlight || time >= entry.nextForcedAt)) {
    if (!inFlight) entry.nextForcedAt = time + FORCED_EVERY_MS;
    return "forced";
  }
  if (state === "must") return entry.rejected === held.credentials.accessKeyId ? "rejected" : "mandatory";
  if (entry.session.interactive) return undefined;
  const { minTtlMs = 0 } = request;
  // A wish that a fresh session would not meet either is none (the signer's `minTtlMs`).
  const helps = minTtlMs > 0 && remainingMs(held, clock) < Math.min(minTtlMs, 0.9 * held.expiresAfter);
  if (helps && time >= Math.max(entry.nextWishAt, entry.nextAttemptAt)) {
    entry.nextWishAt = time + WISHED_EVERY_MS;
    return "min-ttl";
  }
  return state === "ahead" ? "advisory" : undefined;
}
