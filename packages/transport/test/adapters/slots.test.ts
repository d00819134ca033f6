import { expect, it } from "vitest";
import { createSlots } from "../../src/adapters/slots.ts";

const waiter = (log: string[], name: string): { granted(): void; refused(error: Error): void } => ({
  granted: () => void log.push(name),
  refused: (error) => void log.push(`${name}: ${error.message}`),
});

it("hands slots over in the order of asking", () => {
  const slots = createSlots(1);
  const log: string[] = [];
  expect(slots.take()).toBe(true);
  expect(slots.take()).toBe(false);
  for (const name of ["a", "b"]) slots.wait(waiter(log, name));
  expect(slots.waiting).toBe(2);
  slots.release();
  slots.release();
  expect(log).toEqual(["a", "b"]);
  slots.release();
  expect([slots.taken, slots.waiting]).toEqual([0, 0]);
});

it("passes over who gave up", () => {
  const slots = createSlots(1);
  const log: string[] = [];
  slots.take();
  const leave = slots.wait(waiter(log, "a"));
  slots.wait(waiter(log, "b"));
  leave();
  slots.release();
  expect(log).toEqual(["b"]);
});

it("turns away all who wait", () => {
  const slots = createSlots(1);
  const log: string[] = [];
  slots.take();
  slots.wait(waiter(log, "a"));
  slots.refuse(new Error("closed"));
  slots.release();
  expect(log).toEqual(["a: closed"]);
  expect(slots.taken).toBe(0);
});

it("serves waiters in their order, while others leave and come", () => {
  const slots = createSlots(1);
  const granted: number[] = [];
  const wait = (n: number): (() => void) =>
    slots.wait({ granted: () => granted.push(n), refused: () => granted.push(-n) });
  slots.take();
  const [, second] = [wait(1), wait(2), wait(3)];
  slots.release();
  second?.();
  wait(4);
  slots.release();
  slots.release();
  expect([granted, slots.taken, slots.waiting]).toEqual([[1, 3, 4], 1, 0]);
  slots.release();
  expect(slots.taken).toBe(0);
  slots.take();
  wait(5);
  slots.release();
  wait(6);
  slots.refuse(new Error("closed"));
  slots.release();
  expect([granted, slots.taken, slots.waiting]).toEqual([[1, 3, 4, 5, -6], 0, 0]);
});

it("serves a long queue in linear time", () => {
  const serve = (count: number): number => {
    const slots = createSlots(1);
    slots.take();
    for (let n = 0; n < count; n++) slots.wait({ granted() {}, refused() {} });
    const started = process.cpuUsage();
    for (let n = 0; n < count; n++) slots.release();
    const { user, system } = process.cpuUsage(started);
    return (user + system) / count;
  };
  serve(10_000);
  // Microseconds of the processor per waiter. The quadratic queue took fifty times as long.
  expect(serve(200_000)).toBeLessThan(serve(10_000) * 10 + 2);
});
