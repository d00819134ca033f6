import type { ListNode, MapNode, Node } from "../node.ts";

/** The targets that an intrinsic function can refer to. */
export interface Scope {
  /** A parameter's value, or why it is not known; `undefined` when the template has no such parameter. */
  parameter(name: string): Node | undefined;
  /** Text that stands for a resource of the template, or a value of it; `undefined` when the template has no such resource. */
  resource(name: string, attribute: string | undefined): { readonly text: string; readonly known: boolean } | undefined;
  readonly mappings: Node | undefined;
  readonly conditions: Node | undefined;
}

/** The value that removes a property: `!Ref AWS::NoValue`. */
export const NOTHING: unique symbol = Symbol("AWS::NoValue");

/** A node without functions. */
export type Resolved = Node | typeof NOTHING;

/** What the functions of one template share. */
export interface Evaluation {
  readonly scope: Scope;
  /** Resolves a value inside a function, up to the limit of nesting. */
  readonly resolve: (node: Node) => Resolved;
  /** Whether a condition of the template is met; `undefined` when that is not known. */
  readonly condition: (name: string) => boolean | undefined;
  /** Whether a condition's definition holds; `undefined` when that is not known. */
  readonly test: (node: Node) => boolean | undefined;
}

/** One intrinsic function. `at` is where its call begins, `call` the whole of it. */
export type IntrinsicFunction = (argument: Node, at: number, evaluation: Evaluation, call: MapNode) => Resolved;

/** The arguments of a call. One argument may stand without a list around it. */
export function argumentsOf(argument: Node): ListNode["items"] {
  return argument.kind === "list" ? argument.items : [argument];
}
