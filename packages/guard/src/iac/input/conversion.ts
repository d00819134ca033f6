import type { Structure, Type } from "../../api/model.ts";
import { Unknown, placeUnknown } from "../../evaluate/unknown.ts";
import type { ListNode, MapNode, Node } from "../node.ts";
import { plainName } from "../plain-name.ts";
import { refuseFile } from "../unreadable.ts";
import type { Naming } from "./naming.ts";
import { coerce, isEmpty, jsonIn, pairsOf, unknownIn } from "./written-forms.ts";

/** More values than any resource has; aliases of YAML can repeat one value without end. */
const MAX_VALUES = 200_000;

/** Names of properties that matter to the rules. */
const concern =
  /vpc|subnet|securitygroup|isolation|encrypt|kms|internet|rootaccess|metadataservice|networkaccess|image/;

/** A property that no member of the API takes, with the offset of its name. */
export interface UnmappedProperty {
  readonly name: string;
  readonly at: number;
}

/** Makes values of the API from nodes. `path` is that of names in the file, `pointer` that of the value in the input. */
export class Conversion {
  /** Properties that are about network or encryption, and that no member of the API takes. */
  readonly unmapped: UnmappedProperty[] = [];
  readonly #naming: Naming;
  readonly #loose: boolean;
  #values = 0;

  constructor(naming: Naming, loose: boolean) {
    this.#naming = naming;
    this.#loose = loose;
  }

  /** Gives an object the members that the properties of a node become. */
  addMembers(
    holder: Record<string, unknown>,
    node: MapNode,
    type: Structure | undefined,
    path: string,
    pointer: string,
  ): void {
    const naming = this.#naming;
    for (const [name, { at, value }] of node.entries) {
      const here = naming.pathTo(path, name);
      const key = naming.keyOf(name, here, type);
      // Two spellings of one member: only one of them could be judged.
      if (key !== undefined && this.#loose && Object.hasOwn(holder, key)) {
        if (!isEmpty(value)) this.unmapped.push({ name, at });
      } else if (key !== undefined)
        this.#place(holder, key, value, type?.members.get(key), here, `${pointer}/${escape(key)}`);
      // Providers have attributes of their own, such as `arn`; those that matter to the rules must be mapped.
      else if (!naming.isLeft(here) && concern.test(plainName(name)) && !isEmpty(value))
        this.unmapped.push({ name, at });
    }
  }

  #place(
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
    const value = this.#convert(node, type, path, pointer);
    if (value === undefined) return;
    // Only this name has a setter, and assigning is much faster than defining.
    if (key === "__proto__") {
      const descriptor: object = { __proto__: null, value, enumerable: true, configurable: true, writable: true };
      Object.defineProperty(holder, key, descriptor);
    } else (holder as Record<string | number, unknown>)[key] = value;
  }

  #convert(node: Node, type: Type | undefined, path: string, pointer: string): unknown {
    if (++this.#values > MAX_VALUES) refuseFile(`a resource must have at most ${MAX_VALUES} values`);
    if (node.kind === "unknown") return undefined;
    const inside = this.#loose ? jsonIn(node, type) : undefined;
    if (inside !== undefined) return this.#convert(inside, type, path, pointer);
    if (node.kind === "scalar") return coerce(node.value, type);
    const pairs = type?.kind === "map" ? pairsOf(node, this.#loose) : undefined;
    if (pairs !== undefined) return this.#convert(pairs, type, path, pointer);
    return node.kind === "list"
      ? this.#convertList(node, type, path, pointer)
      : this.#convertMap(node, type, path, pointer);
  }

  #convertList(node: ListNode, type: Type | undefined, path: string, pointer: string): unknown {
    // Terraform writes a single block as a list of one.
    const [only] = node.items;
    if (this.#loose && node.items.length < 2 && (type?.kind === "structure" || type?.kind === "map"))
      return only === undefined ? undefined : this.#convert(only, type, path, pointer);
    if (this.#loose && node.items.length === 0) return undefined;
    const list: unknown[] = [];
    for (const [index, item] of node.items.entries())
      this.#place(list, index, item, type?.kind === "list" ? type.of : undefined, path, `${pointer}/${index}`);
    return list;
  }

  #convertMap(node: MapNode, type: Type | undefined, path: string, pointer: string): unknown {
    if (type?.kind === "text") return JSON.stringify(this.#convert(node, undefined, path, pointer));
    // A block in the singular, or a property that is an object where the API takes a list of one.
    if (type?.kind === "list") return this.#convert({ kind: "list", items: [node], at: node.at }, type, path, pointer);
    const holder: Record<string, unknown> = {};
    if (type?.kind === "structure") this.addMembers(holder, node, type, path, pointer);
    else
      for (const [name, { value }] of node.entries)
        this.#place(
          holder,
          name,
          value,
          type?.kind === "map" ? type.of : undefined,
          path,
          `${pointer}/${escape(name)}`,
        );
    return holder;
  }
}

function escape(name: string): string {
  return !name.includes("~") && !name.includes("/") ? name : name.replaceAll("~", "~0").replaceAll("/", "~1");
}
