import { type Clock, createClock } from "@countersign/signer";

/**
 * A clock that stands still until told. Sleeping is remembered; it either takes no time at all (`skip`), or lasts until
 * its signal ends it (`stay`).
 */
export interface ManualClock extends Clock {
  readonly slept: number[];
  advance(ms: number): void;
}

export function manualClock(sleeping: "skip" | "stay" = "skip"): ManualClock {
  let time = Date.UTC(2026, 10, 23, 12);
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
        if (sleeping === "stay") await ended(signal);
        else time += ms;
      },
    },
  });
}

function ended(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
