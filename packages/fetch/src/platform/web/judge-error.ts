import type { Repeat } from "../../attempts/repeat.ts";
import type { Verdict } from "../../attempts/verdict.ts";

/** Judges what a `send` threw. A browser reports a failed network as a TypeError without a code or a cause. */
export function judgeError(error: unknown, repeat: Repeat): Verdict {
  return repeat === "always" && (error as Error | undefined)?.name === "TypeError" ? "transient" : "final";
}
