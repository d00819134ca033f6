/** The signals that end a daemon. */
export const STOPPING = ["SIGINT", "SIGTERM"] as const;

/** The signals that end a command in a terminal, which sends SIGHUP when it is closed. */
export const STOPPING_IN_TERMINAL = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Resolves on the first of these signals. Call it before the command says that it runs: a signal that is sent at once would
 * end the process otherwise.
 *
 * @param ended ends the waiting, without resolving.
 */
export function untilStopped(names: readonly NodeJS.Signals[], ended?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const stop = (): void => resolve();
    for (const name of names) process.once(name, stop);
    ended?.addEventListener("abort", () => {
      for (const name of names) process.removeListener(name, stop);
    });
  });
}
