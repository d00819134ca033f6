import type { Clock } from "./clock.ts";
import { createEmitter } from "./emit.ts";
import type { EventListener } from "./event.ts";

/** Where a clock reads the time from, and who hears of corrections. */
export interface ClockOptions {
  /** Milliseconds since the epoch as the machine believes. Default: `Date.now`. */
  readonly wall?: () => number;
  /** Milliseconds that never jump. Default: `performance.now`. */
  readonly monotonic?: () => number;
  /** Receives `clock.skew` whenever the correction changes. */
  readonly onEvent?: EventListener | undefined;
}

/** A `Date` header has whole seconds: the answer was written up to this much later (RFC 9110, section 5.6.7). */
const DATE_RESOLUTION_MS = 1000;

/** Smaller errors do no harm: AWS accepts signatures within five minutes. */
const SMALLEST_OFFSET_MS = 30_000;

/** No machine is off by more; an answer that says so lies. */
const LARGEST_OFFSET_MS = 24 * 60 * 60 * 1000;

/** Timers hold a signed 32-bit count of milliseconds and fire at once beyond it. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

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
  const { wall = () => Date.now(), monotonic = () => performance.now() } = options;
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
    async sleep(ms, signal) {
      for (let left = ms; ; left -= LONGEST_TIMER_MS) {
        await timer(Math.min(left, LONGEST_TIMER_MS), signal);
        if (!(left > LONGEST_TIMER_MS)) return;
      }
    },
    observe({ date, sentAt, receivedAt, ageS }) {
      const least = date.getTime() - receivedAt;
      const most = date.getTime() + DATE_RESOLUTION_MS - sentAt;
      if (ageS !== undefined || !(sentAt <= receivedAt) || (least <= offsetMs && offsetMs <= most)) return;
      const proven = least > 0 ? least : most < 0 ? most : 0;
      // Written so that an invalid date, which makes `proven` 0 and the bounds NaN, is turned away as well.
      if (!(least <= proven && Math.abs(proven) <= LARGEST_OFFSET_MS)) return;
      const corrected = Math.abs(proven) < SMALLEST_OFFSET_MS ? 0 : proven;
      if (corrected === offsetMs) return;
      offsetMs = corrected;
      emit("clock.skew", () => ({ offsetMs }));
    },
  };
}

function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      clearTimeout(handle);
      reject(signal?.reason);
    };
    const handle = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    if (signal?.aborted === true) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
