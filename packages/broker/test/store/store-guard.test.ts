import { createEmitter, type CountersignEvent } from "@countersign/signer";
import { createManualClock } from "@countersign/testing";
import { expect, test } from "vitest";
import { createStoreGuard } from "../../src/store/store-guard.ts";
import { settle } from "../harness.ts";

function setUp() {
  const clock = createManualClock();
  const events: CountersignEvent[] = [];
  const guard = createStoreGuard(
    clock,
    createEmitter((event) => events.push(event), clock),
  );
  const never = () => guard.run(() => new Promise(() => undefined));
  return { clock, events, guard, never };
}

test("an operation gets 150 ms by our own timer (node-redis#932, ioredis#1870)", async () => {
  const { clock, never } = setUp();
  const result = { done: false, value: {} as unknown };
  void never().then((value) => Object.assign(result, { done: true, value }));
  await clock.advance(149);
  expect(result.done).toBe(false);
  await clock.advance(1);
  await settle();
  expect(result).toEqual({ done: true, value: undefined });
});

test("a process that stood still itself waits for the answer again, and not for ever", async () => {
  const { clock, guard, never } = setUp();
  let answer: (value: string) => void = () => undefined;
  const operation = guard.run(() => new Promise<string>((resolve) => (answer = resolve)));
  await clock.advance(5000);
  await settle();
  answer("there");
  expect(await operation).toEqual({ value: "there" });
  const result = { done: false };
  void never().then(() => (result.done = true));
  for (let stall = 0; stall < 4; stall++) {
    expect(result.done).toBe(false);
    await clock.advance(5000);
    await settle();
  }
  expect(result.done).toBe(true);
});

test("five failures open the breaker; one try every five seconds; the first success closes it", async () => {
  const { clock, events, guard } = setUp();
  let asked = 0;
  const failing = () =>
    guard.run(async () => {
      asked += 1;
      throw new Error("down");
    });
  for (let failure = 0; failure < 8; failure++) expect(await failing()).toBeUndefined();
  expect(asked).toBe(5);
  await clock.advance(5000);
  await failing();
  await failing();
  expect(asked).toBe(6);
  await clock.advance(5000);
  expect(await guard.run(async () => "up")).toEqual({ value: "up" });
  expect(events).toMatchObject([
    { name: "store.open", failures: 5 },
    { name: "store.close", openMs: 10_000 },
  ]);
});

test("failures that are not in a row do not open it", async () => {
  const { guard, events } = setUp();
  for (let round = 0; round < 10; round++) {
    for (let failure = 0; failure < 4; failure++) {
      await guard.run(() => {
        throw new Error("at once");
      });
    }
    await guard.run(async () => "fine");
  }
  expect(events).toEqual([]);
});
