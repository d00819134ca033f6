import type { Clock } from "@countersign/signer";
import { checkNothing } from "#platform/check-parts";
import { dateInText } from "../attempts/server-date.ts";
import { ABOUT_TIME } from "../attempts/verdict.ts";
import { beginning } from "../middleware/beginning.ts";
import type { Step } from "../middleware/step.ts";
import { plainClock } from "./plain-clock.ts";
import { MAX_ERROR_MS, MIN_ERROR_MS } from "./limits.ts";

/** A clock, and the step that corrects it. */
export interface CorrectingClock extends Clock {
  /** The `skew` part of `assembleFetch`. */
  readonly step: Step;
}

/**
 * Makes a clock that a refusal corrects: when AWS refuses a request for its time and states a time that is far from this
 * clock's, the clock takes that time over, and the request is signed anew and sent once more. A correction that is refused
 * is dropped: the request is then sent with the machine's own time first. Only answers received over TLS count.
 */
export function correctingClock(...none: readonly never[]): CorrectingClock {
  checkNothing(none);
  const clock = plainClock();
  let offsetMs = 0;
  const now = (): number => Date.now() + offsetMs;

  const step: Step = (next) =>
    async function correct(call, signed) {
      const signedOffsetMs = offsetMs;
      const response = await next(call, signed);
      const { status, headers } = response;
      if (status < 400 || status > 403 || call.url.protocol !== "https:") return response;
      const text = await beginning(response).catch(() => "");
      if (text !== "" && !ABOUT_TIME.test(headers.get("x-amzn-errortype") + text)) return response;
      const release = (): void => void response.body?.cancel().catch(() => {});
      if (signedOffsetMs !== 0) {
        offsetMs = 0;
        release();
        return correct(call, signed);
      }
      // Without a date, `Date.parse` answers NaN.
      const ms = Date.parse(dateInText(text) ?? ((headers.has("age") || headers.get("date")) as string));
      if (!(Math.abs(ms - now()) > MIN_ERROR_MS && Math.abs(ms - Date.now()) < MAX_ERROR_MS)) return response;
      offsetMs = ms - Date.now();
      release();
      return next(call, signed);
    };

  return {
    ...clock,
    now,
    get offsetMs() {
      return offsetMs;
    },
    step,
  };
}
