import { setTimeout } from "node:timers/promises";
import { SHARE } from "../receive/buffer-budget.ts";

/** A client, as the checks of its errors see it. */
export interface CheckOwner {
  /** Resolves when its next check may begin. */
  checks: Promise<unknown>;
}

/** Shorter checks are not made up for: the request that caused one takes as long. */
const FREE_MS = 1;

/**
 * Runs a check of what a service answered when its client's turn comes. A client that makes a service answer with long errors
 * would otherwise take all of the processor's time. Its checks run one after the other, and after each the client waits three
 * times as long as the check took.
 *
 * @throws Error when the client left while it waited, and what the check throws.
 */
export async function inTurn<T>(owner: CheckOwner, signal: AbortSignal, check: () => T | Promise<T>): Promise<T> {
  let tookMs = 0;
  const run = owner.checks.then(async () => {
    if (signal.aborted) throw new Error("the client is gone");
    const startedAt = performance.now();
    try {
      return await check();
    } finally {
      tookMs = performance.now() - startedAt;
    }
  });
  const rest = (): unknown => (tookMs < FREE_MS ? undefined : setTimeout(SHARE * tookMs));
  owner.checks = run.then(rest, rest);
  return run;
}
