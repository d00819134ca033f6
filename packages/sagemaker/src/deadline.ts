import type { Clock } from "@countersign/signer";
import { SageMakerError } from "./error.ts";

/** A signal that also aborts when time is up. */
export interface Deadline {
  readonly signal: AbortSignal | undefined;
  /** Ends the countdown, and nothing else. */
  clear(): void;
}

const unlimited: Omit<Deadline, "signal"> = { clear() {} };

/**
 * Joins the caller's signal and a limit. Without a limit it is the caller's signal itself.
 *
 * @throws SageMakerError `INVALID_OPTION` when `timeoutMs` is not a positive number.
 */
export function createDeadline(clock: Clock, timeoutMs: number | undefined, signal: AbortSignal | undefined): Deadline {
  signal?.throwIfAborted();
  if (timeoutMs === undefined) return signal === undefined ? none : { ...unlimited, signal };
  if (!(timeoutMs > 0)) {
    throw new SageMakerError("INVALID_OPTION", `timeoutMs is ${timeoutMs}: pass a number of milliseconds above 0.`);
  }
  const limit = new AbortController();
  const countdown = new AbortController();
  clock.sleep(timeoutMs, countdown.signal).then(
    () => limit.abort(new SageMakerError("TIMEOUT", `The call did not finish within ${timeoutMs} ms.`)),
    () => {},
  );
  return {
    signal: signal === undefined ? limit.signal : AbortSignal.any([signal, limit.signal]),
    clear: () => countdown.abort(),
  };
}

const none: Deadline = { ...unlimited, signal: undefined };
