/** The members that a reader knows of an object, each with those of the objects in it; lists count as what they hold. */
export interface Members {
  readonly [name: string]: Members | undefined;
}

interface Compiled {
  readonly inner: ReadonlyMap<string, Compiled | undefined>;
  /** Whether a name is a known one in another case; filled in as names are met. */
  readonly isStray: Map<string, boolean>;
  readonly lowerCase: ReadonlySet<string>;
}

/**
 * Makes the function that finds a member whose name differs in case from the scanner's. A reader would overlook such a
 * member and take it for absent: no findings, no filter, no alert.
 */
export function createStrayFinder(members: Members): (value: unknown) => string | undefined {
  const compiled = compile(members);
  return (value) => find(value, compiled);
}

function compile(members: Members): Compiled {
  const names = Object.entries(members);
  return {
    inner: new Map(names.map(([name, inner]) => [name, inner === undefined ? undefined : compile(inner)])),
    isStray: new Map(),
    lowerCase: new Set(names.map(([name]) => name.toLowerCase())),
  };
}

function find(value: unknown, known: Compiled): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    for (const item of value) {
      const found = find(item, known);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const name of Object.keys(value)) {
    if (known.inner.has(name)) {
      const inner = known.inner.get(name);
      const found = inner === undefined ? undefined : find((value as Record<string, unknown>)[name], inner);
      if (found !== undefined) return found;
    } else {
      const stray = known.isStray.get(name) ?? known.lowerCase.has(name.toLowerCase());
      // A report may have names without end.
      if (known.isStray.size < 256) known.isStray.set(name, stray);
      if (stray) return name;
    }
  }
  return undefined;
}
