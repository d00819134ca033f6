import type { BrokerCredentials } from "../model/credentials.ts";
import { type Entry, isRejected, remainingMs } from "./entry.ts";
import { BrokerError } from "../errors/error.ts";
import type { SessionCachePorts } from "./cache-ports.ts";
import type { Session } from "../model/session.ts";

/** What a caller gets when no fetch is made, or when the fetch failed. */
export interface Fallback {
  /**
   * The cached credentials, if they may be served.
   *
   * @throws BrokerError the refusal by STS, under a policy that throws refusals.
   */
  cached(entry: Entry): BrokerCredentials | undefined;
  /** The end of the pause after a failure, on the monotonic clock. */
  pausedUntil(entry: Entry): number;
  /** The error for a caller when no credentials can be served. */
  unavailable(entry: Entry, error: unknown): unknown;
}

export function createFallback({
  clock,
  graceMs,
  policy,
  revocations,
}: Pick<SessionCachePorts, "clock" | "graceMs" | "policy" | "revocations">): Fallback {
  // The pause is longer while cached credentials can be served.
  function pausedUntil(entry: Entry): number {
    const bearable = entry.cached !== undefined && remainingMs(entry.cached, clock) > -graceMs;
    return bearable ? entry.refresh.nextAttemptAt : entry.nextColdAttemptAt;
  }

  const retryAfterMs = (entry: Entry): number => Math.max(0, pausedUntil(entry) - clock.monotonic());

  return {
    pausedUntil,

    cached(entry) {
      const { cached, failure, session } = entry;
      if (cached === undefined || revocations.isVoid(session.subjects, cached)) return undefined;
      const remaining = remainingMs(cached, clock);
      if (remaining > 0) {
        if (failure?.refusal === true && policy.refusal === "throw") throw again(failure.error, undefined);
        return cached.credentials;
      }
      return -remaining < graceMs && !isRejected(entry) ? cached.credentials : undefined;
    },

    unavailable(entry, error) {
      const cause = error ?? entry.failure?.error ?? notAttempted(entry.session);
      const { cached, session } = entry;
      if (cached === undefined) {
        if (!(cause instanceof BrokerError)) return cause;
        return again(cause, cause.retryAfterMs === undefined ? undefined : retryAfterMs(entry));
      }
      return new BrokerError(
        "CREDENTIALS_EXPIRED",
        `the credentials of ${session.label} expired at ${cached.credentials.expiration.toISOString()} and could not be renewed: ${(cause as Error).message}`,
        { cause, retryAfterMs: retryAfterMs(entry) },
      );
    },
  };
}

/** A new error for each caller, with the code, the message and the `cause` of the recorded one. */
function again(error: BrokerError, retryAfterMs: number | undefined): BrokerError {
  return new BrokerError(error.code, error.message, { cause: error.cause ?? error, retryAfterMs });
}

function notAttempted({ label, interactive }: Session): BrokerError {
  return interactive
    ? new BrokerError(
        "MFA_FAILED",
        `${label}: needs a one-time code, which is not asked for in the background; call get()`,
      )
    : new BrokerError("STS_UNAVAILABLE", `${label}: another process is fetching it; try again`);
}
