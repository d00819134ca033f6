import { type Clock, waitFor, words } from "@countersign/signer";
import { SageMakerError } from "./error.ts";

/**
 * Waits for work until the caller's signal aborts or time is up; the signal that the work is given aborts with either,
 * and when the work itself fails.
 *
 * @param slow who took too long.
 * @throws SageMakerError `TIMEOUT`, `INVALID_OPTION` when `ms` is not a positive number; the signal's reason; what the
 * work throws.
 */
export async function withDeadline<Result extends object>(
  ms: number,
  slow: "call" | "service",
  clock: Clock,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  if (!(ms > 0)) {
    throw new SageMakerError(
      "INVALID_OPTION",
      words ? `timeoutMs is ${ms}: pass a number of milliseconds above 0.` : `timeoutMs: ${ms}`,
    );
  }
  const end = new AbortController();
  try {
    const either = signal === undefined ? end.signal : AbortSignal.any([signal, end.signal]);
    const done = await waitFor(work(either), ms, clock, signal);
    if (done !== undefined) return done;
    throw new SageMakerError(
      "TIMEOUT",
      words
        ? slow === "call"
          ? `The call did not finish within ${ms} ms.`
          : `The service did not answer for ${ms / 1000} seconds.`
        : `${ms} ms`,
    );
  } catch (error) {
    end.abort(error);
    throw error;
  }
}
