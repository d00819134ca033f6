import type { BrokerCredentials } from "../model/credentials.ts";
import { type Entry, remainingMs } from "./entry.ts";
import { BrokerError } from "../errors/error.ts";
import type { KeeperPorts } from "./cache-ports.ts";
import type { Session } from "../model/session.ts";

/** What a caller gets when no fetch is made, or when one brought nothing. */
export interface Serving {
  /**
   * What is held, if it may be given.
   *
   * @throws BrokerError a refusal by STS under a policy that does not hide it.
   */
  held(entry: Entry): BrokerCredentials | undefined;
  /** Until when no fetch is tried after a failure, on the monotonic clock. */
  pausedUntil(entry: Entry): number;
  /** Why there is nothing to give. */
  unavailable(entry: Entry, error: unknown): unknown;
}

export function createServing({
  clock,
  graceMs,
  policy,
  revocations,
}: Pick<KeeperPorts, "clock" | "graceMs" | "policy" | "revocations">): Serving {
  // The pause is as long as what is held makes bearable.
  function pausedUntil(entry: Entry): number {
    const bearable = entry.held !== undefined && remainingMs(entry.held, clock) > -graceMs;
    return bearable ? entry.nextAttemptAt : entry.nextColdAttemptAt;
  }

  const retryAfterMs = (entry: Entry): number => Math.max(0, pausedUntil(entry) - clock.monotonic());

  return {
    pausedUntil,

    held(entry) {
      const { held, failure, session } = entry;
      if (held === undefined || revocations.isVoid(session.subjects, held)) return undefined;
      const remaining = remainingMs(held, clock);
      if (remaining > 0) {
        if (failure?.refusal === true && policy.refusal === "throw") throw again(failure.error, undefined);
        return held.credentials;
      }
      return -remaining < graceMs && entry.rejected !== held.credentials.accessKeyId ? held.credentials : undefined;
    },

    unavailable(entry, error) {
      const cause = error ?? entry.failure?.error ?? nobodyAsked(entry.session);
      const { held, session } = entry;
      if (held === undefined) {
        if (!(cause instanceof BrokerError)) return cause;
        return again(cause, cause.retryAfterMs === undefined ? undefined : retryAfterMs(entry));
      }
      return new BrokerError(
        "CREDENTIALS_EXPIRED",
        `the credentials of ${session.label} expired at ${held.credentials.expiration.toISOString()} and could not be renewed: ${(cause as Error).message}`,
        { cause, retryAfterMs: retryAfterMs(entry) },
      );
    },
  };
}

/** The same failure once more: an error of its own for each caller, with the reason still on its `cause` chain. */
function again(error: BrokerError, retryAfterMs: number | undefined): BrokerError {
  return new BrokerError(error.code, error.message, { cause: error.cause ?? error, retryAfterMs });
}

function nobodyAsked({ label, interactive }: Session): BrokerError {
  return interactive
    ? new BrokerError("MFA_FAILED", `${label} needs a one-time code, and nobody is asked in the background`)
    : new BrokerError("STS_UNAVAILABLE", `another process is fetching ${label}`);
}
