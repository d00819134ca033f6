import { type Entry, type ListNode, type MapNode, type Node, literalEntry } from "../node.ts";
import { holds } from "./conditions.ts";
import { type Evaluation, NOTHING, type Resolved, type Scope } from "./evaluation.ts";
import { intrinsicFunctions } from "./intrinsic-functions.ts";
import { unknown } from "./unknown-value.ts";

/** Evaluates the intrinsic functions of a template. */
export interface Resolver {
  /** The node without functions; `undefined` when it resolves to no value. */
  readonly resolve: (node: Node) => Node | undefined;
  /** Whether a condition is true; `undefined` when that is not known. */
  readonly condition: (name: string) => boolean | undefined;
}

/** A condition may refer to conditions, each nested by itself: together they are followed this far, and are unknown beyond. */
const MAX_NESTING = 1_500;

const FUNCTION = /^(?:Ref|Condition|Fn::.+)$/;

/** What decides a function that is not evaluated here, such as a macro or a loop. */
const expansion = "the template as CloudFormation expands it";

/** Evaluates the intrinsic functions of a template. A function that cannot be evaluated becomes an unknown value. */
export function createResolver(scope: Scope): Resolver {
  const deciding = new Set<string>();
  const decided = new Map<string, boolean | undefined>();
  let nesting = 0;
  const evaluation: Evaluation = { scope, resolve, condition, test };

  return {
    resolve(node) {
      const resolved = resolve(node);
      return resolved === NOTHING ? undefined : resolved;
    },
    condition,
  };

  function resolve(node: Node): Resolved {
    if (node.kind === "scalar") return withoutDynamic(node);
    if (node.kind !== "list" && node.kind !== "map") return node;
    if (nesting >= MAX_NESTING) return unknown("a value", node, "a template that is nested less deeply", node.at);
    nesting++;
    const resolved = node.kind === "list" ? resolveList(node, evaluation) : resolveMap(node, evaluation);
    nesting--;
    return resolved;
  }

  function condition(name: string): boolean | undefined {
    if (decided.has(name)) return decided.get(name);
    if (deciding.has(name)) return undefined;
    deciding.add(name);
    const definition = literalEntry(scope.conditions, name);
    const met = definition === undefined ? undefined : test(definition);
    deciding.delete(name);
    decided.set(name, met);
    return met;
  }

  function test(node: Node): boolean | undefined {
    if (nesting >= MAX_NESTING) return undefined;
    nesting++;
    const met = holds(node, evaluation);
    nesting--;
    return met;
  }
}

/** A node without functions is returned unchanged: most of a template has none. */
function resolveList(node: ListNode, { resolve }: Evaluation): Node {
  const items = node.items.map(resolve);
  if (items.every((item, index) => item === node.items[index])) return node;
  return { ...node, items: items.filter((item) => item !== NOTHING) };
}

function resolveMap(node: MapNode, evaluation: Evaluation): Resolved {
  const [only] = node.entries;
  if (node.entries.size === 1 && only !== undefined && FUNCTION.test(only[0]))
    return withoutDynamic(call(only[0], only[1].value, node, evaluation));
  let entries: Map<string, Entry> | undefined;
  for (const [name, { at, value }] of node.entries) {
    // Loops and includes make properties that are not in the file.
    if (name.startsWith("Fn::")) return unknown(name, value, expansion, node.at);
    const resolved = evaluation.resolve(value);
    if (resolved === value) continue;
    entries ??= new Map(node.entries);
    if (resolved === NOTHING) entries.delete(name);
    else entries.set(name, { at, value: resolved });
  }
  return entries === undefined ? node : { ...node, entries };
}

function call(name: string, argument: Node, node: MapNode, evaluation: Evaluation): Resolved {
  const intrinsic = intrinsicFunctions.get(name);
  return intrinsic === undefined
    ? unknown(name, argument, expansion, node.at)
    : intrinsic(argument, node.at, evaluation, node);
}

/** Dynamic references are resolved last: the default of a parameter, a mapping or joined parts may hold one. */
function withoutDynamic(node: Resolved): Resolved {
  if (node === NOTHING || node.kind === "map") return node;
  if (node.kind === "list") {
    const items = node.items.map((item) => withoutDynamic(item) as Node);
    return items.every((item, index) => item === node.items[index]) ? node : { ...node, items };
  }
  const text = node.kind === "unknown" ? node.text : node.value;
  if (typeof text !== "string" || !text.includes("{{resolve:")) return node;
  const named: Node = { kind: "scalar", value: text, at: node.at };
  return unknown("a dynamic reference", named, "the parameter store or the secret, or a literal value", node.at);
}
