import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { createRevocations } from "../../src/store/revocations.ts";
import type { Revocation, SharedStore } from "../../src/store/store.ts";
import { harness, ROLE, settle, START, until } from "../harness.ts";
import { memoryStore } from "./memory-store.ts";

const credentials = {
  accessKeyId: "ASIAPLANTED",
  secretAccessKey: "planted",
  sessionToken: "planted",
  expiration: new Date(START + 3_600_000),
  accountId: "111122223333",
};
const session = { credentials, issuedAt: START, epochs: [0, 0] };

const GARBAGE: readonly unknown[] = [
  undefined,
  null,
  42,
  "text",
  [],
  {},
  { revocations: null },
  { revocations: [null] },
  { revocations: [{ subject: "s", epoch: Number.NaN, issuedBefore: Infinity }] },
  { revocations: [{ subject: null, epoch: "1", issuedBefore: {} }] },
  { revocations: [], session: {} },
  { revocations: [], session: { ...session, credentials: {} } },
  { revocations: [], session: { ...session, epochs: null } },
  { revocations: [], session: { ...session, issuedAt: Number.NaN } },
  { revocations: [], session: { ...session, credentials: { ...credentials, accessKeyId: 1 } } },
  { revocations: [], session: { ...session, credentials: { ...credentials, sessionToken: "" } } },
  { revocations: [], session: { ...session, credentials: { ...credentials, expiration: new Date(Number.NaN) } } },
  { revocations: [], session: { ...session, credentials: { ...credentials, expiration: "2026" } } },
];

describe("a store that answers with", () => {
  test.each(GARBAGE.map((answer) => [inspect(answer, { breakLength: Infinity, depth: 4 }), answer] as const))(
    "%s costs a call of STS, and neither callers nor the process",
    async (_, answer) => {
      const give = async (): Promise<never> => answer as never;
      const store: SharedStore = {
        needsSourceId: true,
        read: give,
        write: give,
        drop: give,
        lock: async () => "token",
        unlock: give,
        revoke: give,
        revocations: give,
      };
      const h = harness({ store });
      const role = h.broker.role({ roleArn: ROLE });
      expect((await until(h.clock, role.get())).accessKeyId).toBe("ASIA0000000000000001");
      // An unhandled rejection of a timer would end the process.
      h.tick();
      await settle();
      await expect(until(h.clock, h.broker.revoke({ roleArn: ROLE }))).rejects.toMatchObject({
        code: "STORE_UNAVAILABLE",
      });
      expect((await until(h.clock, role.get())).accessKeyId).toBe("ASIA0000000000000002");
    },
  );

  test("revocations from the future does not void the sessions that are made until then", async () => {
    const store = memoryStore();
    const h = harness({ store });
    const role = h.broker.role({ roleArn: ROLE });
    const { accessKeyId } = await until(h.clock, role.get());
    await h.broker.revoke({ roleArn: ROLE });
    const [[subject]] = [...store.revoked] as [[string, unknown]];
    store.revoked.set(subject, { subject, epoch: 0, issuedBefore: START + 365 * 86_400_000 });
    h.tick();
    await settle();
    const renewed = await until(h.clock, role.get());
    expect(renewed.accessKeyId).not.toBe(accessKeyId);
    expect(h.calls).toHaveLength(2);
  });
});

const inTurn = (kept: readonly Revocation[], look: number) => kept[look % kept.length];
const backwards = (kept: readonly Revocation[], look: number) => kept.at(-1 - (look % kept.length));

test.each([
  ["an hour", "in turn", 3_600_000, inTurn],
  ["an hour", "from the last to the first", 3_600_000, backwards],
  ["a minute", "in turn", 60_000, inTurn],
  ["a millisecond", "from the last to the first", 1, backwards],
])("revocations made every %s that are put back %s void no session", async (_, _order, everyMs, pick) => {
  const store = memoryStore();
  const h = harness({ store });
  const role = h.broker.role({ roleArn: ROLE, durationSeconds: 43_200 });
  const kept: Revocation[] = [];
  for (let revoked = 0; revoked < 30; revoked++) {
    await h.clock.advance(everyMs);
    await h.broker.revoke({ roleArn: ROLE });
    kept.push(...store.revoked.values());
  }
  const { accessKeyId } = await until(h.clock, role.get());
  for (let look = 0; look < 120; look++) {
    const put = pick(kept.slice(0, -1), look);
    if (put !== undefined) store.revoked.set(put.subject, put);
    h.tick();
    await settle();
    expect(role.peek()?.accessKeyId).toBe(accessKeyId);
  }
  expect(store.revoked.values().next().value).toEqual(kept.at(-1));
});

test("5,000 revocations of one subject within an hour that are put back void no session", () => {
  let now = START;
  const revocations = createRevocations(() => now);
  const made: Revocation[] = [];
  for (let revoked = 0; revoked < 5000; revoked++) {
    now += 500;
    const own = { subject: "s", epoch: now, issuedBefore: 0 };
    revocations.make(own);
    revocations.confirm(own);
    made.push(own);
  }
  const held = { epochs: revocations.epochs(["s"]), issuedAt: now };
  for (const one of [...made, ...made.toReversed()]) revocations.learn([one]);
  expect(revocations.isVoid(["s"], held)).toBe(false);
  // One that is new all the same: made by a process whose clock is behind.
  revocations.learn([{ subject: "s", epoch: now - 250, issuedBefore: 0 }]);
  expect(revocations.isVoid(["s"], held)).toBe(true);
});

test("revocations of 50,000 subjects are learned in the time that each takes, not in that of all the others", () => {
  const revocations = createRevocations(() => START);
  const made = Array.from({ length: 50_000 }, (_, index) => ({ subject: `${index}`, epoch: START, issuedBefore: 0 }));
  const before = process.cpuUsage();
  for (const one of made) revocations.make(one);
  revocations.learn(made);
  const { user } = process.cpuUsage(before);
  expect(user).toBeLessThan(4e6);
  expect(revocations.isVoid(["49999"], { epochs: [0], issuedAt: START })).toBe(true);
});

test("a store without room for revocations is asked about a hundred of them at a time, and told of all when it has", async () => {
  const store = memoryStore();
  const room = { now: false, asked: 0 };
  const full: SharedStore = {
    ...store,
    revoke: async (...given) => {
      room.asked += 1;
      return room.now ? store.revoke?.(...given) : undefined;
    },
  };
  const h = harness({ store: full });
  for (let tenant = 0; tenant < 250; tenant++) {
    await expect(h.broker.revoke({ tenant: `${tenant}` })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  }
  room.asked = 0;
  h.tick();
  await settle();
  expect(room.asked).toBeLessThanOrEqual(100);
  room.now = true;
  for (let look = 0; look < 3; look++) {
    h.tick();
    await settle();
  }
  expect(store.revoked.size).toBe(250);
});

test.each([0, 1, 365 * 86_400_000, -500])(
  "revoking up to now and %i ms revokes every present session, once",
  async (ms) => {
    const h = harness();
    const role = h.broker.role({ roleArn: ROLE });
    await role.get();
    await h.clock.advance(60_500);
    await h.broker.revoke({ roleArn: ROLE, issuedBefore: new Date(h.clock.now() + ms) });
    expect(role.peek()).toBeUndefined();
    expect((await role.get()).accessKeyId).toBe("ASIA0000000000000002");
    expect(h.calls).toHaveLength(2);
  },
);

describe("a session that was evicted while its renewal was under way does not come back", () => {
  test.each(["revoke", "invalidate"] as const)("after %s, when the renewal fails", async (how) => {
    const h = harness({ limits: { maxEntries: 1 } });
    const role = h.broker.role({ roleArn: ROLE });
    const { accessKeyId } = await role.get();
    const stuck = { fail: (): void => undefined };
    h.sts = (call, _context, issue) =>
      call.input["RoleArn"] === ROLE
        ? new Promise((_resolve, reject) => {
            stuck.fail = () => reject(new Error("no answer"));
          })
        : issue();
    const renewal = role.get({ forceRefresh: true }).then(
      () => "served",
      (error: { readonly code?: string }) => error.code,
    );
    await settle();
    await h.broker.role({ roleArn: `${ROLE}2` }).get();
    if (how === "revoke") await h.broker.revoke({ roleArn: ROLE });
    else role.invalidate({ accessKeyId, reason: "revoked" });
    h.sts = () => {
      throw new Error("no answer");
    };
    stuck.fail();
    expect(await until(h.clock, renewal)).toBe("STS_UNAVAILABLE");
    expect(role.peek()).toBeUndefined();
  });
});
