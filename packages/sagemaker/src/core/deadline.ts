import { type Clock, words } from "@countersign/signer";
import { SageMakerError } from "./error.ts";

/**
 * Runs work under a total time limit. The signal given to the work aborts when the caller's signal aborts, when the time
 * is up, and when the work itself fails.
 *
 * @param slow what the limit is for, as the message names it.
 * @throws SageMakerError `TIMEOUT`; the signal's reason; whatever the work throws.
 */
export async function withDeadline<Result extends object>(
  ms: number,
  slow: "call" | "service",
  clock: Clock,
  signal: AbortSignal | undefined,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const end = new AbortController();
  const stop = new AbortController();
  const either = (own: AbortSignal): AbortSignal => (signal === undefined ? own : AbortSignal.any([signal, own]));
  // The wait also ends with the caller's signal, because work may ignore it.
  const late = async (): Promise<never> => {
    await clock.sleep(ms, either(stop.signal));
    throw tooSlow(ms, slow);
  };
  try {
    return await Promise.race([work(either(end.signal)), late()]);
  } catch (error) {
    end.abort(error);
    throw error;
  } finally {
    stop.abort();
  }
}

/** The error of a time limit that passed. */
export function tooSlow(ms: number, slow: "call" | "service"): SageMakerError {
  return new SageMakerError(
    "TIMEOUT",
    words
      ? slow === "call"
        ? `timeoutMs: the call did not finish within ${ms} ms`
        : `the service did not answer within ${ms / 1000} seconds`
      : `${ms} ms`,
  );
}
