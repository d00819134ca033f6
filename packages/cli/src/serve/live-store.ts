import type { SharedStore } from "@countersign/broker";

/** A store that can be replaced by another one on the same server, such as one with another keyring. */
export interface LiveStore {
  readonly store: SharedStore;
  replace(next: SharedStore): void;
}

/** Makes a store that passes each operation to the latest one. Operations under way end at the one that they began at. */
export function createLiveStore(first: SharedStore): LiveStore {
  let current = first;
  return {
    store: {
      needsSourceId: first.needsSourceId,
      read: (...given) => current.read(...given),
      write: (...given) => current.write(...given),
      drop: (...given) => current.drop(...given),
      ...(first.lock && { lock: async (...given) => current.lock?.(...given) }),
      ...(first.extend && { extend: async (...given) => (await current.extend?.(...given)) ?? false }),
      ...(first.unlock && { unlock: async (...given) => current.unlock?.(...given) }),
      ...(first.revoke && { revoke: async (...given) => (await current.revoke?.(...given)) ?? given[0] }),
      ...(first.revocations && {
        revocations: async () => (await current.revocations?.()) ?? { revocations: [], isPartial: true },
      }),
      ...(first.isConnecting && { isConnecting: () => current.isConnecting?.() ?? false }),
      ...(first.once && { once: async (...given) => (await current.once?.(...given)) ?? false }),
    },
    replace(next) {
      current = next;
    },
  };
}
