import { MAX_SESSION_MS } from "../model/max-session.ts";
import { randomUUID } from "node:crypto";
import { BrokerError } from "../errors/error.ts";
import { createRecordSeal, type RecordKey } from "./record-seal.ts";
import type { Revocation, SharedStore, StoreReading, StoreSlot } from "./store.ts";
import { runScriptWith, type ValkeyClient } from "./valkey-client.ts";
import { DROP, LOCK, READ, REVOCATIONS, REVOKE, UNLOCK, WRITE } from "./valkey-scripts.ts";

/** Settings of `valkeyStore`. */
export interface ValkeyStoreOptions {
  /** Yours to connect and to close. Let it fail fast: no offline queue, no endless retries. */
  readonly client: ValkeyClient;
  /** Who shares: brokers with the same namespace and keys. 1-64 letters, digits and `_.:-`. All its keys are one slot. */
  readonly namespace: string;
  /** The first key seals, all open. Rotate by putting a new one first; drop the old one 36 hours later. */
  readonly keyring: readonly RecordKey[];
}

/**
 * Shares sessions through Valkey or Redis, sealed with AES-256-GCM: the server, its backups and its other users see
 * ciphertext, and a record that was edited, moved to another session or kept past a revocation does not open.
 *
 * @throws BrokerError `INVALID_OPTION`.
 *
 * @example
 * const store = valkeyStore({ client: new Valkey(), namespace: "inference", keyring: [{ id: "2026-01", key }] });
 * const broker = createBroker({ region, credentials: { id: "inference-service", provider }, store });
 */
export function valkeyStore({ client, namespace, keyring }: ValkeyStoreOptions): SharedStore {
  if (typeof namespace !== "string" || !/^[\w.:-]{1,64}$/u.test(namespace)) {
    throw new BrokerError("INVALID_OPTION", "namespace: expected 1-64 letters, digits and _.:-");
  }
  const run = runScriptWith(client);
  const records = createRecordSeal(namespace, keyring);
  const prefix = `countersign:{${namespace}}`;
  const session = ({ key }: StoreSlot): string => `${prefix}:session:${key}`;
  const lock = ({ key }: StoreSlot): string => `${prefix}:lock:${key}`;
  const revocations = `${prefix}:revocations`;

  return {
    needsSourceId: true,

    async read(slot): Promise<StoreReading> {
      const answer = (await run(READ, [session(slot), revocations], slot.subjects)) as [Field[], Field[]];
      const [[exp, epochs, record], revoked] = answer;
      const found = {
        revocations: slot.subjects.flatMap((subject, index) => revocationFrom(subject, revoked[index])),
      };
      if (exp == null && epochs == null && record == null) return found;
      const frame = { expiresAt: Number(exp), epochs: String(epochs).split(",").map(Number) };
      const opened = records.open(slot, frame, String(record));
      return typeof opened === "string" ? { ...found, alarm: opened } : { ...found, session: opened };
    },

    async write(slot, stored) {
      const record = records.seal(slot, stored);
      const expiresAt = String(stored.credentials.expiration.getTime());
      const args = [expiresAt, String(stored.issuedAt), record, ...stored.epochs.map(String), ...slot.subjects];
      return (await run(WRITE, [session(slot), revocations], args)) === 1;
    },

    async drop(slot) {
      await run(DROP, [session(slot)], []);
    },

    async lock(slot, ttlMs) {
      const token = randomUUID();
      return (await run(LOCK, [lock(slot)], [token, String(ttlMs)])) === 1 ? token : undefined;
    },

    async unlock(slot, token) {
      await run(UNLOCK, [lock(slot)], [token]);
    },

    async revoke({ subject, epoch, issuedBefore }, kind) {
      const oldest = Math.max(epoch, issuedBefore, Date.now()) - MAX_SESSION_MS;
      const args = [subject, String(epoch), String(issuedBefore), kind === "new" ? "1" : "0", String(oldest)];
      const [revocation] = revocationFrom(subject, (await run(REVOKE, [revocations], args)) as Field);
      if (revocation === undefined) throw new TypeError("the store gave no revocation back");
      return revocation;
    },

    async revocations() {
      const flat = (await run(REVOCATIONS, [revocations], [])) as string[];
      return flat.flatMap((subject, index) => (index % 2 === 0 ? revocationFrom(subject, flat[index + 1]) : []));
    },
  };
}

type Field = string | null | undefined;

/** None from what is not one: the store is not trusted. */
function revocationFrom(subject: string, field: Field): readonly Revocation[] {
  const [, epoch, issuedBefore] = /^(\d{1,15}):(\d{1,15})$/u.exec(field ?? "") ?? [];
  return epoch === undefined ? [] : [{ subject, epoch: Number(epoch), issuedBefore: Number(issuedBefore) }];
}
