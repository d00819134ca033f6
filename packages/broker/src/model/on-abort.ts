const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Calls `run` when a signal ends, until the returned function is called. However many calls share a signal, it has one
 * listener: adding and removing a listener takes time in their number.
 */
export function onAbort(signal: AbortSignal, run: () => void): () => void {
  let waiting = listeners.get(signal);
  if (waiting === undefined) {
    const all = new Set<() => void>();
    signal.addEventListener(
      "abort",
      () => {
        for (const one of all) one();
        all.clear();
      },
      { once: true },
    );
    listeners.set(signal, all);
    waiting = all;
  }
  waiting.add(run);
  return () => void waiting.delete(run);
}
