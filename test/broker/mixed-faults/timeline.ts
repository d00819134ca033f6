import { createSteppedClock, type SteppedClock, type Steps } from "./stepped-clock.ts";

/** Of each session, in minutes: the shortest that STS issues. */
export const LIFETIME = 15;
const EVERY_MS = 250;
/** Real time of one minute: the short run is more than five times as fast as the long one. */
const REAL_MINUTE_MS = { short: 540, long: 3000 } as const;
/** In this real time processes are started; those that take longer start within the run. */
const START_MS = 1000;
/** The longest pause after refusals. */
const LONGEST_PAUSE_MS = 65_000;

/** How the time of a run passes. */
export interface Timeline {
  readonly minutes: number;
  readonly isLong: boolean;
  readonly steps: Steps;
  readonly clock: SteppedClock;
  /** Real time of all faults, in milliseconds. */
  readonly realMs: number;
  /** The length of a short fault, in real milliseconds. */
  readonly unit: number;
  /** Real time until no process pauses any more. */
  readonly calmMs: number;
}

/**
 * A timeline that starts now, so that processes can be started.
 *
 * @param slowness how many times as long as on a machine of two cores that does nothing else things take here. Time passes
 * more slowly by it, in the short run at most as slowly as in the long one.
 */
export function createTimeline(minutes: number, slowness: number): Timeline {
  const isLong = minutes > 20;
  const { short, long } = REAL_MINUTE_MS;
  const realMs = minutes * (isLong ? long : Math.min(long, slowness * short));
  const steps = {
    startAt: Date.now() + slowness * START_MS,
    everyMs: EVERY_MS,
    skipMs: (EVERY_MS * minutes * 60_000) / realMs - EVERY_MS,
  };
  return {
    minutes,
    isLong,
    steps,
    clock: createSteppedClock(steps),
    realMs,
    unit: Math.min(1000, realMs / 32),
    calmMs: 1000 + LONGEST_PAUSE_MS / (1 + steps.skipMs / EVERY_MS),
  };
}
