import { member } from "../evaluate/pointer.ts";

/** The text at a path of names; `undefined` for empty text and other values. */
export function textAt(value: unknown, ...names: readonly string[]): string | undefined {
  const found = valueAt(value, ...names);
  return typeof found === "string" && found !== "" ? found : undefined;
}

/** The value at a path of names. */
export function valueAt(value: unknown, ...names: readonly string[]): unknown {
  return names.reduce(member, value);
}

/** The list at a path of names; `undefined` for any other value. */
export function listAt(value: unknown, ...names: readonly string[]): readonly unknown[] | undefined {
  const found = valueAt(value, ...names);
  return Array.isArray(found) ? found : undefined;
}

/** The texts of the list at a path of names. */
export function textsAt(value: unknown, ...names: readonly string[]): readonly string[] {
  return (listAt(value, ...names) ?? []).filter((entry): entry is string => typeof entry === "string" && entry !== "");
}

/**
 * The id under which another database knows a vulnerability. An advisory that is related to several vulnerabilities has no
 * alias: an allowance for one of them does not cover the others.
 */
export function aliasOf(id: string, related: readonly (string | undefined)[]): readonly string[] {
  const others = [...new Set(related)].filter((other) => other !== undefined && other !== id) as string[];
  return others.length === 1 ? others : [];
}
