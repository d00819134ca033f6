import { type Structure, type Type, inputOf } from "../api/model.ts";
import { GuardError } from "../error.ts";
import { Unknown, placeUnknown } from "../evaluate/unknown.ts";
import type { Mapping } from "./mapping.ts";
import { type Entry, type MapNode, type Node, entry, textOf } from "./node.ts";
import { plainName } from "./plain-name.ts";
import { readJson } from "./read-json.ts";
import { refuseFile } from "./unreadable.ts";

/** An API input made from a file, with the places of its values. */
export interface LocatedInput {
  readonly input: Readonly<Record<string, unknown>>;
  /** The offset of a value by its JSON pointer; of the nearest value around it when it is absent. */
  offsetOf(pointer: string): number;
  /** Properties that are about network or encryption, and that no member of the API takes. */
  readonly unmapped: readonly { readonly name: string; readonly at: number }[];
}

/** How names are written in the file. */
export interface Spelling {
  /** Names that differ from the API's in `_` and the case of letters are the same. A block in the singular is a list. */
  readonly loose: boolean;
}

/** More values than any resource has; aliases of YAML can repeat one value without end. */
const MAX_VALUES = 200_000;

/** Names of properties that matter to the rules. */
const concern =
  /vpc|subnet|securitygroup|isolation|encrypt|kms|internet|rootaccess|metadataservice|networkaccess|image/;

/** Makes the input of an action from the properties of a resource. */
export function toInput(
  properties: Node | undefined,
  { action, renamed, left }: Mapping,
  { loose }: Spelling,
  at: number,
): LocatedInput {
  const unmapped: { name: string; at: number }[] = [];
  let values = 0;
  const structure = inputOf(action);
  /** Most mappings say nothing about single properties: then no path to a property is needed. */
  const hasPaths = left.size > 0 || Object.keys(renamed).length > 0;
  const top: Record<string, unknown> = {};
  if (properties?.kind === "map") fill(top, properties, structure, "", "");

  return { input: top, unmapped, offsetOf };

  function fill(
    holder: Record<string, unknown>,
    node: MapNode,
    type: Structure | undefined,
    path: string,
    pointer: string,
  ): void {
    for (const [name, { at: nameAt, value }] of node.entries) {
      const here = pathTo(path, name);
      const key = keyOf(name, here, type);
      // Two spellings of one member: only one of them could be judged.
      if (key !== undefined && loose && Object.hasOwn(holder, key)) {
        if (!isEmpty(value)) unmapped.push({ name, at: nameAt });
      } else if (key !== undefined)
        place(holder, key, value, type?.members.get(key), here, `${pointer}/${escape(key)}`);
      // Providers have attributes of their own, such as `arn`; those that matter to the rules must be mapped.
      else if (!(hasPaths && left.has(here)) && concern.test(plainName(name)) && !isEmpty(value))
        unmapped.push({ name, at: nameAt });
    }
  }

  /** The path of names that renames speak about. */
  function pathTo(path: string, name: string): string {
    if (!hasPaths) return "";
    return path === "" ? plainName(name) : `${path}/${plainName(name)}`;
  }

  /** The member that a property becomes; `undefined` for one that no call takes. */
  function keyOf(name: string, here: string, type: Structure | undefined): string | undefined {
    if (hasPaths && left.has(here)) return undefined;
    return (hasPaths ? renamed[here] : undefined) ?? memberOf(name, type) ?? (loose ? undefined : name);
  }

  function memberOf(name: string, type: Structure | undefined): string | undefined {
    if (type === undefined || type.members.has(name)) return type === undefined ? undefined : name;
    if (!loose) return undefined;
    const wanted = plainName(name);
    const plural = `${wanted}s`;
    const candidates = [...type.members.keys()];
    // Some structures have a member in the singular and one in the plural: the name itself comes first.
    return (
      candidates.find((candidate) => candidate.toLowerCase() === wanted) ??
      candidates.find((candidate) => [plural, plural.replace(/ys$/, "ies")].includes(candidate.toLowerCase()))
    );
  }

  function place(
    holder: object,
    key: string | number,
    node: Node,
    type: Type | undefined,
    path: string,
    pointer: string,
  ): void {
    const unknown = node.kind === "map" && type?.kind === "text" ? unknownIn(node) : node;
    if (unknown?.kind === "unknown") {
      // A text that is made from an object is not known when a part of it is not.
      const text = unknown === node ? unknown.text : undefined;
      placeUnknown(holder, key, new Unknown(pointer, unknown.expression, unknown.decidedBy, text));
      return;
    }
    const value = convert(node, type, path, pointer);
    if (value === undefined) return;
    // Only this name has a setter, and assigning is much faster than defining.
    if (key === "__proto__")
      Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
    else (holder as Record<string | number, unknown>)[key] = value;
  }

  function convert(node: Node, type: Type | undefined, path: string, pointer: string): unknown {
    if (++values > MAX_VALUES) refuseFile(`a resource must have at most ${MAX_VALUES} values`);
    if (node.kind === "unknown") return undefined;
    const inside = loose ? jsonIn(node, type) : undefined;
    if (inside !== undefined) return convert(inside, type, path, pointer);
    if (node.kind === "scalar") return coerce(node.value, type);
    const pairs = type?.kind === "map" ? pairsOf(node, loose) : undefined;
    if (pairs !== undefined) return convert(pairs, type, path, pointer);
    if (node.kind === "list") {
      // Terraform writes a single block as a list of one.
      const [only] = node.items;
      if (loose && node.items.length < 2 && (type?.kind === "structure" || type?.kind === "map"))
        return only === undefined ? undefined : convert(only, type, path, pointer);
      if (loose && node.items.length === 0) return undefined;
      const list: unknown[] = [];
      for (const [index, item] of node.items.entries())
        place(list, index, item, type?.kind === "list" ? type.of : undefined, path, `${pointer}/${index}`);
      return list;
    }
    if (type?.kind === "text") return JSON.stringify(convert(node, undefined, path, pointer));
    if (type?.kind === "list") {
      // A block in the singular, or a property that is an object where the API takes a list of one.
      return convert({ kind: "list", items: [node], at: node.at }, type, path, pointer);
    }
    const holder: Record<string, unknown> = {};
    if (type?.kind === "structure") fill(holder, node, type, path, pointer);
    else
      for (const [name, { value }] of node.entries)
        place(holder, name, value, type?.kind === "map" ? type.of : undefined, path, `${pointer}/${escape(name)}`);
    return holder;
  }

  /** Follows a pointer through the file as `convert` does. Places are looked up for findings alone, so none are kept. */
  function offsetOf(pointer: string): number {
    let node: Node | undefined = properties;
    let type: Type | undefined = structure;
    let path = "";
    let offset = at;
    for (const part of pointer.split("/").slice(1)) {
      const name = part.includes("~") ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part;
      const holder: Node | undefined = holderOf(node, type);
      if (holder === undefined) break;
      if (holder !== properties) offset = holder.at;
      const found = childOf(holder, type, path, name);
      if (found === undefined) break;
      ({ node, type, path, at: offset } = found);
    }
    return offset;
  }

  /** The node that holds the members of a value, in the form of the API. */
  function holderOf(node: Node | undefined, type: Type | undefined): Node | undefined {
    if (node === undefined || node.kind === "scalar" || node.kind === "unknown") return undefined;
    const pairs = type?.kind === "map" ? pairsOf(node, loose) : undefined;
    if (pairs !== undefined) return pairs;
    if (node.kind === "list" && loose && (type?.kind === "structure" || type?.kind === "map"))
      return holderOf(node.items[0], type);
    if (node.kind === "map" && type?.kind === "list") return { kind: "list", items: [node], at: node.at };
    return node;
  }

  function childOf(
    holder: Node,
    type: Type | undefined,
    path: string,
    wanted: string,
  ): { readonly node: Node; readonly type: Type | undefined; readonly path: string; readonly at: number } | undefined {
    const of = type?.kind === "list" || type?.kind === "map" ? type.of : undefined;
    if (holder.kind === "list") {
      const item = holder.items[Number(wanted)];
      return item === undefined ? undefined : { node: item, type: of, path, at: item.at };
    }
    if (holder.kind !== "map") return undefined;
    if (type?.kind !== "structure" && holder !== properties) {
      const found = holder.entries.get(wanted);
      return found === undefined ? undefined : { node: found.value, type: of, path, at: found.at };
    }
    const within = type?.kind === "structure" ? type : undefined;
    for (const [name, { at: nameAt, value }] of holder.entries) {
      const here = pathTo(path, name);
      if (keyOf(name, here, within) === wanted)
        return { node: value, type: within?.members.get(wanted), path: here, at: nameAt };
    }
    return undefined;
  }
}

/** Values as the API takes them: YAML writes `2` for "2", and templates write "true" for true. */
function coerce(value: string | number | boolean | null, type: Type | undefined): unknown {
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
function jsonIn(node: Node, type: Type | undefined): Node | undefined {
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

function valuesOf({ entries }: MapNode): readonly Node[] {
  return [...entries.values()].map(({ value }) => value);
}

/** The first value in an object or a list that is not known. */
function unknownIn(node: Node): Node | undefined {
  if (node.kind === "unknown") return node;
  const inner = node.kind === "list" ? node.items : node.kind === "map" ? valuesOf(node) : [];
  for (const child of inner) {
    const found = unknownIn(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A list of `{ Key, Value }`, as CloudFormation writes some maps, as an object; awscc writes both names in lower case. */
function pairsOf(node: Node, loose: boolean): Node | undefined {
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

function isEmpty(node: Node): boolean {
  return (
    (node.kind === "scalar" && (node.value === null || node.value === "")) ||
    (node.kind === "list" && node.items.length === 0)
  );
}

function escape(name: string): string {
  return !name.includes("~") && !name.includes("/") ? name : name.replaceAll("~", "~0").replaceAll("/", "~1");
}
