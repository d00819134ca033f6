import { checkCached, checkKeyId, checkMs, checkState, checkWindow, checkWish } from "#platform/check-parts";
import type { CredentialRequest } from "./credentials.ts";
import { refreshJitterMs, type RefreshWindow, refreshWindow } from "./refresh-window.ts";
import { ATTAINABLE, FORCED_EVERY_MS, REJECTED_AGAIN_MS, WISHED_EVERY_MS } from "./limits.ts";

/** Why credentials are renewed. */
export type RefreshReason = "initial" | "expired" | "forced" | "rejected" | "mandatory" | "min-ttl" | "advisory";

/** What a cache remembers between decisions. All instants are on one clock that never jumps, in milliseconds. */
export interface RefreshState {
  /** After a failure: no attempt before this instant, as long as the cached credentials are valid. */
  readonly nextAttemptAt: number;
  /** The next `forceRefresh` that is followed. */
  readonly nextForcedAt: number;
  /** The next `minTtlMs` that is followed. */
  readonly nextWishAt: number;
  /** The access key that a service turned down. */
  readonly rejected: string | undefined;
  /** When a service turned keys down. */
  readonly rejections: readonly [beforeLast: number, last: number];
}

/** The credentials in a cache, as a schedule sees them. Durations are in milliseconds. */
export interface CachedSession {
  readonly accessKeyId: string;
  /** The validity that is left; 0 or less when the credentials have expired. */
  readonly remainingMs: number;
  /** The validity that the credentials had when they were cached. */
  readonly lifetimeMs: number;
  /** How long before expiry they are renewed in the background, jitter included. */
  readonly advisoryMs: number;
  /** How long before expiry a caller waits for the renewal. */
  readonly mandatoryMs: number;
}

/** What to do now, and the state to remember. */
export interface RefreshDecision {
  /** Why to renew; `undefined`: use what is cached. `advisory`: renew in the background, and use what is cached. */
  readonly reason: RefreshReason | undefined;
  /** A renewal is due, but an earlier one failed and its pause has not passed. Never true for `forced`. */
  readonly paused: boolean;
  readonly state: RefreshState;
}

/** Nothing has happened yet. */
export const INITIAL_REFRESH_STATE: RefreshState = {
  nextAttemptAt: -Infinity,
  nextForcedAt: -Infinity,
  nextWishAt: -Infinity,
  rejected: undefined,
  rejections: [-Infinity, -Infinity],
};

/**
 * Decides whether to renew credentials: a pure function of the state, the cached credentials, the request and the time.
 *
 * The reasons in their order: nothing is cached, the credentials have expired, the caller forces a renewal, the service
 * turned the key down, expiry is near, the caller asks for more validity than is left and a renewal would give it, or
 * renewal ahead of time is due. A `forceRefresh` or `minTtlMs` that is followed uses up its allowance in the returned
 * state.
 *
 * @param inFlight a renewal is under way already: a force joins it and uses nothing up.
 */
export function decideRefresh(
  state: RefreshState,
  cached: CachedSession | undefined,
  request: Pick<CredentialRequest, "forceRefresh" | "minTtlMs">,
  now: number,
  inFlight = false,
): RefreshDecision {
  checkState(state);
  checkCached(cached);
  checkMs(now, "now");
  const { forceRefresh, minTtlMs = 0 } = checkWish(request);
  const paused = now < state.nextAttemptAt;
  if (cached === undefined) return { reason: "initial", paused, state };
  const { accessKeyId, remainingMs, lifetimeMs, advisoryMs, mandatoryMs } = cached;
  if (remainingMs <= 0) return { reason: "expired", paused, state };
  if (forceRefresh === true && (inFlight || now >= state.nextForcedAt)) {
    const spent = inFlight ? state : { ...state, nextForcedAt: now + FORCED_EVERY_MS };
    return { reason: "forced", paused: false, state: spent };
  }
  if (state.rejected === accessKeyId) return { reason: "rejected", paused, state };
  if (remainingMs <= mandatoryMs) return { reason: "mandatory", paused, state };
  if (
    typeof minTtlMs === "number" &&
    remainingMs < Math.min(minTtlMs, ATTAINABLE * lifetimeMs) &&
    now >= state.nextWishAt &&
    !paused
  ) {
    return { reason: "min-ttl", paused, state: { ...state, nextWishAt: now + WISHED_EVERY_MS } };
  }
  const isAhead = remainingMs <= advisoryMs;
  return { reason: isAhead ? "advisory" : undefined, paused: isAhead && paused, state };
}

/** A renewal brought these credentials. */
export function afterRenewal(state: RefreshState, accessKeyId: string): RefreshState {
  checkState(state);
  checkKeyId(accessKeyId);
  const rejected = state.rejected === accessKeyId ? undefined : state.rejected;
  return { ...state, nextAttemptAt: -Infinity, rejected };
}

/** A renewal failed. @param pauseMs how long to wait before the next attempt. */
export function afterFailure(state: RefreshState, now: number, pauseMs: number): RefreshState {
  checkState(state);
  checkMs(now, "now");
  checkMs(pauseMs, "pauseMs");
  return { ...state, nextAttemptAt: now + pauseMs };
}

/**
 * A service turned the cached key down: it is renewed at the next call. When that is the third key within a minute, the
 * renewal waits, so that a service that turns down every key does not make the cache call STS once per request.
 *
 * @param pauseMs how long the renewal then waits.
 */
export function afterRejection(state: RefreshState, accessKeyId: string, now: number, pauseMs: number): RefreshState {
  checkState(state);
  checkKeyId(accessKeyId);
  checkMs(now, "now");
  checkMs(pauseMs, "pauseMs");
  if (state.rejected === accessKeyId) return state;
  const [beforeLast, last] = state.rejections;
  const again = now - beforeLast < REJECTED_AGAIN_MS;
  return {
    ...state,
    rejected: accessKeyId,
    rejections: [last, now],
    nextAttemptAt: again ? Math.max(state.nextAttemptAt, now + pauseMs) : state.nextAttemptAt,
  };
}

/** Divides the life of credentials that were just cached. `jitterMs` moves the background renewal to an earlier time. */
export function scheduleOf(
  lifetimeMs: number,
  window: RefreshWindow = refreshWindow(lifetimeMs),
  jitterMs: number = refreshJitterMs(lifetimeMs, window),
): Pick<CachedSession, "lifetimeMs" | "advisoryMs" | "mandatoryMs"> {
  checkWindow(window);
  checkMs(lifetimeMs, "lifetimeMs");
  checkMs(jitterMs, "jitterMs");
  return { lifetimeMs, advisoryMs: window.advisoryMs + jitterMs, mandatoryMs: window.mandatoryMs };
}
