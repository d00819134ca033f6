/** The signals that end a daemon. */
export const STOPPING = ["SIGINT", "SIGTERM"] as const;

/** The signals that end a command in a terminal, which sends SIGHUP when it is closed. */
export const STOPPING_IN_TERMINAL = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Resolves on the first of these signals. Call it before the command says that it runs: a signal that is sent at once would
 * end the process otherwise.
 */
export function untilStopped(names: readonly NodeJS.Signals[]): Promise<void> {
  return new Promise((resolve) => {
    for (const name of names) process.once(name, () => resolve());
  });
}
