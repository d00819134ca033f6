import type { Broker } from "../model/broker.ts";
import type { StoreGuard } from "../store/store-guard.ts";
import type { SharedStore } from "../store/store.ts";

/**
 * Marks an id as used in all processes on the store. `first`: it was not used before. `again`: it was. `unknown`: the
 * store does not answer.
 */
export type OnceInFleet = (id: string, ttlMs: number) => Promise<"first" | "again" | "unknown">;

const memories = new WeakMap<Broker, OnceInFleet>();

/** Gives a broker with a store the memory that its processes share. */
export function shareMemory(broker: Broker, store: SharedStore, guard: StoreGuard): void {
  if (store.once === undefined) return;
  memories.set(broker, async (id, ttlMs) => {
    const answer = await guard.run(() => store.once?.(id, ttlMs) ?? Promise.resolve(true));
    if (answer === undefined) return "unknown";
    return answer.value ? "first" : "again";
  });
}

/** The shared memory of a broker; `undefined` without a store. */
export function onceInFleet(broker: Broker): OnceInFleet | undefined {
  return memories.get(broker);
}
