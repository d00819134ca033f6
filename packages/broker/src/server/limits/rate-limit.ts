import type { Clock } from "@countersign/signer";
import { LRUCache } from "lru-cache";
import { VendingError } from "../vending-error.ts";

const MINUTE_MS = 60_000;
const MAX_NAMES = 10_000;

interface Bucket {
  tokens: number;
  at: number;
}

/** Limits by name. */
export interface RateLimit {
  /** Takes one. @throws VendingError `TOO_MANY_REQUESTS`. */
  take(name: string): void;
  /** Takes one if there is one. */
  tryTake(name: string): boolean;
}

/**
 * A token bucket for each name: `perMinute` at once, refilled evenly. The least recently used names are forgotten.
 *
 * @param perMinute read at each use, so that a new configuration changes the limit and keeps the counts.
 */
export function createRateLimit(perMinute: () => number, clock: Pick<Clock, "monotonic">): RateLimit {
  const buckets = new LRUCache<string, Bucket>({ max: MAX_NAMES });

  function bucketOf(name: string): Bucket {
    const now = clock.monotonic();
    const most = perMinute();
    const bucket = buckets.get(name) ?? { tokens: most, at: now };
    bucket.tokens = Math.min(most, bucket.tokens + ((now - bucket.at) * most) / MINUTE_MS);
    bucket.at = now;
    buckets.set(name, bucket);
    return bucket;
  }

  function tryTake(name: string): boolean {
    const bucket = bucketOf(name);
    if (bucket.tokens < 1) return false;
    bucket.tokens -= 1;
    return true;
  }

  return {
    tryTake,
    take(name) {
      if (tryTake(name)) return;
      const seconds = Math.ceil(((1 - bucketOf(name).tokens) * 60) / perMinute());
      throw new VendingError("TOO_MANY_REQUESTS", `more than ${perMinute()} requests a minute`, {
        retryAfterSeconds: seconds,
      });
    },
  };
}
