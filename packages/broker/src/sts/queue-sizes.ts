/** Sizes of queues by tenant, and the tenant with the largest. All operations take constant time. */
export function createQueueSizes(): {
  of(tenant: string): number;
  add(tenant: string, by: 1 | -1): void;
  largest(): string | undefined;
} {
  const sizes = new Map<string, number>();
  const tenants: Set<string>[] = [];
  let max = 0;
  return {
    of: (tenant) => sizes.get(tenant) ?? 0,
    add(tenant, by) {
      const before = sizes.get(tenant) ?? 0;
      const after = before + by;
      tenants[before]?.delete(tenant);
      if (after === 0) {
        sizes.delete(tenant);
      } else {
        sizes.set(tenant, after);
        (tenants[after] ??= new Set()).add(tenant);
        max = Math.max(max, after);
      }
      while (max > 0 && (tenants[max]?.size ?? 0) === 0) max -= 1;
    },
    largest: () => tenants[max]?.values().next().value,
  };
}
