import { type Clock, createClock } from "@countersign/signer";
import type { Aws } from "@countersign/testing";

/** How a day is compressed: after each `everyMs` of real time, `skipMs` are skipped. */
export interface Steps {
  /** Real time of the first step, in milliseconds since the epoch. */
  readonly startAt: number;
  readonly everyMs: number;
  readonly skipMs: number;
}

export interface SteppedClock extends Clock {
  /** Sets the wall clock of this process forward or back; the true time goes on. */
  jump(ms: number): void;
  /** The true time, in milliseconds since the epoch. Processes with equal steps agree on it without messages. */
  trueTime(): number;
}

/** The local AWS on this clock. */
export type SteppedAws = Aws<SteppedClock>;

/** The true time at a moment of real time. */
export function trueTimeAt(real: number, { startAt, everyMs, skipMs }: Steps): number {
  return real + skipMs * Math.max(0, Math.floor((real - startAt) / everyMs));
}

/** Sleeps up to this are limits on the answers of other processes, which run in real time: nothing is skipped. */
const MAX_REAL_SLEEP_MS = 15_000;

/** A clock that compresses hours to minutes. Between two steps it runs in real time, so short time limits stay true. */
export function createSteppedClock(steps: Steps): SteppedClock {
  const real = (): number => performance.timeOrigin + performance.now();
  const trueTime = (): number => trueTimeAt(real(), steps);
  let jumpedMs = 0;
  const clock = createClock({ wall: () => trueTime() + jumpedMs, monotonic: trueTime });

  async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= MAX_REAL_SLEEP_MS) return clock.sleep(ms, signal);
    const until = trueTime() + ms;
    while (trueTime() < until) {
      const toStepMs = steps.everyMs - (Math.max(0, real() - steps.startAt) % steps.everyMs);
      await clock.sleep(Math.min(until - trueTime(), toStepMs + 1), signal);
    }
  }

  return {
    ...clock,
    get offsetMs() {
      return clock.offsetMs;
    },
    sleep,
    trueTime,
    jump: (ms) => void (jumpedMs += ms),
  };
}
