import { type Clock, type CredentialRequest, decideRefresh } from "@countersign/signer";
import type { Reason } from "../model/reason.ts";
import { type Entry, scheduled } from "./entry.ts";

/** What a call of the cache may ask for besides a `CredentialRequest`. */
export interface CacheRequest extends CredentialRequest {
  /** Fetch a missing session, at the lowest priority. */
  readonly warm?: boolean;
  /** No person can answer a prompt. */
  readonly background?: boolean;
}

/**
 * Why this call needs a fetch; `undefined` when the cached credentials will do. Also consumes the `forceRefresh` or
 * `minTtlMs` allowance.
 *
 * A session that needs a one-time code is not renewed before it must be: `minTtlMs` and early renewal do not apply.
 *
 * @param inFlight whether a fetch is already under way: `forceRefresh` joins it.
 */
export function refreshReason(
  entry: Entry,
  request: CacheRequest,
  inFlight: boolean,
  clock: Clock,
): Reason | undefined {
  const { interactive } = entry.session;
  const { forceRefresh = false, minTtlMs } = request;
  const wish = { forceRefresh, minTtlMs: interactive ? undefined : minTtlMs };
  const decision = decideRefresh(entry.refresh, scheduled(entry.cached, clock), wish, clock.monotonic(), inFlight);
  entry.refresh = decision.state;
  const { reason } = decision;
  if (reason === "initial" && request.warm === true) return "warm";
  return reason === "advisory" && interactive ? undefined : reason;
}
