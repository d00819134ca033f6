import type { SharedStore, StoredSession, StoreSlot } from "@countersign/broker";

/** A shared store in this process, whose operations a drill can stop or fail. */
export interface SharedMemory {
  /** A process's view. `before` runs before each of its operations. */
  view(before: () => Promise<void>): SharedStore;
}

interface Lease {
  readonly token: string;
  endsAt: number;
}

export function createSharedMemory(clock: { monotonic(): number }): SharedMemory {
  const sessions = new Map<string, StoredSession>();
  const leases = new Map<string, Lease>();
  let tokens = 0;
  const held = (slot: StoreSlot, token?: string): Lease | undefined => {
    const lease = leases.get(slot.key);
    if (lease === undefined || lease.endsAt <= clock.monotonic()) return undefined;
    return token === undefined || lease.token === token ? lease : undefined;
  };
  return {
    view(before) {
      const after = async <T>(run: () => T): Promise<T> => {
        await before();
        return run();
      };
      return {
        needsSourceId: true,
        read: (slot) => after(() => ({ session: sessions.get(slot.key), revocations: [] })),
        write: (slot, session) => after(() => sessions.set(slot.key, session).size > 0),
        drop: (slot) => after(() => void sessions.delete(slot.key)),
        lock: (slot, ttlMs) =>
          after(() => {
            if (held(slot) !== undefined) return undefined;
            const token = String((tokens += 1));
            leases.set(slot.key, { token, endsAt: clock.monotonic() + ttlMs });
            return token;
          }),
        extend: (slot, token, ttlMs) =>
          after(() => {
            const lease = held(slot, token);
            if (lease !== undefined) lease.endsAt = clock.monotonic() + ttlMs;
            return lease !== undefined;
          }),
        unlock: (slot, token) => after(() => void (held(slot, token) && leases.delete(slot.key))),
      };
    },
  };
}
