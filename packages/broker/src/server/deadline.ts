import type { Clock } from "@countersign/signer";

/**
 * Runs work with a signal that ends it after `ms`, by the clock, or when `signal` ends.
 *
 * @throws what the work throws: usually a `TimeoutError` after the deadline.
 */
export async function withDeadline<T>(
  clock: Pick<Clock, "sleep">,
  ms: number,
  work: (signal: AbortSignal) => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const late = new AbortController();
  const done = new AbortController();
  clock.sleep(ms, done.signal).then(
    () => late.abort(new DOMException(`no answer within ${ms} ms`, "TimeoutError")),
    () => undefined,
  );
  try {
    return await work(signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]));
  } finally {
    // A reason: without one a DOMException with a stack is made, which takes longer than the abort.
    done.abort(0);
  }
}
