import { checkNothing } from "#platform/check-parts";
import { repeatOf } from "../attempts/repeat.ts";
import type { Step } from "../middleware/step.ts";
import { sleep } from "./sleep.ts";
import { MAX_ATTEMPTS, MAX_DELAY_S } from "./limits.ts";

/** Statuses after which any call may be sent again, or one that `repeatOf` allows. */
const THROTTLED = 429;
const TRANSIENT = /^(?:408|5(?!01|05)\d\d)$/;

/**
 * Sends a call up to three times where that is safe (`repeatOf`), after throttling, a 5xx, or a network that failed. It is
 * the small form of the `retry` middleware: no options, no shared budget, no error codes in bodies.
 */
export function retrying(...none: readonly never[]): Step {
  checkNothing(none);
  return (next) => async (call, signed) => {
    const { method, headers, signal } = call.init;
    const repeat = repeatOf({ method, url: call.url, header: (name) => headers.get(name) });
    for (let number = 1; ; number++) {
      const isLast = number === MAX_ATTEMPTS;
      let delayS = Math.random() * 0.05 * 2 ** number;
      try {
        const response = await next(call, signed);
        const { status } = response;
        const isRepeated = status === THROTTLED || (repeat !== "unsent" && TRANSIENT.test(`${status}`));
        const least = Number(response.headers.get("retry-after"));
        if (isLast || !isRepeated || !(least <= MAX_DELAY_S)) return response;
        if (status === THROTTLED) delayS *= 20;
        delayS = Math.max(least, delayS);
        response.body?.cancel().catch(() => {});
      } catch (error) {
        if (isLast || repeat !== "always" || (error as Error).name !== "TypeError") throw error;
      }
      await sleep(delayS * 1000, signal);
    }
  };
}
