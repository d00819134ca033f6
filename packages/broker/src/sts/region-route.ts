import type { Clock } from "@countersign/signer";

/** The Region to call: the first one that works, in the given order. STS itself never fails over. */
export interface RegionRoute {
  current(): string;
  /** Records a failure of a Region; returns whether another Region takes over. */
  failed(region: string, forGood: boolean): boolean;
  succeeded(region: string): void;
}

/** One failure may be one bad connection. */
const MAX_FAILURES = 2;
const AWAY_MS = 5 * 60_000;

export function createRegionRoute(regions: readonly string[], clock: Pick<Clock, "monotonic">): RegionRoute {
  const health = new Map(regions.map((region) => [region, { failures: 0, awayUntil: -Infinity }]));

  // When every Region is paused, call the one whose pause ends first.
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
      if (forGood || state.failures >= MAX_FAILURES) {
        // After the pause, one more failure is enough.
        state.failures = MAX_FAILURES - 1;
        state.awayUntil = clock.monotonic() + AWAY_MS;
      }
      return current() !== region;
    },
    succeeded(region) {
      health.set(region, { failures: 0, awayUntil: -Infinity });
    },
  };
}
