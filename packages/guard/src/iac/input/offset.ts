import type { Structure, Type } from "../../api/model.ts";
import type { Node } from "../node.ts";
import type { Naming } from "./naming.ts";
import { pairsOf } from "./written-forms.ts";

/** The properties of a resource, and how they become the input of an action. */
export interface Properties {
  readonly node: Node | undefined;
  readonly type: Structure | undefined;
  readonly naming: Naming;
  readonly loose: boolean;
}

/** A value on the way that a pointer leads. */
interface Found {
  readonly node: Node;
  readonly type: Type | undefined;
  readonly path: string;
  readonly at: number;
}

/**
 * Follows a pointer through the file as `Conversion` does. Places are looked up for findings alone, so none are kept.
 *
 * @param at the offset where the pointer leads nowhere.
 */
export function offsetOf(pointer: string, properties: Properties, at: number): number {
  let node: Node | undefined = properties.node;
  let type: Type | undefined = properties.type;
  let path = "";
  let offset = at;
  for (const part of pointer.split("/").slice(1)) {
    const name = part.includes("~") ? part.replaceAll("~1", "/").replaceAll("~0", "~") : part;
    const holder: Node | undefined = holderOf(node, type, properties.loose);
    if (holder === undefined) break;
    if (holder !== properties.node) offset = holder.at;
    const found = childOf(holder, type, path, name, properties);
    if (found === undefined) break;
    ({ node, type, path, at: offset } = found);
  }
  return offset;
}

/** The node that holds the members of a value, in the form of the API. */
function holderOf(node: Node | undefined, type: Type | undefined, loose: boolean): Node | undefined {
  if (node === undefined || node.kind === "scalar" || node.kind === "unknown") return undefined;
  const pairs = type?.kind === "map" ? pairsOf(node, loose) : undefined;
  if (pairs !== undefined) return pairs;
  if (node.kind === "list" && loose && (type?.kind === "structure" || type?.kind === "map"))
    return holderOf(node.items[0], type, loose);
  if (node.kind === "map" && type?.kind === "list") return { kind: "list", items: [node], at: node.at };
  return node;
}

function childOf(
  holder: Node,
  type: Type | undefined,
  path: string,
  wanted: string,
  { node: top, naming }: Properties,
): Found | undefined {
  const of = type?.kind === "list" || type?.kind === "map" ? type.of : undefined;
  if (holder.kind === "list") {
    const item = holder.items[Number(wanted)];
    return item === undefined ? undefined : { node: item, type: of, path, at: item.at };
  }
  if (holder.kind !== "map") return undefined;
  if (type?.kind !== "structure" && holder !== top) {
    const found = holder.entries.get(wanted);
    return found === undefined ? undefined : { node: found.value, type: of, path, at: found.at };
  }
  const within = type?.kind === "structure" ? type : undefined;
  for (const [name, { at: nameAt, value }] of holder.entries) {
    const here = naming.pathTo(path, name);
    if (naming.keyOf(name, here, within) === wanted)
      return { node: value, type: within?.members.get(wanted), path: here, at: nameAt };
  }
  return undefined;
}
