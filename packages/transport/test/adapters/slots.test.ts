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
