import type { Type } from "../api/model.ts";
import { alternativesTo } from "../api/alternatives.ts";

/** One step of a compiled pointer. */
interface Step {
  readonly kind: "name" | "each";
  readonly name: string;
  /** A walk ends here without a visit when the name is absent. */
  readonly onlyIfPresent: boolean;
  /**
   * The API demands this member, or one of the members that are listed. `undefined`: the member may be left out, and what is in
   * it then does not apply.
   */
  readonly demanded: readonly string[] | undefined;
}

/** A pointer ready to be walked. */
export type Path = readonly Step[];

/**
 * Receives each value that a path leads to, `undefined` when absent. `keys` and `ancestors` (outermost first) are reused
 * by the walk: read them before returning. `gap` is set where a member that the API demands is absent on the way.
 */
export type Visit = (
  value: unknown,
  keys: readonly (string | number)[],
  ancestors: readonly unknown[],
  gap: Gap | undefined,
) => void;

/** A member that the API demands and that is absent. */
export interface Gap {
  /** One for all members that may be given instead of each other. */
  readonly id: string;
  /** JSON pointer into the input. */
  readonly path: string;
  /** What may be given instead. */
  readonly instead: readonly string[];
}

/** Receives the gap at which a walk ends before any value. */
export type Miss = (gap: Gap) => void;

/** Compiles `/Name`, `/Name?` (only where present) and `/*` (each element) steps. @param type of the value it begins at. */
export function compilePath(pointer: string, type?: Type, isUpdate = false): Path {
  if (pointer === "") return [];
  let at = type;
  return pointer
    .slice(1)
    .split("/")
    .map((step, index) => {
      const within = at;
      if (step === "*") {
        at = within?.kind === "list" || within?.kind === "map" ? within.of : undefined;
        return { kind: "each", name: step, onlyIfPresent: false, demanded: undefined };
      }
      const onlyIfPresent = step.endsWith("?");
      const name = onlyIfPresent ? step.slice(0, -1) : step;
      at = within?.kind === "structure" ? within.members.get(name) : undefined;
      return { kind: "name", name, onlyIfPresent, demanded: demandedOf(name, within, isUpdate && index === 0) };
    });
}

/** @param isKept whether the request changes a resource, which keeps what the request leaves out. */
function demandedOf(name: string, within: Type | undefined, isKept: boolean): readonly string[] | undefined {
  if (within?.kind !== "structure") return undefined;
  if (within.required.has(name)) return [];
  return isKept ? undefined : alternativesTo(name, within.members.keys());
}

/** The type that a pointer leads to. */
export function typeAt(pointer: string, type: Type | undefined): Type | undefined {
  let at = type;
  for (const step of pointer === "" ? [] : pointer.slice(1).split("/"))
    if (step === "*") at = at?.kind === "list" || at?.kind === "map" ? at.of : undefined;
    else at = at?.kind === "structure" ? at.members.get(step.replace(/\?$/, "")) : undefined;
  return at;
}

/** A member of an object, own properties only. A member that is `null` counts as left out, as AWS JSON reads it. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return (value as Readonly<Record<string, unknown>>)[name] ?? undefined;
}

/** Whether a request gives a member something. A value that is known only later counts: it is judged as such. */
function gives(holder: object, name: string): boolean {
  const given = Object.getOwnPropertyDescriptor(holder, name);
  if (given === undefined) return false;
  if (Object.hasOwn(given, "get")) return true;
  const value: unknown = given.value;
  return value !== undefined && value !== null && value !== "" && !(Array.isArray(value) && value.length === 0);
}

/** Where a walk begins. */
export interface Start {
  readonly keys?: (string | number)[];
  /** The gap on the way to `root`. */
  readonly gap?: Gap | undefined;
}

/**
 * Visits every value of `root` that the path leads to. Where a list must be and another value is, that value is visited, so
 * that the rule refuses it. A walk that ends before any value, at a member that the API demands, is a miss.
 */
export function walk(root: unknown, path: Path, visit: Visit, { keys = [], gap }: Start = {}, miss?: Miss): void {
  const ancestors: unknown[] = [];
  step(root, 0, gap);

  function step(value: unknown, index: number, before: Gap | undefined): void {
    const next = path[index];
    if (next === undefined) return visit(value, keys, ancestors, before);
    if (next.kind === "name") {
      const found = member(value, next.name);
      const missing = before ?? gapAt(value, next);
      if (found !== undefined || !next.onlyIfPresent) descend(value, next.name, found, index, missing);
      else if (missing !== undefined) miss?.(missing);
      return;
    }
    if (value === undefined || (Array.isArray(value) && value.length === 0)) {
      if (before !== undefined) miss?.(before);
      return;
    }
    if (!Array.isArray(value)) return visit(value, keys, ancestors, before);
    for (const [position, element] of value.entries()) descend(value, position, element ?? undefined, index, before);
  }

  function descend(from: unknown, key: string | number, to: unknown, index: number, before: Gap | undefined): void {
    ancestors.push(from);
    keys.push(key);
    step(to, index + 1, before);
    keys.pop();
    ancestors.pop();
  }

  function gapAt(value: unknown, { name, demanded }: Step): Gap | undefined {
    if (demanded === undefined || typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    if (gives(value, name) || demanded.some((other) => gives(value, other))) return undefined;
    const names = [name, ...demanded];
    return {
      id: `${pointerOf(keys)}/${names.toSorted().join("|")}`,
      path: pointerOf([...keys, name]),
      instead: demanded,
    };
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
