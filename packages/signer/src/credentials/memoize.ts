import { checkRejection, checkWish } from "#platform/check-parts";
import { hotPath } from "#platform/hot-path";
import { createClock } from "../clock/create-clock.ts";
import type { Clock } from "../clock/clock.ts";
import { callable, checkOptions, clockShape, optional, signalShape } from "../errors/check-options.ts";
import { own } from "../errors/own.ts";
import { refuse, refuseOption } from "../errors/refuse.ts";
import { createEmitter } from "../events/emit.ts";
import type { EventListener } from "../events/event.ts";
import { checkCredentials } from "./check-credentials.ts";
import { refuseExpired } from "./check-expiry.ts";
import type {
  AwsCredentials,
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
import { callThrough, providerOf } from "./provider-of.ts";
import {
  afterFailure,
  afterRejection,
  afterRenewal,
  type CachedSession,
  decideRefresh,
  INITIAL_REFRESH_STATE,
  type RefreshDecision,
  scheduleOf,
} from "./refresh-schedule.ts";
import { refreshBackoffMs } from "./refresh-window.ts";
import { isExpired, validityOf } from "./validity.ts";
import { waitFor } from "./wait-for.ts";
import { FRESH_MS } from "./limits.ts";

/** A request that asks for nothing special. */
const NO_WISH: CredentialRequest = Object.freeze(Object.create(null) as CredentialRequest);

/** Options of `memoize`. */
export interface MemoizeOptions {
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Receives `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Turns credentials in any form into a provider that asks the source no more often than needed, however many requests
 * run at once.
 *
 * One call of the source serves all callers that wait. Renewal happens in the background ahead of expiry
 * (`refreshWindow`). In the last minute callers wait for it, for at most half of the time that remains. While the cached
 * credentials are valid this provider does not throw: a source that fails is asked again after a pause
 * (`refreshBackoffMs`). A provider that is `memoized` already is called through. The provider returns the object that
 * the source made, so that caches can be keyed on it.
 *
 * @throws SignerError `INVALID_OPTION`, `INVALID_ACCESS_KEY` or `INVALID_DATE`: from this function for fixed credentials,
 * from the returned provider for what the source answers. The provider also throws `CREDENTIALS_UNAVAILABLE` when the
 * source answers nothing or a revoked key, and `CREDENTIALS_EXPIRED` when only expired credentials are available. The
 * source's own error passes through unchanged.
 *
 * @example
 * const credentials = memoize(async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" }));
 * const { accessKeyId } = await credentials({ minTtlMs: 60_000 });
 */
export function memoize(credentials: Credentials, options: MemoizeOptions = {}): MemoizedProvider {
  const { clock = createClock(), onEvent } = checkOptions(
    options,
    { clock: optional(clockShape), onEvent: optional(callable) },
    refuseOption,
  );
  return renewed(credentials, clock, onEvent);
}

/** The same with options that were checked. */
export function renewed(credentials: Credentials, clock: Clock, onEvent: EventListener | undefined): MemoizedProvider {
  const form = providerOf(credentials);
  const source: CredentialProvider = typeof form === "function" ? form : async () => form;
  if (own(source, "memoized") === true) return callThrough(source);

  const emit = createEmitter(onEvent, clock);
  const revoked = new Set<string>();
  let cached: AwsCredentials | undefined;
  let schedule = scheduleOf(Infinity);
  let state = INITIAL_REFRESH_STATE;
  let flight: Promise<AwsCredentials> | undefined;
  let freshSince = Infinity;

  const valid = (): AwsCredentials | undefined =>
    cached !== undefined && !isExpired(cached, clock) ? cached : undefined;

  function cache(answer: AwsCredentials): AwsCredentials {
    cached = answer;
    schedule = scheduleOf(validityOf(answer, clock).leastMs);
    state = afterRenewal(state, answer.accessKeyId);
    freshSince = Infinity;
    return answer;
  }

  function accept(answer: AwsCredentials): AwsCredentials {
    const { accessKeyId, secretAccessKey } = checkCredentials(answer);
    if (revoked.has(accessKeyId)) refuse("CREDENTIALS_UNAVAILABLE", `${accessKeyId} was revoked`);
    const kept = valid();
    if (kept?.secretAccessKey === secretAccessKey && expiryOf(kept) === expiryOf(answer)) return kept;
    if (isExpired(answer, clock)) refuseExpired(answer);
    return cache(answer);
  }

  function session(): CachedSession | undefined {
    if (cached === undefined) return undefined;
    const { mostMs, leastMs } = validityOf(cached, clock);
    return { accessKeyId: cached.accessKeyId, remainingMs: mostMs > 0 ? leastMs : 0, ...schedule };
  }

  /** Decides, and remembers the allowance that the decision used up. */
  function decide(forceRefresh: boolean, minTtlMs: number | undefined): RefreshDecision {
    const decision = decideRefresh(state, session(), { forceRefresh, minTtlMs }, clock.monotonic());
    ({ state } = decision);
    return decision;
  }

  function refresh(reason: string, wish: CredentialRequest): Promise<AwsCredentials> {
    if (flight !== undefined) return flight;
    const before = cached;
    const startedAt = clock.monotonic();
    const report = (name: string, fields: object): void => {
      const key = cached?.accessKeyId ?? "credentials";
      const durationMs = clock.monotonic() - startedAt;
      emit(`credentials.refresh.${name}` as "credentials.refresh.ok", () => ({ key, durationMs, ...fields }));
    };
    const retryLater = (code: string): void => {
      const remainingMs = session()?.remainingMs ?? 0;
      const retryInMs = refreshBackoffMs(remainingMs);
      state = afterFailure(state, clock.monotonic(), retryInMs);
      report("fail", { code, retryInMs });
      if (remainingMs > 0) report("static", { code, remainingMs });
    };
    report("start", { reason });

    const work = async (): Promise<AwsCredentials> => {
      try {
        const isRejected = cached !== undefined && state.rejected === cached.accessKeyId;
        const forceRefresh = wish.forceRefresh === true || isRejected || revoked.size > 0;
        const answer = accept(await source({ ...wish, forceRefresh }));
        if (answer === before) retryLater("UNCHANGED");
        else report("ok", { expiresAt: answer.expiration });
        return answer;
      } catch (error) {
        const { code, name } = Object(error) as { readonly code?: unknown; readonly name?: unknown };
        retryLater(String(code ?? name));
        throw error;
      }
    };
    flight = work();
    // Registered first: the flight has ended before any waiting caller continues, so no later call joins a failure.
    const land = (): void => void (flight = undefined);
    flight.then(land, land);
    return flight;
  }

  async function provide(given: CredentialRequest = NO_WISH): Promise<AwsCredentials> {
    // Unknown names are ignored here: AWS SDK v3 passes its own.
    checkWish(given);
    const request = Object(given) as CredentialRequest;
    const signal = own(request, "signal");
    const minTtlMs = own(request, "minTtlMs");
    if (signal !== undefined) (signalShape(signal, "signal", refuseOption) as AbortSignal).throwIfAborted();
    // Only `forceRefresh`, or `minTtlMs` where credentials expire, can change what `peek` found. A page does without
    // this shortcut.
    const { reason, paused } =
      hotPath &&
      own(request, "forceRefresh") !== true &&
      (minTtlMs === undefined || schedule.lifetimeMs === Infinity) &&
      clock.now() >= freshSince &&
      clock.now() < freshSince + FRESH_MS
        ? { reason: undefined, paused: false }
        : decide(own(request, "forceRefresh")!, minTtlMs);
    const waits = reason === "initial" || reason === "expired" || (reason !== "advisory" && !paused);
    if (reason === undefined || !waits) return peek() ?? provide(given);
    const work = refresh(reason, { minTtlMs, forceRefresh: reason === "forced" });
    const remainingMs = session()?.remainingMs ?? 0;
    try {
      const renewed = await waitFor(work, remainingMs > 0 ? remainingMs / 2 : Infinity, clock, signal);
      if (renewed !== undefined) return renewed;
    } catch (error) {
      signal?.throwIfAborted();
      if (valid() === undefined) throw error;
    }
    // The wait has ended early, or the key was revoked or replaced meanwhile: what is cached now decides.
    return valid() ?? provide({ signal });
  }

  function peek(): AwsCredentials | undefined {
    // This is on the path of every signature: credentials that were fresh are not judged again for a while.
    const glance = clock.now();
    if (glance >= freshSince && glance < freshSince + FRESH_MS) return cached;
    if (cached === undefined) return undefined;
    const { reason, paused } = decide(false, undefined);
    const { leastMs } = validityOf(cached, clock);
    if (reason === undefined && leastMs - schedule.advisoryMs > FRESH_MS) freshSince = glance;
    if (reason !== undefined && !paused) void refresh("advisory", {});
    return valid();
  }

  function invalidate(rejection: CredentialRejection): void {
    checkRejection(rejection);
    const { accessKeyId, reason } = Object(rejection) as CredentialRejection;
    if (cached?.accessKeyId !== accessKeyId) return;
    freshSince = Infinity;
    if (reason === "revoked") {
      revoked.add(accessKeyId);
      cached = undefined;
    } else {
      const pauseMs = refreshBackoffMs(session()?.remainingMs ?? 0);
      state = afterRejection(state, accessKeyId, clock.monotonic(), pauseMs);
    }
  }

  if (typeof form === "object") cache(checkCredentials(form));
  return Object.assign(provide, { memoized: true as const, peek, invalidate });
}

function expiryOf(credentials: AwsCredentials): number {
  return own(credentials, "expiration")?.getTime() ?? Infinity;
}
