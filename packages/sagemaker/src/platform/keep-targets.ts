import type { Target, Targets } from "./contract.ts";

/** The signer caches as many. */
const maxTargets = 256;

/** Makes each target once, so that a repeated call skips its checks. */
export function keepTargets(make: Targets): Targets {
  const byType = new Map<string, Map<string, Target>>();
  let size = 0;
  return (endpointName, contentType) => {
    const found = byType.get(contentType)?.get(endpointName);
    if (found !== undefined) return found;
    const target = make(endpointName, contentType);
    if (size++ === maxTargets) {
      byType.clear();
      size = 1;
    }
    const byName = byType.get(contentType) ?? new Map<string, Target>();
    byType.set(contentType, byName.set(endpointName, target));
    return target;
  };
}
