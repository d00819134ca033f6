import { randomUUID } from "node:crypto";
import { checkOptions, shape, type Shapes, unchecked } from "@countersign/signer/options";
import { BrokerError } from "../errors/error.ts";
import { refuseOption } from "../errors/refuse.ts";
import { MAX_SESSION_MS } from "../model/max-session.ts";
import { createKeyring, type RecordKey } from "./keyring.ts";
import { createRecordSeal } from "./record-seal.ts";
import { createRevocationMac } from "./revocation-mac.ts";
import type { Revocation, RevocationReading, SharedStore, StoredSession, StoreReading, StoreSlot } from "./store.ts";
import { createScriptRunner, type ScriptRunner, type ValkeyClient } from "./valkey-client.ts";
import {
  DROP,
  ENDS_BEFORE_MS,
  EXTEND,
  LOCK,
  ONCE,
  PRUNE,
  READ,
  REVOCATION,
  REVOCATIONS,
  REVOKE,
  UNLOCK,
  WRITE,
} from "./valkey-scripts.ts";

/** Settings of `valkeyStore`. */
export interface ValkeyStoreOptions {
  /** You connect and close it. Configure it to fail fast: no offline queue, no endless retries. */
  readonly client: ValkeyClient;
  /** Brokers with the same namespace and keys share sessions. 1-64 letters, digits and `_.:-`. Its keys are one slot. */
  readonly namespace: string;
  /** The first key seals, all open. Rotate by adding a new key last, then moving it first; drop the old one 36 h later. */
  readonly keyring: readonly RecordKey[];
}

const shapes: Shapes<ValkeyStoreOptions> = {
  client: unchecked,
  namespace: shape(
    "1-64 letters, digits and _.:-",
    (value) => typeof value === "string" && /^[\w.:-]{1,64}$/u.test(value),
  ),
  keyring: unchecked,
};

const MAX_REVOCATIONS = 10_000;
/** Changed by another process between reading and writing; more often than this means that a client misbehaves. */
const MAX_ATTEMPTS = 5;

/**
 * Shares sessions through Valkey or Redis, sealed with AES-256-GCM. The server, its backups and its other users see
 * ciphertext. A record that was edited, moved to another session or kept past a revocation does not open, and a
 * revocation that was not made with a key of the keyring is ignored.
 *
 * @throws BrokerError `INVALID_OPTION`.
 *
 * @example
 * const store = valkeyStore({ client: new Valkey(), namespace: "inference", keyring: [{ id: "2026-01", key }] });
 * const broker = createBroker({ region, credentials: { id: "inference-service", provider }, store });
 */
export function valkeyStore(options: ValkeyStoreOptions): SharedStore {
  const { client, namespace, keyring } = checkOptions(options, shapes, refuseOption);
  const runner = createScriptRunner(client);
  const run: ScriptRunner["run"] = (script, runKeys, args) => runner.run(script, runKeys, args);
  const keys = createKeyring(keyring);
  const records = createRecordSeal(namespace, keys);
  const macs = createRevocationMac(namespace, keys);
  const prefix = `countersign:{${namespace}}`;
  const session = ({ key }: StoreSlot): string => `${prefix}:session:${key}`;
  const lease = ({ key }: StoreSlot): string => `${prefix}:lock:${key}`;
  const revocations = `${prefix}:revocations`;

  /** Verified revocations among stored texts, and an alarm for each of the others. */
  function verified(subjects: readonly string[], texts: readonly Field[]): Verified {
    const found: Revocation[] = [];
    const alarms: string[] = [];
    for (const [index, subject] of subjects.entries()) {
      const text = texts[index];
      if (text == null) continue;
      const read = macs.read(subject, text);
      if (typeof read === "string") alarms.push(read);
      else found.push(read);
    }
    return { revocations: found, alarms };
  }

  async function write(slot: StoreSlot, stored: StoredSession): Promise<boolean> {
    const record = records.seal(slot, stored);
    const { subjects } = slot;
    const epochs = stored.epochs.join(",");
    const expiresAt = String(stored.credentials.expiration.getTime());
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const [, texts] = (await run(READ, [session(slot), revocations], subjects)) as [Field[], Field[]];
      const isRevoked = subjects.some((subject, index) => {
        const [revocation] = verified([subject], [texts[index]]).revocations;
        if (revocation === undefined) return false;
        return revocation.epoch > (stored.epochs[index] ?? 0) || revocation.issuedBefore > stored.issuedAt;
      });
      if (isRevoked) return false;
      const args = [expiresAt, epochs, record, ...subjects, ...subjects.map((_, index) => texts[index] ?? "")];
      const written = await run(WRITE, [session(slot), revocations], args);
      if (written !== -1) return written === 1;
    }
    return false;
  }

  async function revoke(revocation: Revocation, kind: "new" | "known"): Promise<Revocation | undefined> {
    const { subject } = revocation;
    for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt++) {
      const text = ((await run(REVOCATION, [revocations], [subject])) as Field) ?? "";
      const [known] = verified([subject], [text === "" ? null : text]).revocations;
      const merged = merge(revocation, known, kind);
      const args = [subject, text, macs.write(merged), String(MAX_REVOCATIONS)];
      const stored = await run(REVOKE, [revocations], args);
      if (stored !== 0) return stored === 1 ? merged : undefined;
    }
    throw new BrokerError("STORE_UNAVAILABLE", "the store changed a revocation during each attempt to write it");
  }

  async function readRevocations(): Promise<RevocationReading> {
    const flat = (await run(REVOCATIONS, [revocations], [String(MAX_REVOCATIONS)])) as string[] | null;
    if (!Array.isArray(flat)) return { revocations: [], alarms: ["REVOCATIONS_TOO_MANY"], isPartial: true };
    const subjects = flat.filter((_, index) => index % 2 === 0);
    const texts = flat.filter((_, index) => index % 2 === 1);
    const oldest = Date.now() - MAX_SESSION_MS;
    const useless: string[] = [];
    for (const [index, subject] of subjects.entries()) {
      const text = texts[index] ?? "";
      const read = macs.read(subject, text);
      // Another process may have the unknown key.
      if (read === "REVOCATION_KEY_UNKNOWN") continue;
      if (typeof read === "string" || (read.epoch < oldest && read.issuedBefore < oldest)) useless.push(subject, text);
    }
    const { revocations: found, alarms } = verified(subjects, texts);
    if (useless.length > 0) await run(PRUNE, [revocations], useless.slice(0, 1000));
    return {
      revocations: found.filter(({ epoch, issuedBefore }) => epoch >= oldest || issuedBefore >= oldest),
      alarms,
    };
  }

  return {
    needsSourceId: true,
    isConnecting: () => runner.isConnecting(),

    async read(slot): Promise<StoreReading> {
      const answer = (await run(READ, [session(slot), revocations], slot.subjects)) as [Field[], Field[], unknown];
      const [[exp, epochs, record], texts, keptMs] = answer;
      const { revocations: found, alarms } = verified(slot.subjects, texts);
      const reading = { revocations: found, ...(alarms.length > 0 && { revocationAlarms: alarms }) };
      if (exp == null && epochs == null && record == null) return reading;
      const frame = { expiresAt: Number(exp), epochs: String(epochs).split(",").map(Number) };
      const opened = records.open(slot, frame, String(record));
      if (typeof opened === "string") return { ...reading, alarm: opened };
      // Negative: another user of the server removed the expiry.
      const remainingMs = typeof keptMs === "number" && keptMs >= 0 ? keptMs + ENDS_BEFORE_MS : undefined;
      return { ...reading, session: opened, remainingMs };
    },

    write,

    async drop(slot) {
      await run(DROP, [session(slot)], []);
    },

    async lock(slot, ttlMs) {
      const token = randomUUID();
      return (await run(LOCK, [lease(slot)], [token, String(ttlMs)])) === 1 ? token : undefined;
    },

    async extend(slot, token, ttlMs) {
      return (await run(EXTEND, [lease(slot)], [token, String(ttlMs)])) === 1;
    },

    async unlock(slot, token) {
      await run(UNLOCK, [lease(slot)], [token]);
    },

    revoke,

    revocations: readRevocations,

    async once(id, ttlMs) {
      return (await run(ONCE, [`${prefix}:once:${id}`], [String(ttlMs)])) === 1;
    },
  };
}

type Field = string | null | undefined;

type Verified = Required<Pick<RevocationReading, "revocations" | "alarms">>;

/** A new revocation ends up later than all before it, whatever the clocks of the fleet say. */
function merge(revocation: Revocation, known: Revocation | undefined, kind: "new" | "known"): Revocation {
  const { subject, epoch, issuedBefore } = revocation;
  const later = kind === "new" && epoch > 0 ? (known?.epoch ?? 0) + 1 : (known?.epoch ?? 0);
  return {
    subject,
    epoch: Math.max(epoch, known === undefined ? epoch : later),
    issuedBefore: Math.max(issuedBefore, known?.issuedBefore ?? 0),
  };
}
