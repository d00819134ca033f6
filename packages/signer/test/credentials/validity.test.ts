import { describe, expect, it } from "vitest";
import { isExpired, validityOf } from "../../src/credentials/validity.ts";
import { handClock, type HandClock } from "../clock/hand-clock.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const TRUTH = Date.UTC(2026, 4, 21, 12);

function correct(clock: HandClock, ms: number): void {
  const at = clock.wall();
  clock.observe({ date: new Date(at + ms), sentAt: at, receivedAt: at, confirmed: true });
}

/** An hour's session that begins now, on a machine whose clock is ahead by so much. */
function session(aheadMs: number, correctedMs?: number) {
  const clock = handClock(TRUTH + aheadMs);
  const credentials = { accessKeyId: "ASIA", secretAccessKey: "s", expiration: new Date(TRUTH + HOUR) };
  if (correctedMs !== undefined) correct(clock, correctedMs);
  const left = (): readonly [most: number, least: number] => {
    const { mostMs, leastMs } = validityOf(credentials, clock);
    return [Math.ceil(mostMs / MINUTE), Math.ceil(leastMs / MINUTE)];
  };
  left();
  return { clock, credentials, left };
}

describe("validity, by every reading of the time that may be right", () => {
  it.each<[string, number, number | undefined, number, number]>([
    ["right, no correction", 0, undefined, 60, 60],
    ["right, corrected wrongly ahead: renewed early, never refused early", 0, 50 * MINUTE, 60, 10],
    ["right, corrected wrongly beyond expiry", 0, 3 * HOUR, 60, 60],
    ["right, corrected wrongly to just before expiry: not believed", 0, HOUR - 30_000, 60, 60],
    ["right, corrected wrongly behind", 0, -HOUR, 120, 60],
    ["behind, no correction yet", -2 * HOUR, undefined, 180, 180],
    ["behind, corrected", -2 * HOUR, 2 * HOUR, 180, 60],
    ["ahead, no correction yet", 2 * HOUR, undefined, -60, -60],
    ["ahead, corrected", 2 * HOUR, -2 * HOUR, 60, 60],
    ["ahead a little, corrected", 20 * MINUTE, -20 * MINUTE, 60, 40],
  ])("%s", (_, ahead, corrected, most, least) => {
    const { clock, credentials, left } = session(ahead, corrected);
    const seconds = 1; // a Date header has whole seconds
    expect(left()[0] - most).toBeLessThanOrEqual(seconds);
    expect(left()[1] - least).toBeLessThanOrEqual(seconds);
    expect(left()[0]).toBeGreaterThanOrEqual(most);
    expect(left()[1]).toBeGreaterThanOrEqual(least);
    expect(isExpired(credentials, clock)).toBe(most <= 0);
  });

  it("keeps what a correction gave when a later one takes it back", () => {
    const { clock, credentials, left } = session(2 * HOUR, -2 * HOUR);
    correct(clock, 0);
    expect(clock.offsetMs).toBe(0);
    expect(left()[0]).toBe(60);
    clock.advance(59 * MINUTE);
    expect(isExpired(credentials, clock)).toBe(false);
    clock.advance(MINUTE);
    expect(isExpired(credentials, clock)).toBe(true);
  });

  it("counts the time that passed when the machine is set back, and the time that it slept", () => {
    const back = session(0);
    back.clock.jump(-5 * HOUR);
    expect(back.left()).toEqual([60, 60]);
    back.clock.advance(HOUR);
    expect(isExpired(back.credentials, back.clock)).toBe(true);
    const asleep = session(0);
    asleep.clock.suspend(HOUR);
    expect(isExpired(asleep.credentials, asleep.clock)).toBe(true);
  });

  it("never ends for credentials without an expiry", () => {
    const clock = handClock();
    expect(validityOf({ accessKeyId: "AKIA", secretAccessKey: "s" }, clock)).toEqual({
      mostMs: Infinity,
      leastMs: Infinity,
    });
  });

  it("is judged by each clock for itself", () => {
    const { credentials } = session(0);
    expect(isExpired(credentials, handClock(TRUTH + 2 * HOUR))).toBe(true);
    expect(isExpired(credentials, handClock(TRUTH))).toBe(false);
  });
});
