import { type Node, type UnknownNode, textOf } from "../node.ts";

/** The value of a call that cannot be evaluated. */
export function unknown(name: string, argument: Node, decidedBy: string, at: number): UnknownNode {
  const text = textOf(argument);
  const short = text === undefined ? name : `${name} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  return { kind: "unknown", expression: short.replace(/^Fn::/, ""), decidedBy, at };
}

/** What a condition gives as a value. */
export function flag(value: boolean | undefined, name: string, argument: Node, at: number): Node {
  return value === undefined
    ? unknown(name, argument, "the parameters in it: give them with --parameters", at)
    : { kind: "scalar", value, at };
}

export function isUnknown(node: unknown): node is UnknownNode {
  return typeof node === "object" && node !== null && (node as Node).kind === "unknown";
}

/** Whether a value or a part of it is unknown. */
export function hasUnknown(node: Node): boolean {
  if (node.kind === "unknown") return true;
  if (node.kind === "list") return node.items.some(hasUnknown);
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => hasUnknown(value));
}
