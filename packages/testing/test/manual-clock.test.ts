import { describe, expect, it } from "vitest";
import { createManualClock, TestingError } from "../src/index.ts";

describe("createManualClock", () => {
  it("stands still until it is moved", async () => {
    const clock = createManualClock(new Date("2026-01-01T00:00:00Z"));
    const before = [clock.now(), clock.wall(), clock.monotonic()];
    await new Promise((resolve) => setImmediate(resolve));
    expect([clock.now(), clock.wall(), clock.monotonic()]).toEqual(before);
    await clock.advance(1500);
    expect(new Date(clock.now()).toISOString()).toBe("2026-01-01T00:00:01.500Z");
    expect(clock.monotonic()).toBe(1500);
  });

  it("wakes only the sleepers that are due, the earliest first", async () => {
    const clock = createManualClock();
    const woken: number[] = [];
    for (const ms of [300, 100, 200, 301]) void clock.sleep(ms).then(() => woken.push(ms));
    expect(clock.sleepers).toBe(4);
    await clock.advance(300);
    expect(woken).toEqual([100, 200, 300]);
    expect(clock.sleepers).toBe(1);
  });

  it("has moved before advance is awaited", () => {
    const clock = createManualClock(0);
    void clock.sleep(5);
    void clock.advance(10);
    expect(clock.now()).toBe(10);
  });

  it("lets a sleeper go by its signal", async () => {
    const clock = createManualClock();
    const controller = new AbortController();
    const slept = clock.sleep(Infinity, controller.signal);
    await clock.advance(1e12);
    controller.abort(new Error("enough"));
    await expect(slept).rejects.toThrow("enough");
    expect(clock.sleepers).toBe(0);
    await expect(clock.sleep(1, controller.signal)).rejects.toThrow("enough");
  });

  it("jumps the wall alone: a machine that slept, or a corrected clock", async () => {
    const clock = createManualClock(0);
    let woken = false;
    void clock.sleep(1000).then(() => (woken = true));
    clock.jump(8 * 3_600_000);
    await clock.advance(0);
    expect([clock.wall(), clock.monotonic(), woken]).toEqual([28_800_000, 0, false]);
  });

  it("learns from servers as every clock does", () => {
    const clock = createManualClock(1_000_000);
    clock.observe({ date: new Date(1_600_000), sentAt: 1_000_000, receivedAt: 1_000_010, confirmed: true });
    expect(clock.offsetMs).toBeGreaterThan(590_000);
    expect(clock.now()).toBe(clock.wall() + clock.offsetMs);
  });

  it("refuses what is no time", () => {
    expect(() => createManualClock(new Date("never"))).toThrow(TestingError);
    expect(() => void createManualClock().advance(-1)).toThrow(TestingError);
  });
});
