import { type Clock, type EventListener, type MemoizedProvider, createClock } from "@countersign/signer";
import { callable, checkOptions, clockShape, optional, type Shapes } from "@countersign/signer/options";
import { invalidatable } from "../attempts/create-attempts.ts";
import { type RetryOptions, retryShapes } from "../attempts/retry-options.ts";
import { bytes } from "../call/max-bytes.ts";
import { refuseOption } from "../errors/fetch-error.ts";
import { own } from "../call/own.ts";
import type { Middleware } from "./middleware.ts";
import { retryStep } from "./retry-step.ts";
import { middlewareOf } from "./step.ts";

/** Options of the `retry` middleware. */
export interface RetryMiddlewareOptions extends RetryOptions {
  /** The signer's clock, which learns from the answers. Default: waits use the machine's time, and nothing is learnt. */
  readonly clock?: Clock | undefined;
  /** The signer's credentials, to which rejected keys are reported. Default: an expired token is an ordinary answer. */
  readonly credentials?: MemoizedProvider | undefined;
  /** The limit for a Request, Blob or FormData that is read into memory. Default: 6,291,456. */
  readonly maxBufferBytes?: number | undefined;
  /** Receives `retry`. */
  readonly onEvent?: EventListener | undefined;
}

const shapes: Shapes<RetryMiddlewareOptions> = {
  ...retryShapes,
  clock: optional(clockShape),
  credentials: invalidatable,
  onEvent: optional(callable),
  maxBufferBytes: bytes,
};

/**
 * Sends a request again when that is safe: `createAttempts` says what, how often and after which waits.
 *
 * @throws FetchError `INVALID_OPTION`.
 */
export function retry(options: RetryMiddlewareOptions = {}): Middleware {
  const { clock, credentials, onEvent, maxBufferBytes, ...retries } = checkOptions(options, shapes, refuseOption);
  // A clock of its own must not learn, because no signature uses what it would learn.
  const stillClock = clock ?? { ...createClock(), observe: () => undefined };
  return middlewareOf(retryStep({ clock: stillClock, credentials, onEvent, retry: own(retries) }), maxBufferBytes);
}

/**
 * Learns from the answers' dates how far the machine's clock is off, and repeats a request once when its signature was
 * refused for its time.
 *
 * @param clock the clock that the signer uses.
 * @throws FetchError `INVALID_OPTION`.
 */
export function clockSkew(clock: Clock): Middleware {
  clockShape(clock, "clock", refuseOption);
  return retry({ attempts: 1, clock });
}
