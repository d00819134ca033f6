import { createManualClock } from "@countersign/testing";
import { expect, test } from "vitest";
import { answer, denied, down, harness, ROLE, settle, type StsStep, until } from "../harness.ts";
import { memoryStore } from "./memory-store.ts";

const MINUTE = 60_000;

function fleet(size: number, options: Parameters<typeof harness>[0] = {}) {
  const clock = createManualClock(Date.UTC(2026, 0, 2, 3, 4, 5));
  const store = memoryStore();
  const members = Array.from({ length: size }, () => harness({ clock, store, ...options }));
  const calls = (): number => members.reduce((sum, member) => sum + member.calls.length, 0);
  return { clock, store, members, calls };
}

const stalled = (): Promise<void> => new Promise(() => undefined);

test("a cold fleet makes one call", async () => {
  const { clock, members, calls } = fleet(8);
  const all = await until(clock, Promise.all(members.map(({ broker }) => broker.role({ roleArn: ROLE }).get())), 10);
  expect(calls()).toBe(1);
  expect(new Set(all.map(({ accessKeyId }) => accessKeyId)).size).toBe(1);
});

test("a fleet renews with one call", async () => {
  const { clock, members, calls } = fleet(4);
  const roles = members.map(({ broker }) => broker.role({ roleArn: ROLE }));
  await until(clock, Promise.all(roles.map((role) => role.get())), 10);
  await clock.advance(50 * MINUTE);
  for (let second = 0; second < 10; second++) {
    for (const role of roles) role.peek();
    await settle();
    await clock.advance(1000);
  }
  expect(calls()).toBe(2);
  expect(new Set(roles.map((role) => role.peek()?.accessKeyId))).toEqual(new Set([expect.stringMatching(/2$/u)]));
});

test("sessions of a nameless provider stay in the process, since their principal is unknown", async () => {
  const { members, store, calls } = fleet(2, {
    credentials: async () => ({ accessKeyId: "AKIA", secretAccessKey: "s" }),
  });
  for (const { broker } of members) await broker.role({ roleArn: ROLE }).get();
  expect(calls()).toBe(2);
  expect(store.sessions.size).toBe(0);
  for (const { events } of members) {
    expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "SOURCE_UNNAMED" }));
  }
});

test("a provider with an id is shared under it, and under no other", async () => {
  const { members, store } = fleet(1, {
    credentials: { id: "a", provider: async () => ({ accessKeyId: "AKIA1", secretAccessKey: "s" }) },
  });
  await members[0]?.broker.role({ roleArn: ROLE }).get();
  const other = harness({
    store,
    credentials: { id: "b", provider: async () => ({ accessKeyId: "AKIA2", secretAccessKey: "s" }) },
  });
  await other.broker.role({ roleArn: ROLE }).get();
  expect(other.calls).toHaveLength(1);
  expect(store.sessions.size).toBe(2);
});

test("a store that stalls costs 150 ms an operation, then nothing, and is found again", async () => {
  const { clock, store, members } = fleet(1);
  const [{ broker, events, calls }] = members as [ReturnType<typeof harness>];
  store.before = stalled;
  for (let index = 0; index < 10; index++) {
    const before = clock.monotonic();
    await until(clock, broker.role({ roleArn: `${ROLE}${index}` }).get(), 10);
    expect(clock.monotonic() - before).toBeLessThanOrEqual(3 * 150 + 20);
  }
  expect(calls).toHaveLength(10);
  const { operations } = store;
  expect(operations).toBe(5);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.open", failures: 5 }));
  store.before = async () => undefined;
  await clock.advance(5000);
  await until(clock, broker.role({ roleArn: `${ROLE}A` }).get(), 10);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.close" }));
  expect(store.operations).toBeGreaterThan(operations + 1);
});

test("a store that fails changes nothing but the number of calls", async () => {
  const { store, members, calls } = fleet(2);
  store.before = async () => {
    throw new Error("ECONNREFUSED");
  };
  for (const { broker } of members) await broker.role({ roleArn: ROLE }).get();
  expect(calls()).toBe(2);
});

test("the death of the one who fetches delays the others until its lock ends", async () => {
  const { clock, store, members, calls } = fleet(2);
  const [one] = members;
  const first = one?.broker.role({ roleArn: ROLE }).get();
  await until(clock, first as Promise<unknown>, 10);
  for (const key of store.sessions.keys()) store.locks.set(key, "of the dead");
  store.sessions.clear();
  const second = members[1]?.broker.role({ roleArn: ROLE }).get();
  await settle();
  expect(calls()).toBe(1);
  await clock.advance(3000);
  expect(calls()).toBe(1);
  store.locks.clear();
  await until(clock, second as Promise<unknown>, 100);
  expect(calls()).toBe(2);
});

test("a lease that never ends delays a cold caller for nine seconds at most", async () => {
  const clock = createManualClock();
  const store = { ...memoryStore(), lock: async () => undefined };
  const { broker, calls } = harness({ clock, store });
  await until(clock, broker.role({ roleArn: ROLE }).get(), 100, 400);
  expect(calls).toHaveLength(1);
  expect(clock.monotonic()).toBeGreaterThanOrEqual(9000);
  expect(clock.monotonic()).toBeLessThan(9500);
});

test("a revocation reaches the fleet with its next look, and beats a fetch that is under way there", async () => {
  const { clock, members, store } = fleet(2);
  const [here, there] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
  expect(Math.min(...there.intervals)).toBe(2000);
  const roleThere = there.broker.role({ roleArn: ROLE });
  const first = await until(clock, roleThere.get(), 10);
  const other = there.broker.role({ roleArn: `${ROLE}2` });
  await until(clock, other.get(), 10);
  await here.broker.revoke({ roleArn: ROLE });
  expect(roleThere.peek()).toBe(first);
  there.tick();
  await settle();
  expect(roleThere.peek()).toBeUndefined();
  expect(other.peek()).toBeDefined();

  let release: () => void = () => undefined;
  there.sts = async (_call, _context, issue) => {
    const issued = issue();
    await new Promise<void>((resolve) => (release = resolve));
    return issued;
  };
  const pending = roleThere.get();
  await settle();
  await here.broker.revoke({ roleArn: ROLE });
  there.tick();
  await settle();
  there.sts = (_call, _context, issue) => issue();
  release();
  const after = await until(clock, pending, 10);
  expect(there.calls).toHaveLength(4);
  expect(after.accessKeyId).toMatch(/4$/u);
  const again = await here.broker.role({ roleArn: ROLE }).get();
  expect(again.accessKeyId).toBe(after.accessKeyId);
  expect(store.revoked.size).toBe(1);
});

test.each([
  ["the same session", { roleArn: ROLE, tenant: "a" }],
  ["another tenant's session of the role", { roleArn: ROLE, tenant: "b" }],
])("a revocation that comes with the record of %s ends what is cached, before the next look", async (_, read) => {
  const { clock, members } = fleet(2);
  const [here, there] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
  const cached = there.broker.role({ roleArn: ROLE, tenant: "a" });
  const other = there.broker.role({ roleArn: `${ROLE}2`, tenant: "a" });
  await until(clock, Promise.all([cached.get(), other.get()]), 10);
  await here.broker.revoke({ roleArn: ROLE });
  await until(clock, there.broker.role(read).get({ forceRefresh: true }), 10);
  const [, , renewed] = there.calls;
  const old = `ASIA${"1".padStart(16, "0")}`;
  expect(cached.peek()?.accessKeyId).not.toBe(old);
  expect((await until(clock, cached.get(), 10)).accessKeyId).not.toBe(old);
  expect(other.peek()).toBeDefined();
  expect(renewed?.input["RoleArn"]).toBe(ROLE);
});

test("a record from before a revocation is a miss with an alarm, also when it is put back", async () => {
  const { clock, members, store } = fleet(1);
  const [{ broker, events, calls }] = members as [ReturnType<typeof harness>];
  const role = broker.role({ roleArn: ROLE });
  await until(clock, role.get(), 10);
  const old = new Map(store.sessions);
  await broker.revoke({ roleArn: ROLE });
  const fresh = await until(clock, role.get(), 10);
  for (const [key, session] of old) store.sessions.set(key, session);
  const newcomer = harness({ clock, store });
  const replayed = await until(clock, newcomer.broker.role({ roleArn: ROLE }).get(), 10);
  expect(calls).toHaveLength(2);
  expect(newcomer.calls).toHaveLength(1);
  expect(events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "RECORD_REVOKED" }));
  expect(newcomer.events).toContainEqual(expect.objectContaining({ name: "store.alarm", code: "RECORD_REVOKED" }));
  expect(fresh).not.toBe(replayed);
});

test("a revocation that the store lost is made good", async () => {
  const { members, store } = fleet(1);
  const [member] = members as [ReturnType<typeof harness>];
  await member.broker.revoke({ tenant: "a" });
  const before = [...store.revoked.values()];
  store.revoked.clear();
  member.tick();
  await settle();
  expect([...store.revoked.values()]).toEqual(before);
});

test("a revocation that cannot be published holds here, says so, and is published later", async () => {
  const { clock, members, store } = fleet(2);
  const [here, there] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
  const roles = [here, there].map(({ broker }) => broker.role({ roleArn: ROLE }));
  await until(clock, Promise.all(roles.map((role) => role.get())), 10);
  store.before = stalled;
  await expect(until(clock, here.broker.revoke({ roleArn: ROLE }), 10)).rejects.toMatchObject({
    code: "STORE_UNAVAILABLE",
  });
  expect(roles.map((role) => role.peek() === undefined)).toEqual([true, false]);
  store.before = async () => undefined;
  here.tick();
  await settle();
  there.tick();
  await settle();
  expect(roles.map((role) => role.peek() === undefined)).toEqual([true, true]);
});

test.each([
  ["whose clock is behind", -10_000],
  ["whose clock is right", 0],
  ["whose clock is ahead", 10_000],
])("a revocation in an outage, by a process %s, comes after those that it did not know", async (_, aheadMs) => {
  const store = memoryStore();
  const [here, there] = [harness({ store }), harness({ store })] as const;
  const roles = [here, there].map(({ broker }) => broker.role({ roleArn: ROLE }));
  here.clock.jump(aheadMs);
  await there.broker.revoke({ roleArn: ROLE });
  await roles[1]?.get();
  store.before = () => Promise.reject(new Error("off"));
  await expect(here.broker.revoke({ roleArn: ROLE })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
  store.before = async () => undefined;
  // The stored session is from before the revocation: it is not used, by whichever look the store is found again.
  await roles[0]?.get();
  expect(here.calls).toHaveLength(1);
  for (let looks = 0; looks < 3; looks++) {
    for (const member of [here, there]) {
      member.tick();
      await settle();
    }
  }
  expect(roles.map((role) => role.peek() === undefined)).toEqual([false, true]);
  await roles[1]?.get();
  const fetched = roles.map((role) => role.peek()?.accessKeyId);
  // Once told, it voids nothing more.
  for (let looks = 0; looks < 3; looks++) {
    for (const member of [here, there]) {
      member.tick();
      await settle();
    }
  }
  expect(roles.map((role) => role.peek()?.accessKeyId)).toEqual(fetched);
});

test.each([-10_000, 0, 10_000])(
  "a process whose clock is %i ms ahead revokes a stored session whose fetcher knew a revocation that it did not",
  async (aheadMs) => {
    const store = memoryStore();
    const [here, there] = [harness({ store }), harness({ store })] as const;
    const [ours, theirs] = [here, there].map(({ broker }) => broker.role({ roleArn: ROLE }));
    here.clock.jump(aheadMs);
    store.before = () => Promise.reject(new Error("off"));
    await expect(there.broker.revoke({ roleArn: ROLE })).rejects.toMatchObject({ code: "STORE_UNAVAILABLE" });
    store.before = async () => undefined;
    const fetched = await theirs?.get();
    expect((await ours?.get())?.accessKeyId).toBe(fetched?.accessKeyId);
    expect(here.calls).toHaveLength(0);
    await here.broker.revoke({ roleArn: ROLE });
    expect(ours?.peek()).toBeUndefined();
    await ours?.get();
    expect(here.calls).toHaveLength(1);
  },
);

const failing: Readonly<Record<string, StsStep>> = { refuses: denied, "is down": down };

test.each(Object.entries(failing))(
  "while STS %s for one process, it takes over what another one fetched, without a call of STS",
  async (_, sts) => {
    const { clock, members, store } = fleet(2);
    const [here, there] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
    const [ours, theirs] = [here, there].map(({ broker }) => broker.role({ roleArn: ROLE }));
    here.sts = sts;
    const failed = (): Promise<unknown> =>
      until(clock, ours?.get() ?? Promise.reject(), 10).catch((error: unknown) => error);
    // The pause grows with each failure.
    for (let failures = 0; failures < 6; failures++) {
      await failed();
      await clock.advance(10_000);
    }
    await failed();
    const calls = here.calls.length;
    const fetched = await until(clock, theirs?.get() ?? Promise.reject(), 10);
    await clock.advance(1000);
    const before = store.operations;
    await expect(ours?.get()).resolves.toMatchObject({ accessKeyId: fetched.accessKeyId });
    expect(here.calls).toHaveLength(calls);
    expect(store.operations - before).toBe(1);
    expect(here.broker.snapshot()).toMatchObject({ degraded: false, roles: [{ state: "fresh" }] });
  },
);

test("the store is looked at once a second during a pause, however many calls there are, and the pause stays", async () => {
  const { clock, members, store } = fleet(1);
  const [member] = members as [ReturnType<typeof harness>];
  const role = member.broker.role({ roleArn: ROLE });
  member.sts = denied;
  const refused = async (): Promise<void> => {
    await expect(until(clock, role.get(), 10)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  };
  for (let failures = 0; failures < 6; failures++) {
    await refused();
    await clock.advance(60_000);
  }
  await refused();
  const [calls, before] = [member.calls.length, store.operations];
  for (let second = 0; second < 5; second++) {
    for (let asked = 0; asked < 20; asked++) await refused();
    await clock.advance(1000);
  }
  expect(member.calls).toHaveLength(calls);
  expect(store.operations - before).toBeLessThanOrEqual(6);
});

test.each([
  ["was revoked", "revoke"],
  ["has a key that a service rejected", "reject"],
] as const)("a stored session that %s is not taken over during a pause", async (_, how) => {
  const { clock, members, store } = fleet(2);
  const [here, there] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
  const [ours, theirs] = [here, there].map(({ broker }) => broker.role({ roleArn: ROLE, durationSeconds: 900 }));
  const { accessKeyId } = await until(clock, theirs?.get() ?? Promise.reject(), 10);
  const [record] = store.sessions;
  await until(clock, ours?.get() ?? Promise.reject(), 10);
  if (how === "revoke") await here.broker.revoke({ roleArn: ROLE });
  else ours?.invalidate({ accessKeyId, reason: "revoked" });
  here.sts = denied;
  for (let calls = 0; calls < 5; calls++) {
    if (record !== undefined) store.sessions.set(...record);
    await expect(until(clock, ours?.get() ?? Promise.reject(), 10)).rejects.toMatchObject({ code: "ACCESS_DENIED" });
    await clock.advance(1000);
  }
});

test("a key reported as revoked does not come back from the store", async () => {
  const { clock, members, store } = fleet(2);
  const roles = members.map(({ broker }) => broker.role({ roleArn: ROLE }));
  const [first] = await until(clock, Promise.all(roles.map((role) => role.get())), 10);
  roles[0]?.invalidate({ accessKeyId: first?.accessKeyId ?? "", reason: "revoked" });
  await settle();
  expect(store.sessions.size).toBe(0);
  const fresh = await until(clock, roles[0]?.get() as Promise<{ accessKeyId: string }>, 10);
  expect(fresh.accessKeyId).not.toBe(first?.accessKeyId);
});

test("a process whose clock was set back takes a session from the store for no longer than the store's server keeps it", async () => {
  const { clock, store, members } = fleet(1);
  const [{ broker }] = members as [ReturnType<typeof harness>];
  await until(clock, broker.role({ roleArn: ROLE }).get(), 10);
  await clock.advance(40 * MINUTE);
  const read = store.read.bind(store);
  // By the server's clock the session has 20 minutes.
  store.read = async (slot) => ({ ...(await read(slot)), remainingMs: 20 * MINUTE });
  const behind = createManualClock(clock.now() - 60 * MINUTE);
  const other = harness({ clock: behind, store });
  const role = other.broker.role({ roleArn: ROLE });
  await until(behind, role.get(), 10);
  expect(other.calls).toHaveLength(0);
  await behind.advance(20 * MINUTE + 1000);
  expect(role.peek()).toBeUndefined();
});

test.each([Number.NaN, -1, "3600000", null])("a store's remaining time of %s counts as none", async (remainingMs) => {
  const { clock, store, members } = fleet(1);
  const [{ broker }] = members as [ReturnType<typeof harness>];
  await until(clock, broker.role({ roleArn: ROLE }).get(), 10);
  const read = store.read.bind(store);
  store.read = async (slot) => ({ ...(await read(slot)), remainingMs: remainingMs as number });
  const other = harness({ clock, store });
  await until(clock, other.broker.role({ roleArn: ROLE }).get(), 10);
  expect(other.calls).toHaveLength(0);
});

test.each([0, 50 * MINUTE])(
  "a revocation after a flush counts, though a process whose clock was %s ms ahead revoked before",
  async (aheadMs) => {
    const { clock, store, members } = fleet(2);
    const [holder, other] = members as [ReturnType<typeof harness>, ReturnType<typeof harness>];
    const both = async (): Promise<void> => {
      for (const member of [holder, other, holder, other]) {
        member.tick();
        await settle();
      }
    };
    await harness({ clock: createManualClock(clock.now() + aheadMs), store }).broker.revoke({ roleArn: ROLE });
    await both();
    const roles = [holder, other].map(({ broker }) => broker.role({ roleArn: ROLE }));
    const first = await Promise.all(roles.map((role) => until(clock, role.get(), 10)));
    store.revoked.clear();
    store.sessions.clear();
    await harness({ clock: createManualClock(clock.now() + 5000), store }).broker.revoke({ roleArn: ROLE });
    await both();
    expect(roles.map((role) => role.peek())).toEqual([undefined, undefined]);
    // It is one revocation: what is fetched after it stays.
    const second = await Promise.all(roles.map((role) => until(clock, role.get(), 10)));
    await both();
    expect(roles.map((role) => role.peek())).toEqual(second);
    expect(second).not.toEqual(first);
  },
);

test.each([
  ["forced", "adaptive", 1, { forceRefresh: true }, 1],
  ["for more validity", "adaptive", 20, { minTtlMs: 45 * MINUTE }, 1],
  ["forced, with exact windows", { advisoryMs: 900_000, mandatoryMs: 120_000 }, 1, { forceRefresh: true }, 1],
  ["by the last minute", "adaptive", 58.5, {}, 1],
  ["after the stored key was rejected", "adaptive", 1, undefined, 2],
  ["under sep", "sep", 1, { forceRefresh: true }, 2],
] as const)("a renewal %s that STS shortens: which session is stored", async (_, windows, minutes, request, stored) => {
  const { clock, store, members } = fleet(1, { windows });
  const [member] = members as [ReturnType<typeof harness>];
  const role = member.broker.role({ roleArn: ROLE });
  const { accessKeyId } = await role.get();
  await clock.advance(minutes * MINUTE);
  member.sts = ({ input }) => answer(input, 2, clock, 20);
  if (request === undefined) role.invalidate({ accessKeyId, reason: "rejected" });
  await until(clock, role.get(request), 10);
  await settle();
  expect(member.calls).toHaveLength(2);
  expect([...store.sessions.values()].map(({ credentials }) => credentials.accessKeyId)).toEqual([
    expect.stringMatching(new RegExp(`0${stored}$`, "u")),
  ]);
});
