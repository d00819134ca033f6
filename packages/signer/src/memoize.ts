import { checkCredentials } from "./check-credentials.ts";
import type { Clock } from "./clock.ts";
import { createClock } from "./create-clock.ts";
import type {
  AwsCredentials,
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
import { createEmitter } from "./emit.ts";
import { SignerError } from "./error.ts";
import type { EventListener } from "./event.ts";
import { refreshBackoffMs, refreshJitterMs, refreshWindow } from "./refresh-window.ts";
import { waitFor } from "./wait-for.ts";

/** Settings of `memoize`. */
export interface MemoizeOptions {
  /** Default: `createClock()`. */
  readonly clock?: Clock | undefined;
  /** Receives `credentials.refresh.*`. */
  readonly onEvent?: EventListener | undefined;
}

/** What is held, and the instants that divide its life. */
interface Held {
  readonly credentials: AwsCredentials;
  readonly lifetimeMs: number;
  readonly advisoryAt: number;
  readonly mandatoryAt: number;
  readonly expiresAt: number;
}

type Reason = "initial" | "expired" | "advisory" | "mandatory" | "rejected" | "forced" | "min-ttl";

const FORCED_EVERY_MS = 5000;
const WISHED_EVERY_MS = 60_000;
const ANSWER = "the credential provider's answer";

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
  if (source?.memoized === true) return callThrough(source);

  const { clock = createClock() } = options;
  const emit = createEmitter(options.onEvent, clock);
  const revoked = new Set<string>();
  let held = source === undefined ? holdFixed(credentials as AwsCredentials) : undefined;
  let flight: Promise<AwsCredentials> | undefined;
  let rejected = false;
  let rejections: readonly [beforeLast: number, last: number] = [-Infinity, -Infinity];
  let nextAttemptAt = -Infinity;
  let nextForcedAt = -Infinity;
  let nextWishAt = -Infinity;
  let anchor = { wall: clock.wall(), monotonic: clock.monotonic() };

  // The wall clock sees a machine that slept, the monotonic clock one that was set back: the later of both counts.
  const effectiveNow = (): number =>
    Math.max(clock.wall(), anchor.wall + clock.monotonic() - anchor.monotonic) + clock.offsetMs;

  const unexpired = (time: number): Held | undefined =>
    held !== undefined && time < held.expiresAt ? held : undefined;

  function accept(answer: AwsCredentials): AwsCredentials {
    checkCredentials(answer, ANSWER);
    if (revoked.has(answer.accessKeyId)) {
      throw new SignerError("CREDENTIALS_UNAVAILABLE", `${ANSWER} is the revoked key ${answer.accessKeyId}`);
    }
    const kept = unexpired(effectiveNow())?.credentials;
    if (kept !== undefined && isSame(kept, answer)) return kept;
    const next = hold(answer, clock.now());
    held = next;
    anchor = { wall: clock.wall(), monotonic: clock.monotonic() };
    rejected = false;
    nextAttemptAt = -Infinity;
    return answer;
  }

  function refresh(reason: Reason, wish: CredentialRequest): Promise<AwsCredentials> {
    if (flight !== undefined) return flight;
    const before = held?.credentials;
    const key = before?.accessKeyId ?? "credentials";
    const startedAt = clock.monotonic();
    const durationMs = (): number => clock.monotonic() - startedAt;
    emit("credentials.refresh.start", () => ({ key, reason }));

    const retryLater = (code: string): void => {
      const time = effectiveNow();
      const remainingMs = Math.max(0, (held?.expiresAt ?? time) - time);
      const retryInMs = refreshBackoffMs(remainingMs);
      nextAttemptAt = time + retryInMs;
      emit("credentials.refresh.fail", () => ({ key, durationMs: durationMs(), code, retryInMs }));
      if (remainingMs > 0) emit("credentials.refresh.static", () => ({ key, remainingMs, code }));
    };

    const ask = source ?? (async () => credentials as AwsCredentials);
    flight = new Promise<AwsCredentials>((resolve) => resolve(ask(wish))).then(accept).then(
      (answer) => {
        flight = undefined;
        if (answer === before) retryLater("UNCHANGED");
        else {
          const expiresAt = answer.expiration;
          emit("credentials.refresh.ok", () => ({
            key: answer.accessKeyId,
            durationMs: durationMs(),
            ...(expiresAt && { expiresAt }),
          }));
        }
        return answer;
      },
      (error: unknown) => {
        // Forgotten before anybody hears of its end, so that no later call is handed this failure.
        flight = undefined;
        retryLater(codeOf(error));
        throw error;
      },
    );
    // Callers that did not wait never look at the outcome.
    flight.catch(() => undefined);
    return flight;
  }

  /** Why a renewal is due now; `undefined` when it is not, or not yet again. */
  function due(current: Held, time: number, request: CredentialRequest): Reason | undefined {
    const remainingMs = current.expiresAt - time;
    if (request.forceRefresh === true && time >= nextForcedAt) {
      nextForcedAt = time + FORCED_EVERY_MS;
      return "forced";
    }
    if (time < nextAttemptAt) return undefined;
    if (rejected) return "rejected";
    if (time >= current.mandatoryAt) return "mandatory";
    if (remainingMs < Math.min(request.minTtlMs ?? 0, 0.9 * current.lifetimeMs) && time >= nextWishAt) {
      nextWishAt = time + WISHED_EVERY_MS;
      return "min-ttl";
    }
    return time >= current.advisoryAt ? "advisory" : undefined;
  }

  async function provide(request: CredentialRequest = {}): Promise<AwsCredentials> {
    const { signal } = request;
    signal?.throwIfAborted();
    const time = effectiveNow();
    const current = unexpired(time);
    if (current === undefined) {
      const reason = held === undefined ? "initial" : "expired";
      const work = refresh(reason, { forceRefresh: revoked.size > 0 });
      return (await waitFor(work, Infinity, clock, signal)) as AwsCredentials;
    }
    const reason = due(current, time, request);
    if (reason === undefined) return current.credentials;
    const { minTtlMs } = request;
    const work = refresh(reason, { minTtlMs, forceRefresh: reason === "forced" || reason === "rejected" });
    if (reason === "advisory") return current.credentials;
    try {
      const renewed = await waitFor(work, (current.expiresAt - time) / 2, clock, signal);
      if (renewed !== undefined) return renewed;
    } catch (error) {
      signal?.throwIfAborted();
      if (unexpired(effectiveNow()) === undefined) throw error;
    }
    // Revoked or replaced while this caller waited: what is held now decides.
    return unexpired(effectiveNow())?.credentials ?? provide({ ...(signal && { signal }) });
  }

  function peek(): AwsCredentials | undefined {
    if (held === undefined || (held.advisoryAt === Infinity && !rejected)) return held?.credentials;
    const time = effectiveNow();
    if ((rejected || time >= held.advisoryAt) && time >= nextAttemptAt) {
      void refresh(rejected ? "rejected" : "advisory", { forceRefresh: rejected });
    }
    return unexpired(time)?.credentials;
  }

  function invalidate({ accessKeyId, reason }: CredentialRejection): void {
    if (held?.credentials.accessKeyId !== accessKeyId) return;
    if (reason === "revoked") {
      revoked.add(accessKeyId);
      held = undefined;
      rejected = false;
      return;
    }
    if (rejected) return;
    rejected = true;
    const time = effectiveNow();
    // A service that turns down every new key must not make us call STS once per request.
    if (time - rejections[0] < WISHED_EVERY_MS) {
      nextAttemptAt = Math.max(nextAttemptAt, time + refreshBackoffMs(held.expiresAt - time));
    }
    rejections = [rejections[1], time];
  }

  return Object.assign(provide, { memoized: true as const, peek, invalidate });
}

function toProvider(credentials: Credentials): CredentialProvider | undefined {
  if (typeof credentials === "function") return credentials;
  if (typeof credentials !== "object" || credentials === null) {
    throw new SignerError(
      "INVALID_OPTION",
      "credentials: expected { accessKeyId, secretAccessKey }, a provider function or { provider }",
    );
  }
  if (!("provider" in credentials)) return undefined;
  return toProvider(credentials.provider);
}

function callThrough(provider: CredentialProvider): MemoizedProvider {
  const provide = async (request?: CredentialRequest): Promise<AwsCredentials> =>
    checkCredentials(await provider(request), ANSWER);
  return Object.assign(provide, {
    memoized: true as const,
    peek: () => provider.peek?.(),
    invalidate: (rejection: CredentialRejection) => provider.invalidate?.(rejection),
  });
}

function hold(credentials: AwsCredentials, now: number): Held {
  const expiresAt = credentials.expiration?.getTime() ?? Infinity;
  const lifetimeMs = expiresAt - now;
  if (lifetimeMs <= 0) {
    const at = credentials.expiration?.toISOString();
    throw new SignerError(
      "CREDENTIALS_EXPIRED",
      `credentials: expired at ${at}; renew them, or set this machine's clock`,
    );
  }
  const window = refreshWindow(lifetimeMs);
  return {
    credentials,
    lifetimeMs,
    advisoryAt: expiresAt - window.advisoryMs - refreshJitterMs(lifetimeMs, window),
    mandatoryAt: expiresAt - window.mandatoryMs,
    expiresAt,
  };
}

/** Fixed credentials are never renewed: asking for them again brings the same. */
function holdFixed(credentials: AwsCredentials): Held {
  checkCredentials(credentials);
  const expiresAt = credentials.expiration?.getTime() ?? Infinity;
  return { credentials, lifetimeMs: 0, advisoryAt: expiresAt, mandatoryAt: expiresAt, expiresAt };
}

function isSame(one: AwsCredentials, other: AwsCredentials): boolean {
  return (
    one.accessKeyId === other.accessKeyId &&
    one.secretAccessKey === other.secretAccessKey &&
    one.sessionToken === other.sessionToken &&
    one.expiration?.getTime() === other.expiration?.getTime()
  );
}

function codeOf(error: unknown): string {
  const { code, name } = (error ?? {}) as { readonly code?: unknown; readonly name?: unknown };
  return typeof code === "string" ? code : typeof name === "string" ? name : "UNKNOWN";
}
