import { setImmediate } from "node:timers/promises";
import type { Clock, Emit } from "@countersign/signer";

/** Runs operations of a store without ever depending on it. */
export interface StoreGuard {
  /** The operation's result; `undefined` when it failed, took too long, or the store is left alone for now. */
  run<T>(operation: () => Promise<T>): Promise<{ readonly value: T } | undefined>;
}

/** Clients' own timeouts do not fire on a server that stalls (node-redis#932, ioredis#1870): this one does. */
const BUDGET_MS = 150;
const FAILURES = 5;
const PROBE_EVERY_MS = 5000;
const STALLS = 3;

/** A time limit for each operation, and after five failures in a row one try every five seconds until one succeeds. */
export function createStoreGuard(clock: Clock, emit: Emit): StoreGuard {
  let failures = 0;
  let openedAt: number | undefined;
  let nextProbeAt = -Infinity;

  const succeeded = (): void => {
    failures = 0;
    if (openedAt === undefined) return;
    const openMs = clock.monotonic() - openedAt;
    openedAt = undefined;
    emit("store.close", () => ({ openMs }));
  };
  const failed = (): void => {
    failures += 1;
    if (failures < FAILURES || openedAt !== undefined) return;
    openedAt = clock.monotonic();
    nextProbeAt = openedAt + PROBE_EVERY_MS;
    emit("store.open", () => ({ failures }));
  };

  return {
    async run(operation) {
      const time = clock.monotonic();
      if (openedAt !== undefined) {
        if (time < nextProbeAt) return undefined;
        nextProbeAt = time + PROBE_EVERY_MS;
      }
      try {
        const done = await withinBudget(
          operation().then((value) => ({ value })),
          clock,
        );
        if (done === undefined) failed();
        else succeeded();
        return done;
      } catch {
        failed();
        return undefined;
      }
    },
  };
}

/**
 * Waits for the work as long as the budget allows. What counts is the store's time: when this process itself stood still,
 * as processes do that start on a busy machine, the answer is behind the timer or on its way, and is waited for again.
 */
async function withinBudget<T>(work: Promise<T>, clock: Pick<Clock, "monotonic" | "sleep">): Promise<T | undefined> {
  for (let stalls = 0; ; stalls++) {
    const startedAt = clock.monotonic();
    const done = new AbortController();
    const late = clock.sleep(BUDGET_MS, done.signal).then(() => setImmediate(undefined));
    try {
      const result = await Promise.race([work, late]);
      if (result !== undefined) return result;
      const stoodStill = clock.monotonic() - startedAt > 1.5 * BUDGET_MS;
      if (!stoodStill || stalls === STALLS) return undefined;
    } finally {
      done.abort();
    }
  }
}
