import { emptyPauseMs, refusalPauseMs } from "../sts/backoff.ts";
import { BrokerCredentials } from "../model/credentials.ts";
import { type Entry, type Held, remainingMs } from "./entry.ts";
import { BrokerError } from "../errors/error.ts";
import type { Fetched } from "../model/fetched.ts";
import type { KeeperPorts } from "./cache-ports.ts";
import type { Reason } from "../model/reason.ts";
import { isRefusal } from "../sts/sts-error.ts";
import type { RefreshPolicy } from "./windows.ts";

type RefreshPorts = Pick<KeeperPorts, "clock" | "emit" | "fetch" | "graceMs" | "policy" | "random" | "revocations">;

const FETCHES = 3;
/** A `Date` header has whole seconds: the answer was written up to this much later (RFC 9110, section 5.6.7). */
const DATE_RESOLUTION_MS = 1000;

/**
 * One renewal of an entry, from its start to the note of how it went. A session that was revoked while it was fetched
 * is fetched again.
 */
export async function refreshEntry(
  entry: Entry,
  reason: Reason,
  background: boolean,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<Fetched | undefined> {
  const { clock, emit, random, revocations } = ports;
  const { session } = entry;
  const key = session.label;
  const startedAt = clock.monotonic();
  emit("credentials.refresh.start", () => ({ key, reason }));
  try {
    for (let fetches = 1; ; fetches++) {
      const longerThanMs = entry.held === undefined ? 0 : Math.max(0, remainingMs(entry.held, clock));
      const avoid = entry.rejected;
      const fetched = await ports.fetch(session, { reason, background, avoid, longerThanMs, signal });
      if (fetched === undefined) {
        entry.nextAttemptAt = clock.monotonic() + 1000 + 2000 * random();
        return undefined;
      }
      const rejectedMeanwhile = entry.rejected !== avoid && entry.rejected === fetched.credentials.accessKeyId;
      if (!rejectedMeanwhile && !revocations.isVoid(session.subjects, fetched)) {
        entry.failure = undefined;
        entry.nextAttemptAt = -Infinity;
        entry.nextColdAttemptAt = -Infinity;
        emit("credentials.refresh.ok", () => ({
          key,
          durationMs: clock.monotonic() - startedAt,
          expiresAt: fetched.credentials.expiration,
        }));
        return fetched;
      }
      if (fetches === FETCHES) {
        throw new BrokerError("REVOKED", `the session ${key} was revoked ${FETCHES} times while it was being fetched`);
      }
    }
  } catch (error) {
    if (!signal.aborted) fail(entry, asBrokerError(error), clock.monotonic() - startedAt, ports);
    throw error;
  }
}

/** Notes a failure and how long to pause after it. */
function fail(entry: Entry, error: BrokerError, durationMs: number, ports: RefreshPorts): void {
  const { clock, emit, random, policy } = ports;
  const { held, session } = entry;
  const refusal = isRefusal(error);
  const count = (entry.failure?.count ?? 0) + 1;
  const remaining = held === undefined ? 0 : remainingMs(held, clock);
  const useful = held !== undefined && remaining > -ports.graceMs;
  const least = error.retryAfterMs ?? 0;
  const coldPauseMs = Math.max(refusal ? refusalPauseMs(count, random) : emptyPauseMs(count, random), least);
  const retryInMs = useful && !refusal ? Math.max(policy.backoffMs(Math.max(0, remaining)), least) : coldPauseMs;
  entry.failure = { error, count, at: clock.now(), refusal };
  entry.nextAttemptAt = clock.monotonic() + retryInMs;
  entry.nextColdAttemptAt = clock.monotonic() + coldPauseMs;
  emit("credentials.refresh.fail", () => ({ key: session.label, durationMs, code: error.code, retryInMs }));
  if (remaining > 0) {
    emit("credentials.refresh.static", () => ({ key: session.label, remainingMs: remaining, code: error.code }));
  }
}

/** Divides the life of fetched credentials by the refresh policy. */
export function heldFrom(fetched: Fetched, policy: RefreshPolicy): Held {
  const credentials = new BrokerCredentials(fetched.credentials);
  const { lifetimeMs, askedAt, issuedAt, epochs } = fetched;
  const window = policy.window(lifetimeMs);
  return {
    credentials,
    settled: Promise.resolve(credentials),
    anchor: askedAt,
    issuedAt,
    epochs,
    advisoryAfter: lifetimeMs - window.advisoryMs - policy.jitterMs(lifetimeMs, window),
    mandatoryAfter: lifetimeMs - window.mandatoryMs,
    expiresAfter: lifetimeMs - DATE_RESOLUTION_MS,
  };
}

function asBrokerError(error: unknown): BrokerError {
  if (error instanceof BrokerError) return error;
  return new BrokerError("STS_UNAVAILABLE", `the fetch failed: ${(error as Error | undefined)?.message}`, {
    cause: error,
  });
}
