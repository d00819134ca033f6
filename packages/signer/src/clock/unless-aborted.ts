import { checkSignal } from "#platform/check-parts";

/**
 * Waits for work, and no longer than the signal allows: a function of the caller may ignore its signal. The work itself
 * goes on, for others that wait for it.
 *
 * @throws the signal's reason, or the error of the work.
 */
export function unlessAborted<Result>(
  work: Result | Promise<Result>,
  signal: AbortSignal | null | undefined,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    checkSignal(signal);
    const stop = (): void => reject(signal?.reason as Error);
    signal?.addEventListener("abort", stop);
    Promise.resolve(work)
      .finally(() => signal?.removeEventListener("abort", stop))
      .then(resolve, reject);
    // Last, so that an error of the work is never unhandled.
    signal?.throwIfAborted();
  });
}
