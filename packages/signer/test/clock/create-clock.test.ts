import { describe, expect, it, vi } from "vitest";
import * as fc from "fast-check";
import type { Clock, ClockObservation } from "../../src/clock/clock.ts";
import { createClock } from "../../src/clock/create-clock.ts";
import type { CountersignEvent } from "../../src/events/event.ts";

const START = Date.UTC(2026, 4, 21, 12);

/** Two answers that agree. */
function twice(clock: Clock, observation: ClockObservation): void {
  clock.observe(observation);
  clock.observe(observation);
}

function observed(skewMs: number, o: { rtt?: number; ageS?: number; wall?: number } = {}): number {
  const clock = createClock({ wall: () => START });
  const sentAt = o.wall ?? START;
  const rtt = o.rtt ?? 100;
  // What a server whose clock is right writes: its time halfway, in whole seconds.
  const date = new Date(Math.floor((sentAt + rtt / 2 + skewMs) / 1000) * 1000);
  twice(clock, { date, sentAt, receivedAt: sentAt + rtt, ageS: o.ageS });
  return clock.offsetMs;
}

describe("createClock", () => {
  it("believes the machine until a server proves it wrong", () => {
    const clock = createClock();
    const before = Date.now();
    expect(clock.now()).toBeGreaterThanOrEqual(before);
    expect(clock.wall()).toBeGreaterThanOrEqual(before);
    expect(clock.offsetMs).toBe(0);
  });

  it("corrects a machine that is behind or ahead to within what the answer proves (aws/aws-sdk-js-v3#2208)", () => {
    expect(observed(3_600_000)).toBeGreaterThan(3_600_000 - 1100);
    expect(observed(3_600_000)).toBeLessThanOrEqual(3_600_000);
    expect(observed(-3_600_000)).toBeLessThan(-3_600_000 + 1100);
    expect(observed(-3_600_000)).toBeGreaterThanOrEqual(-3_600_000);
  });

  it("is not skewed by an inference of 55 s: the date lies between sending and receiving", () => {
    const clock = createClock({ wall: () => START });
    for (let at = 0; at <= 55; at++) {
      clock.observe({ date: new Date(START + at * 1000), sentAt: START, receivedAt: START + 55_000 });
      expect(clock.offsetMs).toBe(0);
    }
  });

  it("uses exactly the excess over what the interval allows", () => {
    const ahead = createClock({ wall: () => START });
    twice(ahead, { date: new Date(START - 61_000), sentAt: START, receivedAt: START + 500 });
    expect(ahead.offsetMs).toBe(-60_000);
    const behind = createClock({ wall: () => START });
    twice(behind, { date: new Date(START + 61_000), sentAt: START, receivedAt: START + 500 });
    expect(behind.offsetMs).toBe(60_500);
  });

  it("applies corrections from 30 s", () => {
    const clock = createClock({ wall: () => START });
    clock.observe({ date: new Date(START + 29_999), sentAt: START, receivedAt: START });
    expect(clock.offsetMs).toBe(0);
    clock.observe({ date: new Date(START + 30_000), sentAt: START, receivedAt: START });
    expect(clock.offsetMs).toBe(30_000);
    expect(clock.now()).toBe(START + 30_000);
  });

  it("ignores answers from caches, beyond 24 hours, with an invalid date, and intervals that run backwards", () => {
    expect(observed(3_600_000, { ageS: 0 })).toBe(0);
    expect(observed(3_600_000, { ageS: 120 })).toBe(0);
    expect(observed(25 * 3_600_000)).toBe(0);
    expect(observed(-25 * 3_600_000)).toBe(0);
    expect(observed(3_600_000, { rtt: -5000 })).toBe(0);
    expect(observed(Number.NaN)).toBe(0);
  });

  it("keeps a correction that later answers do not contradict, and drops it once the machine is set right", () => {
    let wall = START;
    const clock = createClock({ wall: () => wall });
    twice(clock, { date: new Date(START + 3_600_000), sentAt: START, receivedAt: START });
    expect(clock.offsetMs).toBe(3_600_000);
    clock.observe({ date: new Date(START + 3_600_000), sentAt: START - 50_000, receivedAt: START + 50_000 });
    expect(clock.offsetMs).toBe(3_600_000);
    wall += 3_600_000;
    clock.observe({ date: new Date(wall), sentAt: wall, receivedAt: wall + 200 });
    expect(clock.offsetMs).toBe(0);
  });

  it("never corrects by more than the machine's true error", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -23 * 3_600_000, max: 23 * 3_600_000 }),
        fc.integer({ min: 0, max: 120_000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (skewMs, rtt, share) => {
          const clock = createClock({ wall: () => START });
          const date = new Date(Math.floor((START + rtt * share + skewMs) / 1000) * 1000);
          twice(clock, { date, sentAt: START, receivedAt: START + rtt });
          expect(Math.abs(clock.offsetMs)).toBeLessThanOrEqual(Math.abs(skewMs));
          expect(clock.offsetMs * skewMs).toBeGreaterThanOrEqual(0);
          const slackMs = Math.abs(skewMs) > rtt + 31_000 ? rtt + 1000 : Infinity;
          expect(Math.abs(clock.offsetMs - skewMs)).toBeLessThanOrEqual(slackMs);
        },
      ),
    );
  });

  describe("a hint from outside", () => {
    const at = (ms: number): ClockObservation => ({ date: new Date(START + ms), sentAt: START, receivedAt: START });
    const HOUR = 3_600_000;

    it.each<[string, readonly (readonly [ms: number, confirmed?: boolean])[], number]>([
      ["one answer alone changes nothing", [[2 * HOUR]], 0],
      ["two that disagree change nothing", [[2 * HOUR], [3 * HOUR]], 0],
      ["two that agree correct", [[2 * HOUR], [2 * HOUR]], 2 * HOUR],
      ["two that agree correct, with another between them", [[2 * HOUR], [0], [2 * HOUR]], 2 * HOUR],
      ["the third but one is forgotten", [[2 * HOUR], [0], [3 * HOUR], [2 * HOUR]], 0],
      ["a refusal corrects at once", [[2 * HOUR, true]], 2 * HOUR],
      ["one answer that agrees with the machine brings its time back", [[2 * HOUR], [2 * HOUR], [0]], 0],
      ["a refusal brings another correction at once", [[2 * HOUR], [2 * HOUR], [-HOUR, true]], -HOUR],
      ["a wrong correction outlasts one right answer and not two", [[2 * HOUR, true], [-HOUR], [-HOUR]], -HOUR],
      ["a refusal beyond a day is not believed", [[25 * HOUR, true]], 0],
      ["answers beyond a day are no witnesses", [[25 * HOUR], [25 * HOUR], [25 * HOUR]], 0],
    ])("%s", (_, answers, offsetMs) => {
      const clock = createClock({ wall: () => START });
      for (const [ms, confirmed] of answers) clock.observe({ ...at(ms), confirmed });
      expect(Math.abs(clock.offsetMs - offsetMs)).toBeLessThanOrEqual(1000);
    });

    it.each([undefined, null, {}, { date: "now" }, { date: new Date(Number.NaN), sentAt: START, receivedAt: START }])(
      "an observation that is %o teaches nothing",
      (observation) => {
        const clock = createClock({ wall: () => START });
        twice(clock, observation as never);
        expect(clock.offsetMs).toBe(0);
      },
    );
  });

  it.each<[string, unknown]>([
    ["clok", { clok: 1 }],
    ["wall", { wall: 5 }],
    ["monotonic", { monotonic: {} }],
    ["onEvent", { onEvent: "console.log" }],
    ["options", null],
    ["options", "now"],
  ])("refuses %s in another shape: %o", (field, options) => {
    expect(() => createClock(options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(field) }),
    );
  });

  it("refuses a signal that is not one", async () => {
    await expect(createClock().sleep(1, {} as AbortSignal)).rejects.toMatchObject({ code: "INVALID_OPTION" });
  });

  it("reports each change of the correction once", () => {
    const events: CountersignEvent[] = [];
    const clock = createClock({ wall: () => START, onEvent: (event) => events.push(event) });
    for (let i = 0; i < 3; i++) clock.observe({ date: new Date(START + 40_000), sentAt: START, receivedAt: START });
    expect(events).toEqual([{ name: "clock.skew", at: START + 40_000, offsetMs: 40_000 }]);
  });

  it("reports no correction where none is applied", () => {
    const events: CountersignEvent[] = [];
    const clock = createClock({ wall: () => START, onEvent: (event) => events.push(event) });
    clock.observe({ date: new Date(START + 10_000), sentAt: START, receivedAt: START });
    expect(events).toEqual([]);
  });

  it("sleeps, and stops sleeping with the signal's reason", async () => {
    const clock = createClock();
    await clock.sleep(1);
    const controller = new AbortController();
    const sleep = clock.sleep(Infinity, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    await expect(clock.sleep(1, AbortSignal.abort(new Error("before")))).rejects.toThrow("before");
  });

  it("leaves neither a timer nor a listener behind (nodejs/node#54614)", async () => {
    const clock = createClock();
    const controller = new AbortController();
    const removed = vi.spyOn(controller.signal, "removeEventListener");
    const cleared = vi.spyOn(globalThis, "clearTimeout");
    await clock.sleep(1, controller.signal);
    expect(removed).toHaveBeenCalledTimes(1);
    const sleep = clock.sleep(60_000, controller.signal);
    controller.abort(new Error("enough"));
    await expect(sleep).rejects.toThrow("enough");
    expect(cleared).toHaveBeenCalledTimes(2);
    cleared.mockRestore();
  });

  it("does not wake at once from a sleep longer than a timer can hold", async () => {
    const controller = new AbortController();
    let woke = false;
    const sleep = createClock()
      .sleep(2 ** 31 + 5, controller.signal)
      .then(
        () => (woke = true),
        () => undefined,
      );
    await createClock().sleep(20);
    expect(woke).toBe(false);
    controller.abort();
    await sleep;
  });
});
