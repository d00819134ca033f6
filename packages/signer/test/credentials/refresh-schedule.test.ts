import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  afterFailure,
  afterRejection,
  afterRenewal,
  type CachedSession,
  decideRefresh,
  INITIAL_REFRESH_STATE,
  type RefreshReason,
  type RefreshState,
  scheduleOf,
} from "../../src/credentials/refresh-schedule.ts";
import { FORCED_EVERY_MS, REJECTED_AGAIN_MS, WISHED_EVERY_MS } from "../../src/credentials/limits.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOW = 1_000_000;

/** An hour's session with so much left: renewed ahead from 15 minutes on, awaited in the last one. */
const session = (remainingMs: number): CachedSession => ({
  accessKeyId: "ASIA1",
  remainingMs,
  ...scheduleOf(HOUR, undefined, 0),
});
const after = (change: Partial<RefreshState>): RefreshState => ({ ...INITIAL_REFRESH_STATE, ...change });

describe("the refresh schedule", () => {
  it.each<[string, CachedSession | undefined, Partial<RefreshState>, object, RefreshReason | undefined, boolean]>([
    ["nothing cached", undefined, {}, {}, "initial", false],
    ["nothing cached, whatever was forced", undefined, {}, { forceRefresh: true }, "initial", false],
    ["an hour left", session(HOUR), {}, {}, undefined, false],
    ["just over 15 minutes left", session(15 * MINUTE + 1), {}, {}, undefined, false],
    ["15 minutes left", session(15 * MINUTE), {}, {}, "advisory", false],
    ["one minute left", session(MINUTE), {}, {}, "mandatory", false],
    ["nothing left", session(0), {}, {}, "expired", false],
    ["expired and forced", session(-1), {}, { forceRefresh: true }, "expired", false],
    ["forced", session(HOUR), {}, { forceRefresh: true }, "forced", false],
    [
      "forced, and the pause after a failure runs",
      session(HOUR),
      { nextAttemptAt: NOW + 1 },
      { forceRefresh: true },
      "forced",
      false,
    ],
    ["forced again too early", session(HOUR), { nextForcedAt: NOW + 1 }, { forceRefresh: true }, undefined, false],
    ["forced again in time", session(HOUR), { nextForcedAt: NOW }, { forceRefresh: true }, "forced", false],
    ["forceRefresh: false", session(HOUR), {}, { forceRefresh: false }, undefined, false],
    ["turned down", session(HOUR), { rejected: "ASIA1" }, {}, "rejected", false],
    ["turned down before mandatory", session(MINUTE), { rejected: "ASIA1" }, {}, "rejected", false],
    ["an older key was turned down", session(HOUR), { rejected: "ASIA0" }, {}, undefined, false],
    [
      "turned down, and the pause runs",
      session(HOUR),
      { rejected: "ASIA1", nextAttemptAt: NOW + 1 },
      {},
      "rejected",
      true,
    ],
    ["mandatory, and the pause runs", session(MINUTE), { nextAttemptAt: NOW + 1 }, {}, "mandatory", true],
    ["mandatory, and the pause is over", session(MINUTE), { nextAttemptAt: NOW }, {}, "mandatory", false],
    ["ahead, and the pause runs", session(10 * MINUTE), { nextAttemptAt: NOW + 1 }, {}, "advisory", true],
    ["fresh, and the pause runs", session(HOUR), { nextAttemptAt: NOW + 1 }, {}, undefined, false],
    ["a wish that is met", session(30 * MINUTE), {}, { minTtlMs: 30 * MINUTE }, undefined, false],
    ["a wish that is not met", session(30 * MINUTE), {}, { minTtlMs: 30 * MINUTE + 1 }, "min-ttl", false],
    ["a wish beyond any session", session(53 * MINUTE), {}, { minTtlMs: 12 * HOUR }, "min-ttl", false],
    [
      "a wish that a renewal would not meet either",
      session(54 * MINUTE),
      {},
      { minTtlMs: 12 * HOUR },
      undefined,
      false,
    ],
    ["a wish again too early", session(30 * MINUTE), { nextWishAt: NOW + 1 }, { minTtlMs: HOUR }, undefined, false],
    ["a wish during a pause", session(30 * MINUTE), { nextAttemptAt: NOW + 1 }, { minTtlMs: HOUR }, undefined, false],
    [
      "a wish again too early, ahead of expiry",
      session(10 * MINUTE),
      { nextWishAt: NOW + 1 },
      { minTtlMs: HOUR },
      "advisory",
      false,
    ],
  ])("%s", (_, cached, state, request, reason, paused) => {
    expect(decideRefresh(after(state), cached, request, NOW)).toMatchObject({ reason, paused });
  });

  it("uses up the allowance of a force and of a wish, and nothing else changes the state", () => {
    const spent = (request: object, cached = session(30 * MINUTE), inFlight = false): Partial<RefreshState> =>
      decideRefresh(INITIAL_REFRESH_STATE, cached, request, NOW, inFlight).state;
    expect(spent({ forceRefresh: true })).toEqual(after({ nextForcedAt: NOW + FORCED_EVERY_MS }));
    expect(spent({ minTtlMs: HOUR })).toEqual(after({ nextWishAt: NOW + WISHED_EVERY_MS }));
    expect(spent({})).toBe(INITIAL_REFRESH_STATE);
    expect(spent({ forceRefresh: true }, session(0))).toBe(INITIAL_REFRESH_STATE);
    expect(spent({ minTtlMs: HOUR }, session(MINUTE))).toBe(INITIAL_REFRESH_STATE);
    expect(spent({ forceRefresh: true }, session(HOUR), true)).toBe(INITIAL_REFRESH_STATE);
  });

  it("lets a force join a renewal that is under way, at any time", () => {
    const state = after({ nextForcedAt: NOW + 4000 });
    expect(decideRefresh(state, session(HOUR), { forceRefresh: true }, NOW, true).reason).toBe("forced");
  });

  it("pauses when the third key within a minute is turned down, and not before", () => {
    const once = afterRejection(INITIAL_REFRESH_STATE, "ASIA1", NOW, 5000);
    expect(once).toEqual(after({ rejected: "ASIA1", rejections: [-Infinity, NOW] }));
    expect(afterRejection(once, "ASIA1", NOW + 1, 5000)).toBe(once);
    const twice = afterRejection(afterRenewal(once, "ASIA2"), "ASIA2", NOW + 10_000, 5000);
    expect(twice.nextAttemptAt).toBe(-Infinity);
    const thrice = afterRejection(afterRenewal(twice, "ASIA3"), "ASIA3", NOW + REJECTED_AGAIN_MS - 1, 5000);
    expect(thrice.nextAttemptAt).toBe(NOW + REJECTED_AGAIN_MS - 1 + 5000);
    const later = afterRejection(afterRenewal(twice, "ASIA3"), "ASIA3", NOW + REJECTED_AGAIN_MS, 5000);
    expect(later.nextAttemptAt).toBe(-Infinity);
  });

  it("never shortens a pause by a rejection", () => {
    const paused = after({ nextAttemptAt: NOW + HOUR, rejections: [NOW - 2, NOW - 1] });
    expect(afterRejection(paused, "ASIA1", NOW, 5000).nextAttemptAt).toBe(NOW + HOUR);
  });

  it("forgets pause and rejection once the same key is good again, and remembers another key's rejection", () => {
    const failed = afterFailure(after({ rejected: "ASIA1" }), NOW, 5000);
    expect(failed).toEqual(after({ rejected: "ASIA1", nextAttemptAt: NOW + 5000 }));
    expect(afterRenewal(failed, "ASIA1")).toEqual(INITIAL_REFRESH_STATE);
    expect(afterRenewal(failed, "ASIA2")).toEqual(after({ rejected: "ASIA1" }));
  });

  it("never renews credentials that do not expire, unless they are forced or turned down", () => {
    const forever = { accessKeyId: "AKIA", remainingMs: Infinity, ...scheduleOf(Infinity) };
    expect(decideRefresh(INITIAL_REFRESH_STATE, forever, { minTtlMs: 12 * HOUR }, NOW).reason).toBeUndefined();
    expect(decideRefresh(after({ rejected: "AKIA" }), forever, {}, NOW).reason).toBe("rejected");
    expect(decideRefresh(INITIAL_REFRESH_STATE, forever, { forceRefresh: true }, NOW).reason).toBe("forced");
  });

  it("follows at most one force in 5 s and one wish in 60 s, whatever is asked and however time passes", () => {
    const step = fc.record({
      passes: fc.integer({ min: 0, max: 20_000 }),
      forceRefresh: fc.boolean(),
      minTtlMs: fc.integer({ min: 0, max: 2 * HOUR }),
      remainingMs: fc.integer({ min: MINUTE + 1, max: HOUR }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let state = INITIAL_REFRESH_STATE;
        let now = NOW;
        const last = { forced: -Infinity, "min-ttl": -Infinity };
        for (const { passes, remainingMs, ...request } of steps) {
          now += passes;
          const decision = decideRefresh(state, session(remainingMs), request, now);
          state = decision.state;
          const { reason } = decision;
          if (reason !== "forced" && reason !== "min-ttl") continue;
          expect(now - last[reason]).toBeGreaterThanOrEqual(reason === "forced" ? FORCED_EVERY_MS : WISHED_EVERY_MS);
          last[reason] = now;
        }
      }),
    );
  });

  it("divides every lifetime so that a renewal falls within it", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 36 * HOUR }), (lifetimeMs) => {
        const { advisoryMs, mandatoryMs } = scheduleOf(lifetimeMs);
        expect(advisoryMs).toBeLessThan(lifetimeMs);
        expect(mandatoryMs).toBeLessThanOrEqual(advisoryMs);
      }),
    );
  });
});
