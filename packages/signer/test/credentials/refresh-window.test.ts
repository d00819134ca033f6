import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refreshBackoffMs, refreshJitterMs, refreshWindow } from "../../src/credentials/refresh-window.ts";

const MINUTE = 60_000;

describe("refreshWindow", () => {
  it.each([
    [15, 5],
    [20, 5],
    [21, 15],
    [60, 15],
    [89, 15],
    [90, 60],
    [12 * 60, 60],
  ])("opens for credentials of %i minutes %i minutes before they expire", (lifetime, advisory) => {
    expect(refreshWindow(lifetime * MINUTE)).toEqual({ advisoryMs: advisory * MINUTE, mandatoryMs: MINUTE });
  });

  it("is never as long as the lifetime (aws/aws-sdk-net#4313: a window over the lifetime refreshes without end)", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 36 * 60 * MINUTE }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (life, u) => {
          const window = refreshWindow(life);
          const jitter = refreshJitterMs(life, window, () => u);
          expect(window.advisoryMs + jitter).toBeLessThan(life);
          expect(window.mandatoryMs).toBeLessThanOrEqual(window.advisoryMs);
          expect(jitter).toBeLessThanOrEqual(window.advisoryMs / 3);
        },
      ),
    );
  });

  it("starts earlier by up to a third of the window and a tenth of the lifetime", () => {
    const latest = (minutes: number): number => refreshJitterMs(minutes * MINUTE, undefined, () => 1) / MINUTE;
    expect(latest(60)).toBeCloseTo(5);
    expect(latest(15)).toBeCloseTo(1.5);
    expect(latest(12 * 60)).toBeCloseTo(20);
    expect(refreshJitterMs(60 * MINUTE, undefined, () => 0)).toBe(0);
  });

  it("is never more than half of a short lifetime", () => {
    expect(refreshWindow(10 * MINUTE)).toEqual({ advisoryMs: 5 * MINUTE, mandatoryMs: MINUTE });
    expect(refreshWindow(4 * MINUTE)).toEqual({ advisoryMs: 2 * MINUTE, mandatoryMs: MINUTE });
    expect(refreshWindow(40_000)).toEqual({ advisoryMs: 20_000, mandatoryMs: 20_000 });
  });

  it("means never for credentials that do not expire", () => {
    const window = refreshWindow(Infinity);
    expect(Infinity - window.advisoryMs - refreshJitterMs(Infinity, window)).toBe(Infinity);
  });
});

describe("refreshBackoffMs", () => {
  it("is a sixth of what remains, within 5 s and 5 min, give or take a fifth", () => {
    expect(refreshBackoffMs(10 * MINUTE, () => 0.5)).toBeCloseTo(100_000);
    expect(refreshBackoffMs(10 * MINUTE, () => 0)).toBeCloseTo(80_000);
    expect(refreshBackoffMs(10 * MINUTE, () => 1)).toBeCloseTo(120_000);
    expect(refreshBackoffMs(0, () => 0.5)).toBeCloseTo(5000);
    expect(refreshBackoffMs(Infinity, () => 0.5)).toBeCloseTo(300_000);
  });

  it("leaves room for many attempts within each window", () => {
    for (const minutes of [5, 15, 60]) {
      let attempts = 0;
      for (let left = minutes * MINUTE; left > 0; left -= refreshBackoffMs(left)) attempts++;
      expect(attempts).toBeGreaterThan(12);
      expect(attempts).toBeLessThan(60);
    }
  });
});
