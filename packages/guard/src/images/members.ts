import { quote } from "../quote.ts";

/** What a reader takes a member for: anything, text, `true` or `false`, a list of texts, an object, a list of objects. */
export type Member = "any" | "text" | "flag" | "texts" | Members | readonly [Members];

/** The members that a reader knows of an object. */
export interface Members {
  readonly [name: string]: Member;
}

type Kind = "any" | "text" | "flag" | "texts" | "object" | "list";

interface Known {
  readonly kind: Kind;
  readonly inner: Compiled | undefined;
}

interface Compiled {
  readonly known: ReadonlyMap<string, Known>;
  /** Whether a name is a known one in another case; filled in as names are met. */
  readonly isStray: Map<string, boolean>;
  readonly lowerCase: ReadonlySet<string>;
}

/**
 * Makes the function that finds a member whose name differs in case from the scanner's, or whose value has another type. A
 * reader would overlook such a member and take it for absent: no findings, no filter, no alert. `null` counts as absent.
 *
 * The function returns the name and the fault, such as `"matches", of another type`.
 */
export function createStrayFinder(members: Members): (value: unknown) => string | undefined {
  const compiled = compile(members);
  return (value) => (isObject(value) ? find(value, compiled) : undefined);
}

function compile(members: Members): Compiled {
  const names = Object.entries(members);
  return {
    known: new Map(names.map(([name, member]) => [name, knownOf(member)])),
    isStray: new Map(),
    lowerCase: new Set(names.map(([name]) => name.toLowerCase())),
  };
}

function knownOf(member: Member): Known {
  if (typeof member === "string") return { kind: member, inner: undefined };
  return isList(member) ? { kind: "list", inner: compile(member[0]) } : { kind: "object", inner: compile(member) };
}

function isList(member: Members | readonly [Members]): member is readonly [Members] {
  return Array.isArray(member);
}

function find(object: Readonly<Record<string, unknown>>, { known, isStray, lowerCase }: Compiled): string | undefined {
  for (const name of Object.keys(object)) {
    const member = known.get(name);
    if (member !== undefined) {
      const value = object[name] ?? undefined;
      if (value === undefined || member.kind === "any") continue;
      if (!isOf(member.kind, value)) return `${quote(name)}, of another type`;
      if (member.inner === undefined) continue;
      for (const item of member.kind === "list" ? (value as readonly unknown[]) : [value]) {
        const found = find(item as Readonly<Record<string, unknown>>, member.inner);
        if (found !== undefined) return found;
      }
    } else {
      const stray = isStray.get(name) ?? lowerCase.has(name.toLowerCase());
      // A report may have names without end.
      if (isStray.size < 256) isStray.set(name, stray);
      if (stray) return `${quote(name)}, in another case`;
    }
  }
  return undefined;
}

function isOf(kind: Kind, value: unknown): boolean {
  switch (kind) {
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "list":
      return Array.isArray(value) && value.every(isObject);
    default:
      return isObject(value);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
