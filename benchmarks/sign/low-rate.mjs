// What one signature takes by the wall clock when a process signs a few times a second: nothing is at hand any more.
import { setTimeout as sleep } from "node:timers/promises";
import { median } from "../lib/statistics.mjs";

/** A service that has signed for a while: its code is compiled, and then it waits. */
const WARM_CALLS = 3000;

/** The machine's own clock: the second changes while the rows with few requests run. */
export const wallClock = Object.freeze({
  now: () => Date.now(),
  wall: () => Date.now(),
  monotonic: () => performance.now(),
  offsetMs: 0,
  sleep: () => Promise.reject(new Error("not in a benchmark")),
  observe() {},
});

/** @param budgetMs stretched, so that a few dozen calls fit. */
export function atRate(perSecond, sign) {
  return {
    async measure(budgetMs) {
      for (let call = 0; call < WARM_CALLS; call++) sign(call);
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
