/** The signals that end a command. */
export const STOPPING = ["SIGINT", "SIGTERM"] as const;

/**
 * Resolves on SIGINT or SIGTERM. Call it before the command says that it runs: a signal that is sent at once would end the
 * process otherwise.
 *
 * @param signal ends the waiting, without resolving.
 */
export function untilStopped(signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => resolve();
    for (const name of STOPPING) process.once(name, stop);
    signal?.addEventListener("abort", () => {
      for (const name of STOPPING) process.removeListener(name, stop);
    });
  });
}
