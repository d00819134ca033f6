import type { SharedStore } from "@countersign/broker";
import { type Clock, createClock } from "@countersign/signer";

/**
 * A clock and a store on which all time limits last longer, those of leases included: a machine that is busy with other
 * tests must not look like a store that stalls.
 */
export function slower(factor: number, store: SharedStore): { readonly clock: Clock; readonly store: SharedStore } {
  const real = createClock();
  return {
    clock: { ...real, sleep: (ms, signal) => real.sleep(factor * ms, signal) },
    store: {
      ...store,
      lock: async (slot, ttlMs) => store.lock?.(slot, factor * ttlMs),
      extend: async (slot, token, ttlMs) => store.extend?.(slot, token, factor * ttlMs) ?? false,
    },
  };
}
