import type { Clock } from "../clock/clock.ts";
import { unlessAborted } from "../clock/unless-aborted.ts";
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
  if (limitMs === Infinity) return unlessAborted(work, signal);
  const leave = new AbortController();
  const first = Promise.race([work, clock.sleep(limitMs, leave.signal) as Promise<undefined>]);
  // Without a reason it would make a DOMException with a stack, which takes longer than the abort.
  return unlessAborted(first, signal).finally(() => leave.abort(0));
}
