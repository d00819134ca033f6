// What one signature takes by the wall clock when a process signs a few times a second: nothing is at hand any more.
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../lib/statistics.mjs";

/**
 * A service that has signed for a while at its rate: its code is compiled, that for a new second too, and then it waits. In its
 * first half minute V8 interprets what runs once a second, and a signature takes up to 1.7 times as long as here.
 */
const WARM_CALLS = 3000;

/** How far the clock is ahead of the machine's: what the warming up would have taken. */
let aheadMs = 0;
const time = () => Date.now() + aheadMs;

/** The machine's own clock: the second changes while the rows with few requests run. */
export const wallClock = Object.freeze({
  now: time,
  wall: time,
  monotonic: () => performance.now() + aheadMs,
  offsetMs: 0,
  sleep: () => Promise.reject(new Error("not in a benchmark")),
  observe() {},
});

/** @param budgetMs stretched, so that a few dozen calls fit. */
export function atRate(perSecond, sign) {
  return {
    async measure(budgetMs) {
      for (let call = 0; call < WARM_CALLS; call++) {
        aheadMs += 1000 / perSecond;
        sign(call);
      }
      const samples = [];
      const count = Math.max(9, Math.round((budgetMs / 1000) * (perSecond === 2 ? 60 : 150)));
      for (let call = 0; call < count; call++) {
        await sleep(1000 / perSecond);
        const started = process.hrtime.bigint();
        sign(call);
        samples.push(Number(process.hrtime.bigint() - started));
      }
      return { ns: median(samples), calls: count };
    },
  };
}
