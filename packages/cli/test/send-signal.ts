/** Calls what was added for a signal since `before`, as the signal would. */
export function send(signal: NodeJS.Signals, before: readonly unknown[]): void {
  for (const listener of process.rawListeners(signal)) if (!before.includes(listener)) listener(signal);
}
