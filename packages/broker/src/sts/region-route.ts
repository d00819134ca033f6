import type { Clock } from "@countersign/signer";

/** Which Region to ask: the first that works, in the order given. STS itself never fails over to another. */
export interface RegionRoute {
  current(): string;
  /** Notes that a Region failed or will not serve; tells whether another takes over. */
  failed(region: string, forGood: boolean): boolean;
  succeeded(region: string): void;
}

/** One failure may be one bad connection. */
const FAILURES = 2;
const AWAY_MS = 5 * 60_000;

export function createRegionRoute(regions: readonly string[], clock: Pick<Clock, "monotonic">): RegionRoute {
  const health = new Map(regions.map((region) => [region, { failures: 0, awayUntil: -Infinity }]));

  // When every Region is away the one that comes back first is asked: trying beats giving up.
  const current = (): string => {
    const time = clock.monotonic();
    const away = (region: string): number => health.get(region)?.awayUntil ?? -Infinity;
    const ready = regions.find((region) => away(region) <= time);
    return ready ?? (regions.toSorted((a, b) => away(a) - away(b))[0] as string);
  };

  return {
    current,
    failed(region, forGood) {
      const state = health.get(region);
      if (state === undefined || regions.length === 1) return false;
      state.failures += 1;
      if (forGood || state.failures >= FAILURES) {
        // Not from zero: once it is asked again one more failure sends it away again.
        state.failures = FAILURES - 1;
        state.awayUntil = clock.monotonic() + AWAY_MS;
      }
      return current() !== region;
    },
    succeeded(region) {
      health.set(region, { failures: 0, awayUntil: -Infinity });
    },
  };
}
