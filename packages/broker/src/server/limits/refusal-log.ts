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
/** Those of all addresses: the owner of a block of IPv6 has thousands of addresses that count one by one. */
const MAX_REPORTS_OF_ALL = 600;
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
  const ofAll = newCount(clock.monotonic());

  function countOf(address: string, now: number): Count {
    const known = counts.get(address);
    if (known !== undefined) return known;
    const count = newCount(now);
    counts.set(address, count);
    return count;
  }

  return {
    next(address) {
      const now = clock.monotonic();
      const count = countOf(address, now);
      if (!mayReport(count, MAX_REPORTS, now) || !mayReport(ofAll, MAX_REPORTS_OF_ALL, now)) {
        count.suppressed += 1;
        return undefined;
      }
      const { suppressed } = count;
      count.suppressed = 0;
      for (const one of [count, ofAll]) {
        one.reports += 1;
        one.sampledAt = now;
      }
      return { suppressed };
    },
  };
}

function newCount(now: number): Count {
  return { startedAt: now, reports: 0, sampledAt: now, suppressed: 0 };
}

/** Whether a report has room: in the minute, or as the sample of a flood. */
function mayReport(count: Count, most: number, now: number): boolean {
  if (now - count.startedAt >= WINDOW_MS) [count.startedAt, count.reports] = [now, 0];
  return count.reports < most || now - count.sampledAt >= SAMPLE_MS;
}
