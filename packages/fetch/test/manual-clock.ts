import { type Clock, createClock } from "@countersign/signer";

/** A clock that stands still until told, and for which sleeping is instant and remembered. */
export interface ManualClock extends Clock {
  readonly slept: number[];
  advance(ms: number): void;
}

export function manualClock(start = Date.UTC(2026, 10, 23, 12)): ManualClock {
  let time = start;
  const slept: number[] = [];
  const clock = createClock({ wall: () => time, monotonic: () => time });
  return Object.defineProperties({} as ManualClock, {
    ...Object.getOwnPropertyDescriptors(clock),
    slept: { value: slept },
    advance: { value: (ms: number) => void (time += ms) },
    sleep: {
      value: async (ms: number, signal?: AbortSignal) => {
        signal?.throwIfAborted();
        slept.push(ms);
        time += ms;
      },
    },
  });
}
