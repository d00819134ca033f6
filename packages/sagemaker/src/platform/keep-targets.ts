import type { Target, Targets } from "./contract.ts";

/** Targets of a generation: up to twice as many are kept. */
const maxTargets = 512;

type Generation = Map<string, Map<string, Target>>;

/**
 * Makes each target once, so that a repeated call skips its checks.
 *
 * There are two generations: when the young one is full it becomes the old one, and what was not used since then is
 * forgotten. With one endpoint more than the limit, no call costs more than one target.
 */
export function keepTargets(make: Targets): Targets {
  let young: Generation = new Map();
  let old: Generation = young;
  let size = 0;
  return (endpointName, contentType) => {
    const found = young.get(contentType)?.get(endpointName);
    if (found !== undefined) return found;
    const target = old.get(contentType)?.get(endpointName) ?? make(endpointName, contentType);
    if (size++ === maxTargets) {
      old = young;
      young = new Map();
      size = 1;
    }
    const byName = young.get(contentType) ?? new Map<string, Target>();
    young.set(contentType, byName.set(endpointName, target));
    return target;
  };
}
