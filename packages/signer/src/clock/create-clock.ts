import { monotonicNow } from "#platform/monotonic";
import type { Clock } from "./clock.ts";
import { createEmitter } from "../events/emit.ts";
import type { EventListener } from "../events/event.ts";

/** Where a clock reads the time from, and who hears of corrections. */
export interface ClockOptions {
  /** Milliseconds since the epoch as the machine believes. Default: `Date.now`. */
  readonly wall?: () => number;
  /** Milliseconds that never jump. Default: the platform's own. */
  readonly monotonic?: () => number;
  /** Receives `clock.skew` whenever the correction changes. */
  readonly onEvent?: EventListener | undefined;
}

/**
 * Makes a clock that starts out believing the machine and is corrected by what servers prove.
 *
 * An observation bounds the machine's error: the server wrote its `date` between `sentAt` and `receivedAt`, so a slow
 * answer proves little and changes nothing. Where the bounds exclude the present correction, the smallest correction
 * they allow replaces it. Not learnt from: answers with an `Age`, corrections beyond 24 hours, observations
 * during which the machine's clock was set back. Corrections under 30 seconds count as none.
 *
 * @example
 * const clock = createClock();
 * const sentAt = clock.wall();
 * const response = await fetch("https://sts.eu-west-1.amazonaws.com/");
 * clock.observe({ date: new Date(response.headers.get("date")), sentAt, receivedAt: clock.wall() });
 */
export function createClock(options: ClockOptions = {}): Clock {
  const { wall = () => Date.now(), monotonic = monotonicNow } = options;
  let offsetMs = 0;
  const now = (): number => wall() + offsetMs;
  const emit = createEmitter(options.onEvent, { now });

  return {
    wall,
    monotonic,
    now,
    get offsetMs() {
      return offsetMs;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const end = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener("abort", end);
          if (signal?.aborted === true) reject(signal.reason);
          else resolve();
        };
        // Timers hold a signed 32-bit count of milliseconds and fire at once beyond it.
        const timer = setTimeout(end, Math.min(ms, 2 ** 31 - 1));
        signal?.addEventListener("abort", end);
        if (signal?.aborted === true) end();
      }),
    observe({ date, sentAt, receivedAt, ageS }) {
      const least = date.getTime() - receivedAt;
      // A `Date` header has whole seconds: the answer was written up to one later (RFC 9110, section 5.6.7).
      const most = date.getTime() + 1000 - sentAt;
      if (ageS !== undefined || sentAt > receivedAt || (least <= offsetMs && offsetMs <= most)) return;
      const proven = Math.max(least, 0) || Math.min(most, 0);
      // No machine is off by more than a day; and an invalid date proves nothing.
      if (!(Math.abs(proven) <= 86_400_000)) return;
      // AWS accepts signatures within five minutes: smaller errors than half a minute do no harm.
      const corrected = Math.abs(proven) < 30_000 ? 0 : proven;
      if (corrected === offsetMs) return;
      offsetMs = corrected;
      emit("clock.skew", () => ({ offsetMs }));
    },
  };
}
