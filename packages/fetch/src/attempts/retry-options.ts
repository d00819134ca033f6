import { words } from "@countersign/signer";
import { callable, nested, optional, type Shape, shape, type Shapes } from "@countersign/signer/options";

/** How often a call is sent again, and after which waits. The defaults are those of the AWS SDKs' standard mode. */
export interface RetryOptions {
  /** How often a call is sent at most, the first time included. Default: 3. */
  readonly attempts?: number | undefined;
  /** Upper bound of the wait before the first retry, in milliseconds; doubles with each. Default: 50. */
  readonly baseMs?: number | undefined;
  /**
   * Upper bound of the wait before the first retry after throttling, in milliseconds; doubles with each. Default:
   * 1,000.
   */
  readonly throttleBaseMs?: number | undefined;
  /** No wait is longer, in milliseconds; a `Retry-After` beyond it ends the call. Default: 20,000. */
  readonly maxDelayMs?: number | undefined;
  /** Tokens shared by all calls. A retry costs 14, after throttling 5; a success returns them. Default: 500. */
  readonly budget?: number | undefined;
  /** Draws the jitter: a number in [0, 1). Default: `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const atLeast = (least: number): Shape =>
  optional(shape(words && `a number from ${least}`, (value) => typeof value === "number" && value >= least));

/** The shape of each retry option. */
export const retryShapes: Shapes<RetryOptions> = {
  attempts: atLeast(1),
  baseMs: atLeast(0),
  throttleBaseMs: atLeast(0),
  maxDelayMs: atLeast(0),
  budget: atLeast(0),
  random: optional(callable),
};

const options = nested(retryShapes);

/** The shape of every `retry` option: retry options, or `false` for one attempt. */
export const retryShape: Shape = optional((value, field, refuse) =>
  value === false ? value : options(value, field, refuse),
);
