import { afterFailure, afterRenewal, scheduleOf } from "@countersign/signer";
import { emptyPauseMs, refusalPauseMs } from "../sts/backoff.ts";
import { BrokerCredentials } from "../model/credentials.ts";
import { elapsedMs } from "../model/effective-time.ts";
import { type CachedCredentials, type Entry, isRejected, remainingMs } from "./entry.ts";
import { BrokerError } from "../errors/error.ts";
import { nameOf, readable, withoutSecrets } from "../errors/foreign-error.ts";
import type { Fetched } from "../model/fetched.ts";
import type { SessionCachePorts } from "./cache-ports.ts";
import type { Reason } from "../model/reason.ts";
import { CLOCK_DOUBT_MS } from "../sts/sts-answer.ts";
import { isRefusal } from "../sts/sts-error.ts";
import type { RefreshPolicy } from "./windows.ts";

type RefreshPorts = Pick<
  SessionCachePorts,
  "clock" | "emit" | "fetch" | "graceMs" | "policy" | "random" | "revocations" | "search"
>;

const FETCHES = 3;
/** A `Date` header has whole seconds: the answer was written up to this much later (RFC 9110, section 5.6.7). */
const DATE_RESOLUTION_MS = 1000;

/**
 * Renews one entry and records the outcome in it. A session that was revoked during its fetch is fetched again.
 */
export async function refreshEntry(
  entry: Entry,
  reason: Reason,
  background: boolean,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const { clock, emit, random } = ports;
  const { session } = entry;
  const key = session.label;
  const startedAt = clock.monotonic();
  emit("credentials.refresh.start", () => ({ key, reason }));
  try {
    for (let fetches = 1; ; fetches++) {
      const longerThanMs = entry.cached === undefined ? 0 : Math.max(0, remainingMs(entry.cached, clock));
      const avoid = entry.refresh.rejected;
      const isTooShort = (found: Fetched): boolean => isShorter(entry, found, ports);
      const fetched = await ports.fetch(session, { reason, background, avoid, longerThanMs, isTooShort, signal });
      if (fetched === undefined) {
        entry.refresh = afterFailure(entry.refresh, clock.monotonic(), 1000 + 2000 * random());
        return undefined;
      }
      if (accept(entry, fetched, avoid, startedAt, ports)) return fetched;
      if (fetches === FETCHES) {
        throw new BrokerError("REVOKED", `the session ${key} was revoked ${FETCHES} times while it was being fetched`);
      }
    }
  } catch (error) {
    if (!signal.aborted) fail(entry, asBrokerError(error), clock.monotonic() - startedAt, ports);
    throw error;
  }
}

/** Takes over a session that another process stored. STS is not asked, and a failure changes nothing. */
export async function takeOver(entry: Entry, ports: RefreshPorts): Promise<Fetched | undefined> {
  const startedAt = ports.clock.monotonic();
  const avoid = entry.refresh.rejected;
  const found = await ports.search?.(entry.session, { avoid, longerThanMs: 0 });
  return found !== undefined && accept(entry, found, avoid, startedAt, ports) ? found : undefined;
}

/**
 * Records a renewal, unless the new session was revoked or its key rejected meanwhile.
 *
 * @throws BrokerError `STS_RESPONSE_INVALID` for a session that is shorter than the cached one and ends before it.
 */
function accept(
  entry: Entry,
  fetched: Fetched,
  avoid: string | undefined,
  startedAt: number,
  ports: RefreshPorts,
): boolean {
  const { clock, emit, revocations } = ports;
  const { accessKeyId, expiration } = fetched.credentials;
  const rejectedMeanwhile = entry.refresh.rejected !== avoid && entry.refresh.rejected === accessKeyId;
  if (rejectedMeanwhile || revocations.isVoid(entry.session.subjects, fetched)) return false;
  if (isShorter(entry, fetched, ports)) {
    throw new BrokerError(
      "STS_RESPONSE_INVALID",
      `the new session of ${entry.session.label} ends at ${expiration.toISOString()}, before the cached one; the cached one is served`,
    );
  }
  entry.failure = undefined;
  entry.longestMs = Math.max(entry.longestMs, fetched.lifetimeMs);
  entry.refresh = afterRenewal(entry.refresh, accessKeyId);
  entry.nextColdAttemptAt = -Infinity;
  emit("credentials.refresh.ok", () => ({
    key: entry.session.label,
    durationMs: clock.monotonic() - startedAt,
    expiresAt: expiration,
  }));
  return true;
}

/**
 * Whether a new session would leave callers without credentials while the cached one is valid. Sessions of one spec last
 * equally long, as far as clocks agree: the longest one counts, so that many small steps are no way to a short one.
 */
function isShorter(entry: Entry, { lifetimeMs, askedAt }: Fetched, { clock, policy }: RefreshPorts): boolean {
  const { cached } = entry;
  if (policy.shorter === "take" || cached === undefined || isRejected(entry)) return false;
  const endsMs = lifetimeMs - elapsedMs(clock, askedAt);
  return endsMs + DATE_RESOLUTION_MS < remainingMs(cached, clock) && lifetimeMs < entry.longestMs - CLOCK_DOUBT_MS;
}

/** Records a failure and the pause after it. */
function fail(entry: Entry, error: BrokerError, durationMs: number, ports: RefreshPorts): void {
  const { clock, emit, random, policy } = ports;
  const { cached, session } = entry;
  const refusal = isRefusal(error);
  const count = (entry.failure?.count ?? 0) + 1;
  const remaining = cached === undefined ? 0 : remainingMs(cached, clock);
  const useful = cached !== undefined && remaining > -ports.graceMs;
  const least = error.retryAfterMs ?? 0;
  const coldPauseMs = Math.max(refusal ? refusalPauseMs(count, random) : emptyPauseMs(count, random), least);
  const retryInMs = useful && !refusal ? Math.max(policy.backoffMs(Math.max(0, remaining)), least) : coldPauseMs;
  entry.failure = { error, count, at: clock.now(), refusal };
  entry.refresh = afterFailure(entry.refresh, clock.monotonic(), retryInMs);
  entry.nextColdAttemptAt = clock.monotonic() + coldPauseMs;
  emit("credentials.refresh.fail", () => ({ key: session.label, durationMs, code: error.code, retryInMs }));
  if (remaining > 0) {
    emit("credentials.refresh.static", () => ({ key: session.label, remainingMs: remaining, code: error.code }));
  }
}

/** A cache record for fetched credentials, with their refresh schedule. */
export function cachedFrom(fetched: Fetched, policy: RefreshPolicy): CachedCredentials {
  const credentials = new BrokerCredentials(fetched.credentials);
  const { lifetimeMs, leastMs, askedAt, issuedAt, epochs } = fetched;
  const window = policy.window(leastMs);
  // Windows count from the stated expiry, the usable lifetime ends a second before it. The background renewal follows the
  // reading of the time that leaves the least; a caller waits for a renewal only by the one that counts.
  const beforeEnd = {
    advisoryMs: Math.max(0, window.advisoryMs - DATE_RESOLUTION_MS) + lifetimeMs - leastMs,
    mandatoryMs: Math.max(0, policy.window(lifetimeMs).mandatoryMs - DATE_RESOLUTION_MS),
  };
  const schedule = scheduleOf(lifetimeMs - DATE_RESOLUTION_MS, beforeEnd, policy.jitterMs(leastMs, window));
  return {
    credentials,
    settled: Promise.resolve(credentials),
    anchor: askedAt,
    issuedAt,
    epochs,
    ...schedule,
    advisoryAfter: schedule.lifetimeMs - schedule.advisoryMs,
  };
}

function asBrokerError(thrown: unknown): BrokerError {
  const error = readable(thrown);
  if (error instanceof BrokerError) return error;
  return new BrokerError("STS_UNAVAILABLE", `the fetch failed with ${nameOf(error)}; see cause`, {
    cause: withoutSecrets(error),
  });
}
