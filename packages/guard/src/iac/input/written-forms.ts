import type { Type } from "../../api/model.ts";
import { GuardError } from "../../error.ts";
import { type Entry, type MapNode, type Node, entry, textOf } from "../node.ts";
import { readJson } from "../read-json.ts";

/** Values as the API takes them: YAML writes `2` for "2", and templates write "true" for true. */
export function coerce(value: string | number | boolean | null, type: Type | undefined): unknown {
  if (value === null) return undefined;
  switch (type?.kind) {
    case "text":
      return String(value);
    case "number":
      return typeof value === "string" && /^-?\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
    case "flag":
      if (typeof value !== "string") return value;
      // YAML 1.1, which CloudFormation reads, has these words too.
      if (/^(?:true|yes|on)$/i.test(value)) return true;
      return /^(?:false|no|off)$/i.test(value) ? false : value;
    case "structure":
      // CloudFormation writes `Parquet: true` for a member without members.
      return value === true ? {} : value;
    default:
      return value;
  }
}

/** The object or list that awscc writes as JSON in a text; `undefined` for every other node. */
export function jsonIn(node: Node, type: Type | undefined): Node | undefined {
  if (type?.kind !== "map" && type?.kind !== "structure" && type?.kind !== "list") return undefined;
  const text = textOf(node);
  if (text === undefined || !/^\s*[{[]/.test(text)) return undefined;
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof GuardError) return undefined;
    throw error;
  }
}

/** A list of `{ Key, Value }`, as CloudFormation writes some maps, as an object; awscc writes both names in lower case. */
export function pairsOf(node: Node, loose: boolean): Node | undefined {
  if (node.kind !== "list") return undefined;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const key = textOf(entry(item, "Key") ?? (loose ? entry(item, "key") : undefined));
    const value = entry(item, "Value") ?? (loose ? entry(item, "value") : undefined);
    if (key === undefined || value === undefined) return undefined;
    entries.set(key, { at: item.at, value });
  }
  return { kind: "map", entries, at: node.at };
}

/** The first value in an object or a list that is not known. */
export function unknownIn(node: Node): Node | undefined {
  if (node.kind === "unknown") return node;
  const inner = node.kind === "list" ? node.items : node.kind === "map" ? valuesOf(node) : [];
  for (const child of inner) {
    const found = unknownIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function valuesOf({ entries }: MapNode): readonly Node[] {
  return [...entries.values()].map(({ value }) => value);
}

/** Whether a value says nothing. */
export function isEmpty(node: Node): boolean {
  return (
    (node.kind === "scalar" && (node.value === null || node.value === "")) ||
    (node.kind === "list" && node.items.length === 0)
  );
}
