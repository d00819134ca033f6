/** One step of a compiled pointer. */
interface Step {
  readonly kind: "name" | "each";
  readonly name: string;
  /** A walk ends here without a visit when the name is absent. */
  readonly onlyIfPresent: boolean;
}

/** A pointer ready to be walked. */
export type Path = readonly Step[];

/**
 * Receives each value that a path leads to, `undefined` when absent. `keys` and `ancestors` (outermost first) are reused
 * by the walk: read them before returning.
 */
export type Visit = (value: unknown, keys: readonly (string | number)[], ancestors: readonly unknown[]) => void;

/** Compiles `/Name`, `/Name?` (only where present) and `/*` (each element) steps. */
export function compilePath(pointer: string): Path {
  if (pointer === "") return [];
  return pointer
    .slice(1)
    .split("/")
    .map((step) => {
      if (step === "*") return { kind: "each", name: step, onlyIfPresent: false };
      const onlyIfPresent = step.endsWith("?");
      return { kind: "name", name: onlyIfPresent ? step.slice(0, -1) : step, onlyIfPresent };
    });
}

/** A member of an object, own properties only. A member that is `null` counts as left out, as AWS JSON reads it. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name] ?? undefined;
}

/**
 * Visits every value of `root` that the path leads to. Where a list must be and another value is, that value is visited, so
 * that the rule refuses it.
 */
export function walk(root: unknown, path: Path, visit: Visit, keys: (string | number)[] = []): void {
  const ancestors: unknown[] = [];
  step(root, 0);

  function step(value: unknown, index: number): void {
    const next = path[index];
    if (next === undefined) return visit(value, keys, ancestors);
    if (next.kind === "name") {
      const found = member(value, next.name);
      if (found !== undefined || !next.onlyIfPresent) descend(value, next.name, found, index);
      return;
    }
    if (value === undefined) return;
    if (!Array.isArray(value)) return visit(value, keys, ancestors);
    for (const [position, element] of value.entries()) descend(value, position, element ?? undefined, index);
  }

  function descend(from: unknown, key: string | number, to: unknown, index: number): void {
    ancestors.push(from);
    keys.push(key);
    step(to, index + 1);
    keys.pop();
    ancestors.pop();
  }
}

/** Writes a JSON pointer (RFC 6901). */
export function pointerOf(keys: readonly (string | number)[]): string {
  let pointer = "";
  for (const key of keys)
    pointer +=
      typeof key === "number" || !/[~/]/.test(key) ? `/${key}` : `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
  return pointer;
}
