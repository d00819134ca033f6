import { checkCredentials } from "./check-credentials.ts";
import { checkExpiry } from "./check-expiry.ts";
import type { Clock } from "../clock/clock.ts";
import { createClock } from "../clock/create-clock.ts";
import type {
  AwsCredentials,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
import { createEmitter } from "../events/emit.ts";
import { refuse } from "../errors/refuse.ts";
import type { EventListener } from "../events/event.ts";
import { callThrough, toProvider } from "./provider-of.ts";
import { refreshBackoffMs, refreshJitterMs, refreshWindow } from "./refresh-window.ts";
import { waitFor } from "./wait-for.ts";

/** Settings of `memoize`. */
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
 * One call of the source serves all who wait. Renewal happens in the background ahead of expiry (`refreshWindow`); in
 * the last minute callers wait for it, for at most half of what remains. While unexpired credentials are held nothing
 * here throws: a failing source is asked again after a pause (`refreshBackoffMs`). A provider that is `memoized`
 * already is called through. What is handed out is the object that the source made, so that caches may be keyed on it.
 *
 * @throws SignerError `INVALID_OPTION`, `INVALID_ACCESS_KEY` or `INVALID_DATE`, at once for fixed credentials and from
 * the call for what a provider answers; `CREDENTIALS_UNAVAILABLE` when a provider answers nothing or a revoked key,
 * `CREDENTIALS_EXPIRED` when what there is has expired. A provider's own error passes through unchanged.
 *
 * @example
 * const credentials = memoize(async () => ({ accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example" }));
 * const { accessKeyId } = await credentials({ minTtlMs: 60_000 });
 */
export function memoize(credentials: Credentials, options: MemoizeOptions = {}): MemoizedProvider {
  const source = toProvider(credentials);
  if (source.memoized === true) return callThrough(source);

  const { clock = createClock() } = options;
  const emit = createEmitter(options.onEvent, clock);
  const revoked = new Set<string>();
  let held: AwsCredentials | undefined;
  let flight: Promise<AwsCredentials> | undefined;
  let rejected = false;
  // Instants on the scale of `now`.
  let expiresAt = 0;
  let advisoryAt = Infinity;
  let mandatoryAt = 0;
  let nextAttemptAt = 0;
  let nextForcedAt = 0;
  let nextWishAt = 0;
  let freshSince = Infinity;
  let rejectedAt: readonly number[] = [0, 0];
  let lifetimeMs = 0;
  let wallAtZero = 0;

  // The wall clock sees a machine that slept, the monotonic clock one that was set back: the later of both counts.
  const now = (): number => Math.max(clock.wall(), wallAtZero + clock.monotonic()) + clock.offsetMs;

  const valid = (): AwsCredentials | undefined => (now() < expiresAt ? held : undefined);

  function hold(answer: AwsCredentials): AwsCredentials {
    held = answer;
    wallAtZero = clock.wall() - clock.monotonic();
    expiresAt = expiryOf(answer);
    lifetimeMs = expiresAt - now();
    const window = refreshWindow(lifetimeMs);
    advisoryAt = expiresAt - window.advisoryMs - refreshJitterMs(lifetimeMs, window);
    mandatoryAt = expiresAt - window.mandatoryMs;
    nextAttemptAt = 0;
    freshSince = Infinity;
    rejected = false;
    return answer;
  }

  function accept(answer: AwsCredentials): AwsCredentials {
    const { accessKeyId, secretAccessKey } = checkCredentials(answer);
    if (revoked.has(accessKeyId)) refuse("CREDENTIALS_UNAVAILABLE", `${accessKeyId} was revoked`);
    const kept = valid();
    if (kept?.secretAccessKey === secretAccessKey && expiresAt === expiryOf(answer)) return kept;
    checkExpiry(answer, clock.now());
    return hold(answer);
  }

  function refresh(reason: string, wish: CredentialRequest): Promise<AwsCredentials> {
    if (flight !== undefined) return flight;
    const before = held;
    const startedAt = clock.monotonic();
    const report = (name: string, fields: object): void => {
      const key = held?.accessKeyId ?? "credentials";
      const durationMs = clock.monotonic() - startedAt;
      emit(`credentials.refresh.${name}` as "credentials.refresh.ok", () => ({ key, durationMs, ...fields }));
    };
    const retryLater = (code: string): void => {
      const remainingMs = Math.max(0, expiresAt - now());
      const retryInMs = refreshBackoffMs(remainingMs);
      nextAttemptAt = now() + retryInMs;
      report("fail", { code, retryInMs });
      if (remainingMs > 0) report("static", { code, remainingMs });
    };
    report("start", { reason });

    const work = async (): Promise<AwsCredentials> => {
      try {
        const answer = accept(await source(wish));
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
    // Registered first: the flight is over before anybody hears of its end, and no later call is handed its failure.
    const land = (): void => void (flight = undefined);
    flight.then(land, land);
    return flight;
  }

  /** Why a caller has to wait for a renewal. */
  function due({ minTtlMs = 0, forceRefresh }: CredentialRequest, time: number): string | undefined {
    if (held === undefined) return "initial";
    if (time >= expiresAt) return "expired";
    if (forceRefresh === true && time >= nextForcedAt) {
      nextForcedAt = time + 5000;
      return "forced";
    }
    if (time < nextAttemptAt) return undefined;
    if (rejected) return "rejected";
    if (time >= mandatoryAt) return "mandatory";
    if (expiresAt - time >= Math.min(minTtlMs, 0.9 * lifetimeMs) || time < nextWishAt) return undefined;
    nextWishAt = time + 60_000;
    return "min-ttl";
  }

  async function provide(request: CredentialRequest = {}): Promise<AwsCredentials> {
    const { signal, minTtlMs } = request;
    signal?.throwIfAborted();
    const time = now();
    const reason = due(request, time);
    if (reason === undefined) return peek() ?? provide(request);
    const work = refresh(reason, { minTtlMs, forceRefresh: reason === "forced" || rejected || revoked.size > 0 });
    try {
      const renewed = await waitFor(work, time < expiresAt ? (expiresAt - time) / 2 : Infinity, clock, signal);
      if (renewed !== undefined) return renewed;
    } catch (error) {
      signal?.throwIfAborted();
      if (valid() === undefined) throw error;
    }
    // Revoked or replaced while this caller waited: what is held now decides.
    return valid() ?? provide({ signal });
  }

  function peek(): AwsCredentials | undefined {
    // This is on the path of every signature: what was found fresh is fresh for a second.
    const glance = clock.now();
    if (glance >= freshSince && glance < freshSince + 1000) return held;
    const time = now();
    if (time + 1000 < advisoryAt) freshSince = glance;
    if (time >= nextAttemptAt && time >= advisoryAt) void refresh("advisory", { forceRefresh: rejected });
    return valid();
  }

  function invalidate({ accessKeyId, reason }: CredentialRejection): void {
    if (held?.accessKeyId !== accessKeyId) return;
    freshSince = Infinity;
    if (reason === "revoked") {
      revoked.add(accessKeyId);
      held = undefined;
      expiresAt = 0;
      advisoryAt = Infinity;
    } else if (!rejected) {
      rejected = true;
      advisoryAt = 0;
      const time = now();
      const [beforeLast = 0, last = 0] = rejectedAt;
      rejectedAt = [last, time];
      // A service that turns down every new key must not make us call STS once per request.
      if (time - beforeLast < 60_000) nextAttemptAt = time + refreshBackoffMs(expiresAt - time);
    }
  }

  if (typeof credentials === "object" && !("provider" in credentials)) hold(checkCredentials(credentials));
  return Object.assign(provide, { memoized: true as const, peek, invalidate });
}

function expiryOf({ expiration }: AwsCredentials): number {
  return expiration?.getTime() ?? Infinity;
}
