import { countMade } from "./made-text.ts";
import { type Entry, type Node, entry, textOf } from "./node.ts";

/** Stands for a part of a text that is not known. */
const OPEN = "${}";

type Resolve = (node: Node) => Node | undefined;

/**
 * Replaces functions in a value by the texts that are known. A text that is made of parts keeps its known parts, and a condition
 * gives both of its branches. So the name of a service is found beside a Region that is not known.
 */
export function written(node: Node, resolve: Resolve): Node {
  if (node.kind === "scalar" || node.kind === "unknown") return node;
  // A value without functions is returned unchanged: most of a template has none.
  if (node.kind === "list") {
    let items: Node[] | undefined;
    for (const [index, item] of node.items.entries()) {
      const made = written(item, resolve);
      if (made === item) continue;
      items ??= [...node.items];
      items[index] = made;
    }
    return items === undefined ? node : { ...node, items };
  }
  let entries: Map<string, Entry> | undefined;
  for (const [name, { at, value }] of node.entries) {
    if (node.entries.size === 1 && (name === "Ref" || name.startsWith("Fn::")))
      return result(name, value, node, resolve);
    const made = written(value, resolve);
    if (made === value) continue;
    entries ??= new Map(node.entries);
    entries.set(name, { at, value: made });
  }
  return entries === undefined ? node : { ...node, entries };
}

function result(name: string, argument: Node, node: Node, resolve: Resolve): Node {
  switch (name) {
    // A value of a resource: the name of an attribute says nothing of what it holds.
    case "Fn::GetAtt":
      return node;
    case "Fn::Base64":
    case "Fn::If":
    case "Fn::ToJsonString":
      return written(argument, resolve);
    case "Fn::Join": {
      const [separator, list] = argument.kind === "list" ? argument.items : [];
      if (list?.kind !== "list") break;
      const parts = list.items.map((item) => partOf(item, resolve));
      countMade(resolve, parts, textOf(separator));
      return { kind: "scalar", value: parts.join(textOf(separator) ?? ""), at: node.at };
    }
    case "Fn::Sub": {
      const [template, given] = argument.kind === "list" ? argument.items : [argument];
      const text = textOf(template);
      if (text === undefined) break;
      const values = new Map<string, string>();
      const parts: string[] = [];
      let end = 0;
      for (const { 0: whole, 1: literal, 2: inner = "", index } of text.matchAll(/\$\{(!?)([^{}]*)\}/g)) {
        const name = inner.trim();
        const value =
          literal === "!"
            ? `\${${inner}}`
            : (values.get(name) ?? partOf(entry(given, name) ?? referenceTo(name, node.at), resolve));
        if (literal !== "!") values.set(name, value);
        parts.push(text.slice(end, index), value);
        end = index + whole.length;
      }
      parts.push(text.slice(end));
      countMade(resolve, parts);
      return { kind: "scalar", value: parts.join(""), at: node.at };
    }
    default:
  }
  return resolve(node) ?? node;
}

function partOf(node: Node, resolve: Resolve): string {
  const made = written(node, resolve);
  if (made.kind === "scalar") return String(made.value ?? "");
  return (made.kind === "unknown" ? made.text : undefined) ?? OPEN;
}

/** A name of `Fn::Sub` as the function that it stands for. */
export function referenceTo(name: string, at: number): Node {
  const value: Node = { kind: "scalar", value: name, at };
  return { kind: "map", entries: new Map([[name.includes(".") ? "Fn::GetAtt" : "Ref", { at, value }]]), at };
}
