import type { Clock } from "../../src/clock/clock.ts";
import { createClock } from "../../src/clock/create-clock.ts";

export interface HandClock extends Clock {
  /** Time passes for the wall clock and the monotonic clock alike. */
  advance(ms: number): void;
  /** The machine sleeps: the wall clock moves on, the monotonic clock stands still. */
  suspend(ms: number): void;
  /** Sets the wall clock, as an administrator would. */
  jump(ms: number): void;
  readonly sleepers: number;
}

/** A clock moved by hand, around the real one's `observe`. */
export function handClock(start = Date.UTC(2026, 4, 21, 12)): HandClock {
  let wall = start;
  let monotonic = 1000;
  const sleepers = new Set<{ readonly at: number; wake(): void }>();
  const clock = createClock({ wall: () => wall, monotonic: () => monotonic });
  const wake = (): void => {
    for (const sleeper of sleepers) if (sleeper.at <= monotonic) sleeper.wake();
  };
  return {
    wall: () => wall,
    monotonic: () => monotonic,
    now: () => clock.now(),
    observe: (observation) => clock.observe(observation),
    get offsetMs() {
      return clock.offsetMs;
    },
    get sleepers() {
      return sleepers.size;
    },
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const sleeper = { at: monotonic + ms, wake: () => (sleepers.delete(sleeper), resolve()) };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => (sleepers.delete(sleeper), reject(signal.reason)), { once: true });
      }),
    advance(ms) {
      wall += ms;
      monotonic += ms;
      wake();
    },
    suspend(ms) {
      wall += ms;
    },
    jump(ms) {
      wall += ms;
    },
  };
}
