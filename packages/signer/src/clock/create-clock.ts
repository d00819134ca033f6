import { unlessAborted } from "./unless-aborted.ts";
import { checkMs } from "#platform/check-parts";
import { monotonicNow } from "#platform/monotonic";
import { callable, checkOptions, optional, signalShape } from "../errors/check-options.ts";
import { own } from "../errors/own.ts";
import { refuseOption } from "../errors/refuse.ts";
import { createEmitter } from "../events/emit.ts";
import type { EventListener } from "../events/event.ts";
import type { Clock } from "./clock.ts";
import { AGED_MS, DATE_RESOLUTION_MS, DISTRUST_MS, MAX_OFFSET_MS, MIN_OFFSET_MS } from "./limits.ts";

/** Where a clock reads the time from, and who is told of corrections. */
export interface ClockOptions {
  /** Milliseconds since the epoch by the machine's clock. Default: `Date.now`. */
  readonly wall?: (() => number) | undefined;
  /** Milliseconds that never jump. Default: the platform's own. */
  readonly monotonic?: (() => number) | undefined;
  /** Receives `clock.skew` whenever the correction changes. */
  readonly onEvent?: EventListener | undefined;
}

/** The corrections that one answer allows, in milliseconds. */
interface Bounds {
  readonly least: number;
  readonly most: number;
}

/**
 * Makes a clock that starts with the machine's time and is corrected by what servers' answers prove.
 *
 * An answer bounds the machine's error, because the server wrote its `date` between `sentAt` and `receivedAt`: a slow
 * answer proves little. An answer whose bounds exclude the present correction changes it, to the smallest correction
 * that the bounds allow, when it has a witness:
 *
 * - one of the two answers before it agrees, or
 * - the machine's own clock agrees: the correction returns to zero, or
 * - the caller knows more than the date (`confirmed`), such as a refused signature.
 *
 * A correction that a server refuses (`refusedOffsetMs`) is dropped: the machine's own time counts again. For half an hour
 * after that, only `confirmed` answers correct, since a server's `Date` can be wrong for good while the server verifies
 * by the right time.
 *
 * So one wrong `Date` changes nothing, and a wrong correction lasts until the next refusal, or for two right answers.
 * Ignored: answers with an `Age`, corrections beyond 24 hours, invalid dates, and answers during which the machine's
 * clock was set back. A correction below 30 seconds counts as none.
 *
 * @throws SignerError `INVALID_OPTION`.
 *
 * @example
 * const clock = createClock();
 * const sentAt = clock.wall();
 * const response = await fetch("https://sts.eu-west-1.amazonaws.com/");
 * clock.observe({ date: new Date(response.headers.get("date")), sentAt, receivedAt: clock.wall() });
 */
export function createClock(options: ClockOptions = {}): Clock {
  const {
    wall = () => Date.now(),
    monotonic = monotonicNow,
    onEvent,
  } = checkOptions(
    options,
    { wall: optional(callable), monotonic: optional(callable), onEvent: optional(callable) },
    refuseOption,
  );
  let offsetMs = 0;
  let earlier: readonly Bounds[] = [];
  let distrustedUntil = -Infinity;
  const now = (): number => wall() + offsetMs;
  const emit = createEmitter(onEvent, { now });
  const correct = (ms: number): void => {
    offsetMs = ms;
    emit("clock.skew", () => ({ offsetMs }));
  };

  return {
    wall,
    monotonic,
    now,
    get offsetMs() {
      return offsetMs;
    },
    async sleep(ms, signal) {
      checkMs(ms, "ms");
      optional(signalShape)(signal, "signal", refuseOption);
      let timer: ReturnType<typeof setTimeout> | undefined;
      // Timers hold a signed 32-bit count of milliseconds and fire at once beyond it.
      const slept = new Promise<void>((resolve) => (timer = setTimeout(resolve, Math.min(ms, 2 ** 31 - 1))));
      return unlessAborted(slept, signal).finally(() => clearTimeout(timer));
    },
    observe(observation) {
      const given = Object(observation) as typeof observation;
      const { date, sentAt, receivedAt } = given;
      const ageS = own(given, "ageS");
      const confirmed = own(given, "confirmed");
      const refusedMs = own(given, "refusedOffsetMs") ?? 0;
      // Two readings of the wall clock may lie a little apart.
      if (Math.abs(refusedMs) > MIN_OFFSET_MS / 2 && receivedAt - sentAt < AGED_MS) {
        // Another answer may have replaced the refused correction already.
        if (offsetMs !== 0 && Math.abs(refusedMs - offsetMs) < MIN_OFFSET_MS) {
          earlier = [];
          distrustedUntil = monotonic() + DISTRUST_MS;
          correct(0);
        }
        return;
      }
      const written = date?.getTime?.();
      // A missing or invalid date gives NaN, and NaN proves nothing.
      if (![written, sentAt, receivedAt].every(Number.isFinite)) return;
      const bounds = { least: written - receivedAt, most: written + DATE_RESOLUTION_MS - sentAt };
      const { least, most } = bounds;
      if (ageS !== undefined || !(sentAt <= receivedAt) || !(Math.abs(smallest(bounds)) <= MAX_OFFSET_MS)) return;
      const before = earlier;
      earlier = [bounds, ...before.slice(0, 1)];
      if (least <= offsetMs && offsetMs <= most) return;
      const witness = before.find((other) => other.least <= most && least <= other.most);
      const proven = smallest({
        least: Math.max(least, witness?.least ?? least),
        most: Math.min(most, witness?.most ?? most),
      });
      const corrected = Math.abs(proven) < MIN_OFFSET_MS ? 0 : proven;
      if (corrected === offsetMs) return;
      const witnessed = witness !== undefined && monotonic() >= distrustedUntil;
      if (corrected === 0 || witnessed || confirmed === true) correct(corrected);
    },
  };
}

/** The smallest correction within bounds. */
function smallest({ least, most }: Bounds): number {
  return Math.max(least, 0) || Math.min(most, 0);
}
