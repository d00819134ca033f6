import { setImmediate } from "node:timers/promises";
import type { Clock, Emit } from "@countersign/signer";
import { readable } from "../errors/foreign-error.ts";
import { storeFailureReason } from "./store-failure.ts";

/** Runs operations of a store so that no failure or stall of the store stops the broker. */
export interface StoreGuard {
  /** The operation's result; `undefined` when it failed, took too long, or the store is off. */
  run<T>(operation: () => Promise<T>): Promise<{ readonly value: T } | undefined>;
  /** Set while the store is off. */
  readonly off: { readonly reason: string; readonly at: Date } | undefined;
}

/** Clients' own timeouts do not end on a server that stalls (node-redis#932, ioredis#1870). */
const BUDGET_MS = 150;
/** The budget of operations until the store has answered once: a client that was just made is still connecting. */
const START_BUDGET_MS = 2000;
const MAX_FAILURES = 5;
const PROBE_EVERY_MS = 5000;
const MAX_STALLS = 3;

/**
 * Failures that last until an operator acts. They may concern one operation only, so that others keep the store on: they
 * raise an alarm at once.
 */
const PERMANENT: ReadonlySet<string> = new Set(["NOPERM", "NOAUTH", "WRONGPASS", "READONLY", "OOM", "MISCONF"]);
const WARN_EVERY_MS = 60_000;

/**
 * Limits the time of each operation. After five failures in a row the store is off: one operation every five seconds is
 * tried, until one succeeds.
 */
export function createStoreGuard(
  clock: Pick<Clock, "monotonic" | "sleep" | "now">,
  emit: Emit,
  isConnecting: () => boolean = () => false,
): StoreGuard {
  let failures = 0;
  let off: { readonly reason: string; readonly at: Date; readonly openedAt: number } | undefined;
  let nextProbeAt = -Infinity;
  let starting = true;
  const warnedAt = new Map<string, number>();

  const succeeded = (): void => {
    failures = 0;
    starting = false;
    if (off === undefined) return;
    const openMs = clock.monotonic() - off.openedAt;
    off = undefined;
    emit("store.close", () => ({ openMs }));
  };
  const warn = (reason: string): void => {
    const time = clock.monotonic();
    if (!PERMANENT.has(reason) || time - (warnedAt.get(reason) ?? -Infinity) < WARN_EVERY_MS) return;
    warnedAt.set(reason, time);
    emit("store.alarm", () => ({ key: "store", code: `STORE_${reason}` }));
  };
  const failed = (reason: string): void => {
    warn(reason);
    failures += 1;
    starting = false;
    if (off !== undefined) off = { ...off, reason };
    if (failures < MAX_FAILURES || off !== undefined) return;
    off = { reason, at: new Date(clock.now()), openedAt: clock.monotonic() };
    nextProbeAt = off.openedAt + PROBE_EVERY_MS;
    emit("store.open", () => ({ failures, reason }));
  };

  return {
    get off() {
      return off && { reason: off.reason, at: off.at };
    },
    async run(operation) {
      const time = clock.monotonic();
      if (off !== undefined) {
        if (time < nextProbeAt) return undefined;
        nextProbeAt = time + PROBE_EVERY_MS;
      }
      try {
        const done = await withinBudget(
          operation().then((value) => ({ value })),
          starting && isConnecting() ? START_BUDGET_MS : BUDGET_MS,
          clock,
        );
        if (done === undefined) failed("TIMEOUT");
        else succeeded();
        return done;
      } catch (error) {
        failed(storeFailureReason(readable(error)));
        return undefined;
      }
    },
  };
}

/**
 * Waits for the work as long as the budget allows. Only the store's time counts: when this process itself stood still,
 * as processes that start on a busy machine do, the answer is behind the timer or on its way, and is waited for again.
 */
async function withinBudget<T>(
  work: Promise<T>,
  budgetMs: number,
  clock: Pick<Clock, "monotonic" | "sleep">,
): Promise<T | undefined> {
  for (let stalls = 0; ; stalls++) {
    const startedAt = clock.monotonic();
    const done = new AbortController();
    const late = clock.sleep(budgetMs, done.signal).then(() => setImmediate(undefined));
    try {
      const result = await Promise.race([work, late]);
      if (result !== undefined) return result;
      const stoodStill = clock.monotonic() - startedAt > 1.5 * budgetMs;
      if (!stoodStill || stalls === MAX_STALLS) return undefined;
    } finally {
      done.abort(0);
    }
  }
}
