import { type Structure, type Type, inputOf } from "../api/model.ts";
import { Unknown, placeUnknown } from "../evaluate/unknown.ts";
import { type Mapping, plainName } from "./mapping.ts";
import { type Entry, type MapNode, type Node, entry, textOf } from "./node.ts";
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

/** The origin of an object or a list: where it begins, and where its members do. */
interface Origin {
  readonly at: number;
  readonly members: Map<string, number>;
}

/** Makes the input of an action from the properties of a resource. */
export function toInput(
  properties: Node | undefined,
  { action, renamed, left }: Mapping,
  { loose }: Spelling,
  at: number,
): LocatedInput {
  const origins = new WeakMap<object, Origin>();
  const unmapped: { name: string; at: number }[] = [];
  let values = 0;
  const structure = inputOf(action);
  const top: Record<string, unknown> = {};
  origins.set(top, { at, members: new Map() });
  if (properties?.kind === "map") fill(top, properties, structure, "", "");

  return { input: top, unmapped, offsetOf };

  function fill(
    holder: Record<string, unknown>,
    node: MapNode,
    type: Structure | undefined,
    path: string,
    pointer: string,
  ): void {
    const origin = origins.get(holder);
    for (const [name, { at: nameAt, value }] of node.entries) {
      const here = path === "" ? plainName(name) : `${path}/${plainName(name)}`;
      if (left.has(here)) continue;
      const member = renamed[here] ?? memberOf(name, type);
      if (member === undefined && loose) {
        // Providers have attributes of their own, such as `arn`; those that matter to the rules must be mapped.
        if (concern.test(plainName(name)) && !isEmpty(value)) unmapped.push({ name, at: nameAt });
        continue;
      }
      const key = member ?? name;
      origin?.members.set(key, nameAt);
      place(holder, key, value, type?.members.get(key), here, `${pointer}/${escape(key)}`);
    }
  }

  function memberOf(name: string, type: Structure | undefined): string | undefined {
    if (type === undefined || type.members.has(name)) return type === undefined ? undefined : name;
    if (!loose) return undefined;
    const wanted = plainName(name);
    for (const candidate of type.members.keys()) {
      const known = candidate.toLowerCase();
      if (known === wanted || known === `${wanted}s` || known === `${wanted.replace(/y$/, "ie")}s`) return candidate;
    }
    return undefined;
  }

  function place(
    holder: object,
    key: string | number,
    node: Node,
    type: Type | undefined,
    path: string,
    pointer: string,
  ): void {
    if (node.kind === "unknown") {
      placeUnknown(holder, key, new Unknown(pointer, node.expression, node.decidedBy, node.text));
      return;
    }
    const value = convert(node, type, path, pointer);
    if (value === undefined) return;
    Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
  }

  function convert(node: Node, type: Type | undefined, path: string, pointer: string): unknown {
    if (++values > MAX_VALUES) refuseFile(`a resource must have at most ${MAX_VALUES} values`);
    if (node.kind === "unknown") return undefined;
    if (node.kind === "scalar") return coerce(node.value, type);
    const pairs = type?.kind === "map" ? pairsOf(node) : undefined;
    if (pairs !== undefined) return convert(pairs, type, path, pointer);
    if (node.kind === "list") {
      // Terraform writes a single block as a list of one.
      const [only] = node.items;
      if (loose && (type?.kind === "structure" || type?.kind === "map"))
        return only === undefined ? undefined : convert(only, type, path, pointer);
      if (loose && node.items.length === 0) return undefined;
      const list: unknown[] = [];
      const origin: Origin = { at: node.at, members: new Map() };
      origins.set(list, origin);
      for (const [index, item] of node.items.entries()) {
        origin.members.set(String(index), item.at);
        place(list, index, item, type?.kind === "list" ? type.of : undefined, path, `${pointer}/${index}`);
      }
      return list;
    }
    if (type?.kind === "text") return JSON.stringify(convert(node, undefined, path, pointer));
    if (type?.kind === "list") {
      // A block in the singular, or a property that is an object where the API takes a list of one.
      return convert({ kind: "list", items: [node], at: node.at }, type, path, pointer);
    }
    const holder: Record<string, unknown> = {};
    const origin: Origin = { at: node.at, members: new Map() };
    origins.set(holder, origin);
    if (type?.kind === "structure") fill(holder, node, type, path, pointer);
    else
      for (const [name, { at: nameAt, value }] of node.entries) {
        origin.members.set(name, nameAt);
        place(holder, name, value, type?.kind === "map" ? type.of : undefined, path, `${pointer}/${escape(name)}`);
      }
    return holder;
  }

  function offsetOf(pointer: string): number {
    let value: unknown = top;
    let offset = at;
    for (const part of pointer.split("/").slice(1)) {
      const name = part.includes("~") ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part;
      const origin = typeof value === "object" && value !== null ? origins.get(value) : undefined;
      if (origin === undefined) break;
      offset = origin.members.get(name) ?? origin.at;
      const member = Object.getOwnPropertyDescriptor(value, name);
      if (member === undefined) break;
      value = member.value as unknown;
    }
    return offset;
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

/** A list of `{ Key, Value }`, as CloudFormation writes some maps, as an object. */
function pairsOf(node: Node): Node | undefined {
  if (node.kind !== "list") return undefined;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const key = textOf(entry(item, "Key"));
    const value = entry(item, "Value");
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
  return name.replaceAll("~", "~0").replaceAll("/", "~1");
}
