import { randomBytes } from "node:crypto";
import {
  type SharedStore,
  type StoredSession,
  type StoreSlot,
  valkeyStore,
  type ValkeyClient,
} from "@countersign/broker";
import { createClient } from "@redis/client";
import { Redis as IoRedis } from "ioredis";
import { Redis } from "iovalkey";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { isInstalled, nameOf, type RedisServer, SERVERS, startRedis } from "./redis.ts";

let redis: RedisServer;

const keyring = [{ id: "k1", key: randomBytes(32) }];
const slot: StoreSlot = {
  key: "a".repeat(64),
  canon: '{"version":1}',
  subjects: ["all", "role"],
  operation: "AssumeRole",
  input: {},
};

const sessionAt = (expiresInMs: number, epochs: readonly number[] = [0, 0]): StoredSession => ({
  credentials: {
    accessKeyId: `ASIA${expiresInMs}`,
    secretAccessKey: "very-secret",
    sessionToken: "token-of-the-session",
    expiration: new Date(Math.floor(Date.now() / 1000) * 1000 + expiresInMs),
    accountId: "111122223333",
  },
  issuedAt: 1_767_323_045_000,
  epochs,
});

const clients: Readonly<Record<string, () => Promise<{ client: ValkeyClient; close: () => void }>>> = {
  iovalkey: async () => {
    const client = new Redis({ path: redis.path });
    return { client, close: () => client.disconnect() };
  },
  ioredis: async () => {
    const client = new IoRedis({ path: redis.path });
    return { client, close: () => client.disconnect() };
  },
  "@redis/client": async () => {
    const client = createClient({ socket: { path: redis.path, tls: false } });
    client.on("error", () => undefined);
    await client.connect();
    return { client, close: () => client.destroy() };
  },
};

for (const program of SERVERS) {
  describe.skipIf(!isInstalled(program))(`on ${nameOf(program)}`, () => {
    beforeAll(async () => {
      redis = await startRedis(program);
    });
    afterAll(() => redis.stop());

    describe.each(Object.entries(clients))("with %s", (_, connect) => {
      let store: SharedStore;
      let close: () => void;
      beforeEach(async () => {
        await redis.client.flushall();
        const connected = await connect();
        ({ close } = connected);
        store = valkeyStore({ client: connected.client, namespace: "test", keyring });
        return () => close();
      });

      test("what was written is read, and the server sees ciphertext", async () => {
        const session = sessionAt(3600_000);
        expect(await store.write(slot, session)).toBe(true);
        const { remainingMs = Number.NaN, ...reading } = await store.read(slot);
        expect(reading).toEqual({ revocations: [], session });
        // By the server's clock, which is this machine's.
        expect(Math.abs(remainingMs - (session.credentials.expiration.getTime() - Date.now()))).toBeLessThan(10_000);
        const keys = await redis.client.keys("*");
        expect(keys).toEqual([`countersign:{test}:session:${slot.key}`]);
        const raw = JSON.stringify(await redis.client.hgetall(keys[0] as string));
        expect(raw).not.toMatch(/very-secret|token-of|111122223333|ASIA/u);
        const expiresAt = await redis.client.pexpiretime(keys[0] as string);
        expect(expiresAt).toBe(session.credentials.expiration.getTime() - 5000);
      });

      test("nothing is read from an empty slot, and dropped is gone", async () => {
        expect(await store.read(slot)).toEqual({ revocations: [] });
        await store.write(slot, sessionAt(3600_000));
        await store.drop(slot);
        expect(await store.read(slot)).toEqual({ revocations: [] });
      });

      test("the session that lasts longer stays: a holder of the lock that slept overwrites nothing", async () => {
        await store.write(slot, sessionAt(3600_000));
        expect(await store.write(slot, sessionAt(1800_000))).toBe(false);
        expect((await store.read(slot)).session?.credentials.accessKeyId).toBe("ASIA3600000");
        expect(await store.write(slot, sessionAt(7200_000))).toBe(true);
      });

      test("a session that was fetched before a revocation is not kept, and one after replaces what was", async () => {
        await store.write(slot, sessionAt(7200_000));
        const revocation = await store.revoke?.({ subject: "role", epoch: 100, issuedBefore: 0 }, "new");
        expect(revocation).toEqual({ subject: "role", epoch: 100, issuedBefore: 0 });
        expect(await store.write(slot, sessionAt(9000_000))).toBe(false);
        expect(await store.write(slot, sessionAt(3600_000, [0, 100]))).toBe(true);
        const reading = await store.read(slot);
        expect(reading.revocations).toEqual([revocation]);
        expect(reading.session).toMatchObject({ epochs: [0, 100], credentials: { accessKeyId: "ASIA3600000" } });
      });

      test("a session issued before the cut is not kept", async () => {
        await store.revoke?.({ subject: "all", epoch: 0, issuedBefore: 1_767_323_045_001 }, "new");
        expect(await store.write(slot, sessionAt(3600_000))).toBe(false);
        await store.revoke?.({ subject: "other", epoch: 9, issuedBefore: 9e12 }, "new");
        expect(await store.write({ ...slot, subjects: ["role"] }, sessionAt(3600_000, [0]))).toBe(true);
      });

      test("a new revocation is later than all before, whatever the clocks say; a known one repeats nothing", async () => {
        const revoke = (epoch: number, kind: "new" | "known") =>
          store.revoke?.({ subject: "s", epoch, issuedBefore: 0 }, kind);
        expect(await revoke(1_767_323_045_000, "new")).toMatchObject({ epoch: 1_767_323_045_000 });
        expect(await revoke(1_767_323_035_000, "new")).toMatchObject({ epoch: 1_767_323_045_001 });
        expect(await revoke(1_767_323_045_001, "known")).toMatchObject({ epoch: 1_767_323_045_001 });
        expect(await store.read({ ...slot, subjects: ["s"] })).toMatchObject({
          revocations: [{ subject: "s", epoch: 1_767_323_045_001, issuedBefore: 0 }],
        });
      });

      test("revocations that nothing can hit any more are forgotten", async () => {
        await store.revoke?.({ subject: "old", epoch: Date.now() - 40 * 3600_000, issuedBefore: 0 }, "new");
        await store.revoke?.({ subject: "new", epoch: Date.now(), issuedBefore: 0 }, "new");
        expect((await store.revocations?.())?.revocations.map(({ subject }) => subject)).toEqual(["new"]);
      });

      test("one process holds the lease; only the holder extends and ends it", async () => {
        const token = await store.lock?.(slot, 10_000);
        expect(token).toEqual(expect.any(String));
        expect(await store.lock?.(slot, 10_000)).toBeUndefined();
        await store.unlock?.(slot, "another token");
        expect(await store.extend?.(slot, "another token", 60_000)).toBe(false);
        expect(await store.lock?.(slot, 10_000)).toBeUndefined();
        expect(await store.extend?.(slot, token as string, 60_000)).toBe(true);
        expect(await redis.client.pttl(`countersign:{test}:lock:${slot.key}`)).toBeGreaterThan(50_000);
        await store.unlock?.(slot, token as string);
        expect(await store.lock?.(slot, 10_000)).toEqual(expect.any(String));
      });

      test("records that were edited, moved or planted raise an alarm and are never a session", async () => {
        await store.write(slot, sessionAt(3600_000));
        const key = `countersign:{test}:session:${slot.key}`;
        const whole = await redis.client.hgetall(key);
        const elsewhere = { ...slot, key: "b".repeat(64) };
        await redis.client.hset(`countersign:{test}:session:${elsewhere.key}`, whole);
        expect(await store.read(elsewhere)).toEqual({ revocations: [], alarm: "RECORD_FORGED" });
        const later = String(Number(whole["exp"]) + 86_400_000);
        for (const edit of [{ exp: later }, { epochs: "0,5" }, { record: "AAAA" }, { record: "" }, { exp: "soon" }]) {
          await redis.client.hset(key, { ...whole, ...edit });
          const reading = await store.read(slot);
          expect(reading.session).toBeUndefined();
          expect(reading.alarm).toMatch(/^RECORD_/u);
        }
        await redis.client.hdel(key, "record");
        expect((await store.read(slot)).alarm).toMatch(/^RECORD_/u);
        await redis.client.hset("countersign:{test}:revocations", { role: "nonsense", all: "-1:1e9" });
        expect((await store.read(slot)).revocations).toEqual([]);
      });

      test("what stands in the place of a record raises an alarm, of whatever type it is", async () => {
        const key = `countersign:{test}:session:${slot.key}`;
        for (const plant of [
          () => redis.client.set(key, "x"),
          () => redis.client.rpush(key, "x"),
          () => redis.client.xadd(key, "*", "record", "x"),
          () => redis.client.hset(key, { other: "x" }),
        ]) {
          await plant();
          expect(await store.read(slot)).toEqual({ revocations: [], alarm: "RECORD_MALFORMED" });
          await store.drop(slot);
          expect(await store.read(slot)).toEqual({ revocations: [] });
        }
      });

      test("keys of another type are taken back", async () => {
        const session = sessionAt(3600_000);
        const revocations = "countersign:{test}:revocations";
        await redis.client.set(`countersign:{test}:session:${slot.key}`, "planted");
        await redis.client.set(revocations, "planted");
        expect(await store.read(slot)).toEqual({ revocations: [], alarm: "RECORD_MALFORMED" });
        await redis.client.set(revocations, "planted");
        expect(await store.revocations?.()).toEqual({ revocations: [], alarms: [] });
        expect(await store.write(slot, session)).toBe(true);
        const revocation = { subject: "all", epoch: Date.now(), issuedBefore: 0 };
        expect(await store.revoke?.(revocation, "new")).toEqual(revocation);
        expect(await store.revoke?.({ ...revocation, subject: "role" }, "new")).toEqual({
          ...revocation,
          subject: "role",
        });
      });

      test("a revocation that was written without a key is an alarm, is ignored and removed, and stops no session", async () => {
        const revocations = "countersign:{test}:revocations";
        const now = Date.now();
        const mine = await store.revoke?.({ subject: "role", epoch: now, issuedBefore: 0 }, "new");
        const signed = (await redis.client.hget(revocations, "role")) as string;
        const later = String(now + 1000);
        const forged = {
          "as the first version wrote it": `${later}:0`,
          "with the MAC of another": `${later}:0:${signed.split(":")[2]}:k1`,
          "with a MAC of nothing": `${later}:0:${"A".repeat(43)}:k1`,
          "with text of 1 MB": "9".repeat(1_000_000),
          "of another subject": signed,
        };
        for (const text of Object.values(forged)) {
          await redis.client.hset(revocations, "all", text);
          const reading = await store.read(slot);
          expect(reading).toEqual({ revocations: [mine], revocationAlarms: ["REVOCATION_FORGED"] });
          expect(await store.write(slot, sessionAt(3600_000, [0, now]))).toBe(true);
          await store.drop(slot);
          const all = await store.revocations?.();
          expect(all?.alarms).toEqual(["REVOCATION_FORGED"]);
          expect(await redis.client.hget(revocations, "all")).toBeNull();
        }
        const unknown = `${later}:0:${signed.split(":")[2]}:k9`;
        await redis.client.hset(revocations, "all", unknown);
        expect((await store.read(slot)).revocationAlarms).toEqual(["REVOCATION_KEY_UNKNOWN"]);
        // Another process may have the key, so the revocation stays.
        await store.revocations?.();
        expect(await redis.client.hget(revocations, "all")).toBe(unknown);
      });

      test("a revocation beyond those that are read is not stored, and one of a known subject is", async () => {
        const mine = { subject: "mine", epoch: Date.now(), issuedBefore: 0 };
        expect(await store.revoke?.(mine, "new")).toEqual(mine);
        const others = Object.fromEntries(Array.from({ length: 9_999 }, (_, index) => [`s${index}`, "1:0"]));
        await redis.client.hset("countersign:{test}:revocations", others);
        for (const kind of ["new", "known"] as const) {
          expect(await store.revoke?.({ ...mine, subject: "more" }, kind)).toBeUndefined();
          const later = { ...mine, epoch: mine.epoch + (kind === "new" ? 5 : 9) };
          expect(await store.revoke?.(later, kind)).toEqual(later);
        }
        const { isPartial, revocations } = (await store.revocations?.()) ?? {};
        expect([isPartial, revocations]).toEqual([undefined, [{ ...mine, epoch: mine.epoch + 9 }]]);
      });

      test("a flood of planted revocations is not read", async () => {
        const planted = Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`s${index}`, "1:0"]));
        await redis.client.hset("countersign:{test}:revocations", planted);
        expect(await store.revocations?.()).toEqual({
          revocations: [],
          alarms: ["REVOCATIONS_TOO_MANY"],
          isPartial: true,
        });
        expect((await store.read(slot)).revocations).toEqual([]);
      });

      test("what is longer than any of ours is not sent to a process, and stops nothing", async () => {
        const MB = "9".repeat(5_000_000);
        const key = `countersign:{test}:session:${slot.key}`;
        const revocations = "countersign:{test}:revocations";
        const received = async (operation: () => Promise<unknown> | undefined): Promise<number> => {
          const sent = async (): Promise<number> =>
            Number(/total_net_output_bytes:(\d+)/u.exec(await redis.client.info("stats"))?.[1]);
          const before = await sent();
          await operation();
          return (await sent()) - before;
        };
        for (const planted of [{ record: MB }, { exp: MB }, { epochs: MB }]) {
          await redis.client.hset(key, { exp: "1", epochs: "0,0", record: "AAAA", ...planted });
          expect(await received(() => store.read(slot))).toBeLessThan(50_000);
          expect((await store.read(slot)).alarm).toMatch(/^RECORD_/u);
          await store.drop(slot);
        }
        await redis.client.hset(revocations, { role: MB, [MB]: "1:0", other: MB });
        const session = sessionAt(3600_000);
        expect(await received(() => store.write(slot, session))).toBeLessThan(50_000);
        expect((await store.read(slot)).session?.credentials.accessKeyId).toBe(session.credentials.accessKeyId);
        const revocation = { subject: "role", epoch: Date.now(), issuedBefore: 0 };
        expect(await received(() => store.revoke?.(revocation, "new"))).toBeLessThan(50_000);
        expect((await store.read(slot)).revocations).toEqual([revocation]);
        expect(await received(() => store.revocations?.())).toBeLessThan(50_000);
        // It was removed with the first look.
        expect(await store.revocations?.()).toEqual({ revocations: [revocation], alarms: [] });
        expect(await redis.client.hkeys(revocations)).toEqual(["role"]);
      });

      test("an id is used once, until its time is over", async () => {
        expect(await store.once?.("proof:a", 60_000)).toBe(true);
        expect(await store.once?.("proof:a", 60_000)).toBe(false);
        expect(await store.once?.("proof:b", 60_000)).toBe(true);
        expect(await redis.client.pttl("countersign:{test}:once:proof:a")).toBeGreaterThan(50_000);
      });

      test("a planted lease that lasts longer than any lease is replaced", async () => {
        const lock = `countersign:{test}:lock:${slot.key}`;
        await redis.client.set(lock, "planted");
        expect(await store.lock?.(slot, 20_000)).toBeTypeOf("string");
        await redis.client.set(lock, "planted", "PX", 86_400_000);
        expect(await store.lock?.(slot, 20_000)).toBeTypeOf("string");
        expect(await store.lock?.(slot, 20_000)).toBeUndefined();
      });

      test("namespaces and keys of others are out of reach", async () => {
        await store.write(slot, sessionAt(3600_000));
        const other = await connect();
        const foreign = valkeyStore({
          client: other.client,
          namespace: "test",
          keyring: [{ id: "k2", key: randomBytes(32) }],
        });
        expect(await foreign.read(slot)).toMatchObject({ alarm: "RECORD_KEY_UNKNOWN" });
        const apart = valkeyStore({ client: other.client, namespace: "test2", keyring });
        expect(await apart.read(slot)).toEqual({ revocations: [] });
        other.close();
      });
    });
  });
}

test("a wrong client, a wrong namespace and unknown options are refused", () => {
  expect(() => valkeyStore({ client: {} as never, namespace: "n", keyring })).toThrow(/^client: must be a client of/u);
  expect(() => valkeyStore({ client: redis.client, namespace: "n", keyring, keyRing: [] } as never)).toThrow(
    /^keyRing: is not an option; did you mean keyring\?/u,
  );
  expect(() => valkeyStore(undefined as never)).toThrow(/^namespace: must be 1-64/u);
  expect(() => valkeyStore({ client: redis.client, namespace: "a b{}", keyring })).toThrow(/^namespace: must be 1-64/u);
});
