import type { Clock } from "@countersign/signer";
import { LRUCache } from "lru-cache";

/** Decides which refusals are reported, so that a flood does not fill the audit trail. */
export interface RefusalLog {
  /**
   * Whether to report this refusal, and how many refusals of the same address were not reported since the last report;
   * `undefined`: do not report it.
   */
  next(address: string): { readonly suppressed: number } | undefined;
}

const MAX_ADDRESSES = 10_000;
const WINDOW_MS = 60_000;
/** Refusals of one address that are reported in a minute. */
const MAX_REPORTS = 20;
/** After that, one report at most this often. */
const SAMPLE_MS = 10_000;

interface Count {
  startedAt: number;
  reports: number;
  sampledAt: number;
  suppressed: number;
}

export function createRefusalLog(clock: Pick<Clock, "monotonic">): RefusalLog {
  const counts = new LRUCache<string, Count>({ max: MAX_ADDRESSES });
  return {
    next(address) {
      const now = clock.monotonic();
      let count = counts.get(address);
      if (count === undefined) {
        count = { startedAt: now, reports: 0, sampledAt: now, suppressed: 0 };
        counts.set(address, count);
      }
      if (now - count.startedAt >= WINDOW_MS) [count.startedAt, count.reports] = [now, 0];
      if (count.reports >= MAX_REPORTS && now - count.sampledAt < SAMPLE_MS) {
        count.suppressed += 1;
        return undefined;
      }
      const { suppressed } = count;
      count.reports += 1;
      count.sampledAt = now;
      count.suppressed = 0;
      return { suppressed };
    },
  };
}
