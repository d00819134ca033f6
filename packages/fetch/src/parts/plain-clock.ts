import type { Clock } from "@countersign/signer";
import { sleep } from "./sleep.ts";

/** The machine's own time, for pages that do not correct it. */
export function plainClock(): Clock {
  return {
    now: () => Date.now(),
    wall: () => Date.now(),
    monotonic: () => performance.now(),
    offsetMs: 0,
    sleep,
    observe() {},
  };
}
