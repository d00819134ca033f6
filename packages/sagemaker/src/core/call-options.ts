import { words } from "@countersign/signer";
import { optional, shape, type Shapes, signalShape } from "@countersign/signer/options";

/** Options of every call. */
export interface CallOptions {
  /** Ends the call when it aborts; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /**
   * The time limit of the whole call, retries included, in milliseconds. For streams it ends with the answer's head.
   * Default: 70 seconds for each attempt.
   */
  readonly timeoutMs?: number | undefined;
}

/** The shapes of `CallOptions`. */
export const callShapes: Shapes<CallOptions> = {
  signal: optional(signalShape),
  timeoutMs: optional(
    shape(words && "a number of milliseconds above 0", (value) => typeof value === "number" && value > 0),
  ),
};
