import type { Clock, CredentialRequest } from "@countersign/signer";
import { type Entry, type EntryState, remainingMs } from "./entry.ts";
import type { Reason } from "../model/reason.ts";

/** What a call of the cache may ask for besides a `CredentialRequest`. */
export interface CacheRequest extends CredentialRequest {
  /** Fetch a missing session, at the lowest priority. */
  readonly warm?: boolean;
  /** No person can answer a prompt. */
  readonly background?: boolean;
}

const FORCED_EVERY_MS = 5000;
const WISHED_EVERY_MS = 60_000;

/**
 * Why this call needs a fetch; `undefined` when the cached credentials will do. Also consumes the `forceRefresh` or
 * `minTtlMs` allowance.
 *
 * @param inFlight whether a fetch is already under way: `forceRefresh` joins it.
 */
export function refreshReason(
  entry: Entry,
  state: EntryState,
  request: CacheRequest,
  inFlight: boolean,
  clock: Clock,
): Reason | undefined {
  const { cached } = entry;
  if (cached === undefined) return request.warm === true ? "warm" : "initial";
  if (state === "expired") return "expired";
  const time = clock.monotonic();
  if (request.forceRefresh === true && (inFlight || time >= entry.nextForcedAt)) {
    if (!inFlight) entry.nextForcedAt = time + FORCED_EVERY_MS;
    return "forced";
  }
  if (state === "must") return entry.rejected === cached.credentials.accessKeyId ? "rejected" : "mandatory";
  if (entry.session.interactive) return undefined;
  const { minTtlMs = 0 } = request;
  // Do not renew for a `minTtlMs` that a new session could not satisfy either.
  const helps = minTtlMs > 0 && remainingMs(cached, clock) < Math.min(minTtlMs, 0.9 * cached.expiresAfter);
  if (helps && time >= Math.max(entry.nextWishAt, entry.nextAttemptAt)) {
    entry.nextWishAt = time + WISHED_EVERY_MS;
    return "min-ttl";
  }
  return state === "ahead" ? "advisory" : undefined;
}
