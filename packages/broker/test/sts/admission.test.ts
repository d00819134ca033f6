import { createManualClock } from "@countersign/testing";
import { expect, test } from "vitest";
import { createAdmission } from "../../src/sts/admission.ts";
import { DEFAULT_LIMITS } from "../../src/sts/limits.ts";
import type { Reason } from "../../src/model/reason.ts";
import { settle } from "../harness.ts";

const signal = new AbortController().signal;

function setUp(limits: Partial<typeof DEFAULT_LIMITS>) {
  const clock = createManualClock();
  const admission = createAdmission({ ...DEFAULT_LIMITS, ...limits }, clock);
  const order: string[] = [];
  const ends: (() => void)[] = [];
  const enter = async (name: string, reason: Reason = "initial", tenant?: string): Promise<void> => {
    ends.push(await admission.enter({ tenant, reason, signal }));
    order.push(name);
  };
  return { clock, admission, order, ends, enter };
}

test("a burst passes at once, the rest at the rate", async () => {
  const { clock, order, enter } = setUp({ burst: 3, stsPerSecond: 2, maxInFlight: 100 });
  for (let call = 0; call < 6; call++) void enter(String(call));
  await settle();
  expect(order).toHaveLength(3);
  await clock.advance(500);
  expect(order).toHaveLength(4);
  await clock.advance(1000);
  expect(order).toHaveLength(6);
});

test("no more calls are under way than allowed, and the end of one admits the next", async () => {
  const { order, ends, enter } = setUp({ maxInFlight: 2 });
  for (let call = 0; call < 4; call++) void enter(String(call));
  await settle();
  expect(order).toEqual(["0", "1"]);
  ends[0]?.();
  ends[0]?.();
  await settle();
  expect(order).toEqual(["0", "1", "2"]);
});

test("the most urgent goes first", async () => {
  const { order, ends, enter } = setUp({ maxInFlight: 1 });
  void enter("first");
  await settle();
  for (const reason of ["warm", "advisory", "forced", "mandatory", "initial", "expired"] as const)
    void enter(reason, reason);
  for (let turn = 0; turn < 6; turn++) {
    await settle();
    ends[turn]?.();
  }
  await settle();
  expect(order.slice(1)).toEqual(["expired", "initial", "mandatory", "forced", "advisory", "warm"]);
});

test("a hundred tenants get equal shares while one of them asks for everything", async () => {
  const { order, ends, enter } = setUp({ maxInFlight: 4, maxQueue: 4000, stsPerSecond: 1e6, burst: 1e6 });
  for (let call = 0; call < 1000; call++) void enter("greedy", "initial", "greedy");
  for (let tenant = 0; tenant < 99; tenant++) {
    for (let call = 0; call < 10; call++) void enter(`t${tenant}`, "initial", `t${tenant}`);
  }
  await settle();
  for (let turn = 0; turn < 600; turn++) {
    ends[turn]?.();
    await Promise.resolve();
  }
  await settle();
  const served = new Map<string, number>();
  for (const name of order) served.set(name, (served.get(name) ?? 0) + 1);
  const others = [...served].filter(([name]) => name !== "greedy").map(([, count]) => count);
  expect(others).toHaveLength(99);
  expect(served.get("greedy")).toBeLessThanOrEqual(2 * Math.min(...others));
  expect(Math.max(...others)).toBeLessThanOrEqual(2 * Math.min(...others));
});

test("a tenant at its cap lets a newcomer pass, and uses what no other tenant wants", async () => {
  const { order, ends, enter } = setUp({ maxInFlight: 4, tenantShare: 0.5 });
  for (let call = 0; call < 6; call++) void enter(`a${call}`, "initial", "a");
  await settle();
  expect(order).toEqual(["a0", "a1", "a2", "a3"]);
  void enter("b0", "warm", "b");
  ends[0]?.();
  await settle();
  expect(order.at(-1)).toBe("b0");
});

test("a full queue refuses, naming the limit and when to try again", async () => {
  const { enter } = setUp({ maxInFlight: 1, maxQueue: 4, tenantShare: 0.5, stsPerSecond: 2 });
  void enter("runs");
  for (let call = 0; call < 4; call++) void enter("a", "initial", "a");
  await settle();
  await expect(enter("a", "initial", "a")).rejects.toMatchObject({
    code: "OVERLOADED",
    message: expect.stringMatching(/^limits\.maxQueue: 4 fetches wait/u),
    retryAfterMs: 2000,
  });
});

test("one tenant may fill the queue, and gives its last places up to tenants below their share", async () => {
  const { enter, ends, order } = setUp({ maxInFlight: 1, maxQueue: 4, tenantShare: 0.5 });
  void enter("runs");
  const flood = Array.from({ length: 4 }, (_, call) => enter(`a${call}`, "initial", "a"));
  const refused: number[] = [];
  for (const [call, entering] of flood.entries()) entering.catch(() => refused.push(call));
  await settle();
  void enter("b", "initial", "b");
  void enter("nameless");
  await settle();
  expect(refused).toEqual([3, 2]);
  // Now no tenant has more than its share.
  await expect(enter("a4", "initial", "a")).rejects.toMatchObject({ code: "OVERLOADED" });
  for (let end = 0; end < 4; end++) {
    ends[end]?.();
    await settle();
  }
  expect(order).toEqual(["runs", "a0", "b", "nameless", "a1"]);
});

test("a fetch that leaves the queue frees its place", async () => {
  const { admission, enter, ends, order } = setUp({ maxInFlight: 1, maxQueue: 2, tenantShare: 1 });
  void enter("runs");
  await settle();
  const leaving = new AbortController();
  const left = admission.enter({ tenant: "a", reason: "initial", signal: leaving.signal });
  void enter("next", "initial", "a");
  await settle();
  leaving.abort(new Error("gone"));
  await expect(left).rejects.toThrow("gone");
  void enter("last", "initial", "a");
  await expect(enter("too many", "initial", "a")).rejects.toMatchObject({ code: "OVERLOADED" });
  ends[0]?.();
  await settle();
  expect(order).toEqual(["runs", "next"]);
});

test("20,000 waiters cost per waiter what 1,000 cost, with one tenant and with one tenant each", async () => {
  const perWaiter = async (waiters: number, tenantOf: (call: number) => string): Promise<number> => {
    const limits = { maxInFlight: 1, maxQueue: 1_000_000, burst: 1_000_000, stsPerSecond: 1_000_000 };
    const { admission } = setUp(limits);
    // The process's own time, since other tests may keep this machine busy.
    const before = process.cpuUsage();
    let served = 0;
    await Promise.all(
      Array.from({ length: waiters }, async (_, call) => {
        const { signal: own } = new AbortController();
        const leave = await admission.enter({ tenant: tenantOf(call), reason: "initial", signal: own });
        served += 1;
        leave();
      }),
    );
    expect(served).toBe(waiters);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / waiters;
  };
  for (const tenantOf of [() => "one", (call: number) => `tenant-${call}`]) {
    const few = await perWaiter(1000, tenantOf);
    const many = await perWaiter(20_000, tenantOf);
    // Quadratic work would cost 20 times as much.
    expect(many).toBeLessThan(8 * few);
  }
}, 120_000);

test("throttling halves the rate, and successes restore it", async () => {
  const { clock, admission, order, enter } = setUp({ burst: 1, stsPerSecond: 4, maxInFlight: 100 });
  void enter("first");
  admission.throttled();
  void enter("second");
  await clock.advance(400);
  expect(order).toEqual(["first"]);
  await clock.advance(100);
  expect(order).toEqual(["first", "second"]);
  for (let success = 0; success < 10; success++) admission.succeeded();
  void enter("third");
  await clock.advance(250);
  expect(order).toHaveLength(3);
});
