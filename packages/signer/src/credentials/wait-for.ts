import type { Clock } from "../clock/clock.ts";
import { checkMs, checkWait } from "#platform/check-parts";

/**
 * Waits for work that others may be waiting for too. Leaving early ends this wait, and never the work.
 *
 * @returns the result of the work, or `undefined` when `limitMs` passed first.
 * @throws the signal's reason, or the error of the work.
 */
export async function waitFor<T>(
  work: Promise<T>,
  limitMs: number,
  clock: Pick<Clock, "sleep">,
  signal?: AbortSignal,
): Promise<T | undefined> {
  checkMs(limitMs, "limitMs");
  checkWait(clock, signal);
  if (limitMs === Infinity && !signal) return work;
  const leave = new AbortController();
  const abort = (): void => leave.abort(signal?.reason);
  signal?.addEventListener("abort", abort);
  try {
    return await Promise.race([work, clock.sleep(limitMs, leave.signal) as Promise<undefined>]);
  } finally {
    signal?.removeEventListener("abort", abort);
    // Without a reason it would make a DOMException with a stack, which takes longer than the abort.
    leave.abort(0);
  }
}
