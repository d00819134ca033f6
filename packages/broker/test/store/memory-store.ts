import type { Revocation, SharedStore, StoredSession } from "../../src/store/store.ts";

/** A store in memory that several brokers share, and that does what a test tells it to. */
export interface MemoryStore extends SharedStore {
  readonly sessions: Map<string, StoredSession>;
  readonly revoked: Map<string, Revocation>;
  readonly locks: Map<string, string>;
  /** Runs before every operation: may throw or stall. */
  before: () => Promise<void>;
  operations: number;
}

/** @param clock ends leases in time; without it they do not end by themselves. */
export function memoryStore(clock?: { monotonic(): number }): MemoryStore {
  const sessions = new Map<string, StoredSession>();
  const revoked = new Map<string, Revocation>();
  const locks = new Map<string, string>();
  const ends = new Map<string, number>();
  let tokens = 0;
  const now = (): number => clock?.monotonic() ?? 0;
  const holder = (key: string): string | undefined => {
    if (now() >= (ends.get(key) ?? Infinity)) locks.delete(key);
    return locks.get(key);
  };
  const operate = async <T>(run: () => T): Promise<T> => {
    store.operations += 1;
    await store.before();
    return run();
  };
  const store: MemoryStore = {
    sessions,
    revoked,
    locks,
    before: async () => undefined,
    operations: 0,
    needsSourceId: true,
    read: (slot) =>
      operate(() => ({
        session: sessions.get(slot.key),
        revocations: slot.subjects.flatMap((subject) => revoked.get(subject) ?? []),
      })),
    write: (slot, session) =>
      operate(() => {
        sessions.set(slot.key, session);
        return true;
      }),
    drop: (slot) => operate(() => void sessions.delete(slot.key)),
    lock: (slot, ttlMs) =>
      operate(() => {
        if (holder(slot.key) !== undefined) return undefined;
        const token = String((tokens += 1));
        locks.set(slot.key, token);
        ends.set(slot.key, now() + ttlMs);
        return token;
      }),
    unlock: (slot, token) => operate(() => void (holder(slot.key) === token && locks.delete(slot.key))),
    revoke: (revocation, kind) =>
      operate(() => {
        const known = revoked.get(revocation.subject);
        const least = kind === "new" && revocation.epoch > 0 ? (known?.epoch ?? 0) + 1 : (known?.epoch ?? 0);
        const merged = {
          subject: revocation.subject,
          epoch: Math.max(revocation.epoch, least),
          issuedBefore: Math.max(revocation.issuedBefore, known?.issuedBefore ?? 0),
        };
        revoked.set(revocation.subject, merged);
        return merged;
      }),
    extend: (slot, token, ttlMs) =>
      operate(() => {
        if (holder(slot.key) !== token) return false;
        ends.set(slot.key, now() + ttlMs);
        return true;
      }),
    revocations: () => operate(() => ({ revocations: [...revoked.values()] })),
  };
  return store;
}
