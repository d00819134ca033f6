import { optional, signalShape } from "@countersign/signer/options";
import { type Clock, createClock } from "@countersign/signer";
import { refuseOption } from "./error.ts";

/** A clock that stands still until a test moves it. */
export interface ManualClock extends Clock {
  /**
   * Moves time forward by `ms` milliseconds at once and wakes every sleeper that is due, the earliest first. Await the
   * promise before you assert: it resolves after the woken code has run.
   */
  advance(ms: number): Promise<void>;
  /** Moves the wall clock alone by `ms` milliseconds, forwards or back: a correction by NTP, or a machine that slept. */
  jump(ms: number): void;
  /** How many sleeps are pending. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/**
 * Makes a clock for tests: the same contract as every `clock` option of Countersign, moved by hand.
 *
 * @param start where wall time begins: a date or milliseconds since the epoch. Default: now.
 * @throws {TestingError} `INVALID_OPTION` when `start` is not a date, or a step is negative.
 *
 * @example
 * const clock = createManualClock();
 * const slept = clock.sleep(60_000);
 * await clock.advance(60_000);
 * await slept;
 */
export function createManualClock(start: Date | number = Date.now()): ManualClock {
  let wall = typeof start === "number" || start instanceof Date ? Number(start) : Number.NaN;
  let monotonic = 0;
  if (!Number.isFinite(wall)) refuseOption("start: must be a valid date or milliseconds since the epoch");
  const sleepers = new Set<Sleeper>();
  const corrected = createClock({ wall: () => wall, monotonic: () => monotonic });

  return {
    now: () => corrected.now(),
    wall: () => wall,
    monotonic: () => monotonic,
    get offsetMs() {
      return corrected.offsetMs;
    },
    get sleepers() {
      return sleepers.size;
    },
    observe: (observation) => corrected.observe(observation),
    sleep(ms, signal) {
      return new Promise((resolve, reject) => {
        if (typeof ms !== "number") refuseOption("ms: must be a number of milliseconds");
        optional(signalShape)(signal, "signal", refuseOption);
        if (signal?.aborted === true) return reject(signal.reason as Error);
        if (!(ms > 0)) return resolve();
        const abort = (): void => {
          sleepers.delete(sleeper);
          reject(signal?.reason as Error);
        };
        const sleeper: Sleeper = {
          due: monotonic + ms,
          wake() {
            signal?.removeEventListener("abort", abort);
            resolve();
          },
        };
        sleepers.add(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    advance(ms) {
      if (!(typeof ms === "number" && ms >= 0))
        refuseOption("ms: must be a number of milliseconds, 0 or more; jump() moves the wall clock back");
      wall += ms;
      monotonic += ms;
      for (const sleeper of [...sleepers].toSorted((a, b) => a.due - b.due)) {
        if (sleeper.due > monotonic) break;
        sleepers.delete(sleeper);
        sleeper.wake();
      }
      // Two turns of the event loop: what woken code awaits next has settled too, unless it uses the network.
      return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    },
    jump(ms) {
      if (!Number.isFinite(ms)) refuseOption("ms: must be a finite number of milliseconds");
      wall += ms;
    },
  };
}
