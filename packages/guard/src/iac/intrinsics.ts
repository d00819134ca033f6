import {
  type Entry,
  type ListNode,
  type MapNode,
  type Node,
  type ScalarNode,
  type UnknownNode,
  entry,
  isExpanded,
  nameSaid,
  plain,
  textOf,
} from "./node.ts";

/** The targets that an intrinsic function can refer to. */
export interface Scope {
  /** A parameter's value, or why it is not known; `undefined` when the template has no such parameter. */
  parameter(name: string): Node | undefined;
  /** Text that stands for a resource of the template, or a value of it; `undefined` when the template has no such resource. */
  resource(name: string, attribute: string | undefined): { readonly text: string; readonly known: boolean } | undefined;
  readonly mappings: Node | undefined;
  readonly conditions: Node | undefined;
}

/** Evaluates the intrinsic functions of a template. */
export interface Resolver {
  /** The node without functions; `undefined` when it resolves to no value. */
  readonly resolve: (node: Node) => Node | undefined;
  /** Whether a condition is true; `undefined` when that is not known. */
  readonly condition: (name: string) => boolean | undefined;
}

/** The value that removes a property: `!Ref AWS::NoValue`. */
const NOTHING = Symbol("AWS::NoValue");
type Resolved = Node | typeof NOTHING;

/** What decides a text that readers of YAML take for different ones. */
const quotes = "a value in quotes, which all versions of YAML read alike";

/** A condition may refer to conditions, each nested by itself: together they are followed this far, and are unknown beyond. */
const MAX_NESTING = 1_500;

const FUNCTION = /^(?:Ref|Condition|Fn::.+)$/;

/** Evaluates the intrinsic functions of a template. A function that cannot be evaluated becomes an unknown value. */
export function createResolver(scope: Scope): Resolver {
  const deciding = new Set<string>();
  const decided = new Map<string, boolean | undefined>();
  let nesting = 0;

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
    const resolved = resolveInside(node);
    nesting--;
    return resolved;
  }

  function resolveInside(node: ListNode | MapNode): Resolved {
    if (node.kind === "list") {
      const items = node.items.map(resolve);
      // A node without functions is returned unchanged: most of a template has none.
      if (items.every((item, index) => item === node.items[index])) return node;
      return { ...node, items: items.filter((item) => item !== NOTHING) };
    }
    const [only] = node.entries;
    if (node.entries.size === 1 && only !== undefined && FUNCTION.test(only[0]))
      return withoutDynamic(call(only[0], only[1].value, node));
    let entries: Map<string, Entry> | undefined;
    for (const [name, { at, value }] of node.entries) {
      // Loops and includes make properties that are not in the file.
      if (name.startsWith("Fn::")) return unknown(name, value, "the template as CloudFormation expands it", node.at);
      const resolved = resolve(value);
      if (resolved === value) continue;
      entries ??= new Map(node.entries);
      if (resolved === NOTHING) entries.delete(name);
      else entries.set(name, { at, value: resolved });
    }
    return entries === undefined ? node : { ...node, entries };
  }

  function call(name: string, argument: Node, node: MapNode): Resolved {
    const { at } = node;
    switch (name) {
      case "Ref":
        return refer(nameSaid(argument, isTarget) ?? "", undefined, at);
      case "Condition":
        return flag(condition(nameSaid(argument, isCondition) ?? ""), name, argument, at);
      case "Fn::GetAtt": {
        const parts = argument.kind === "list" ? argument.items.map(textOf) : textOf(argument)?.split(".");
        const [resource = "", ...attribute] = parts ?? [];
        return refer(resource, attribute.join("."), at);
      }
      case "Fn::If": {
        const [test, yes, no] = itemsOf(argument);
        const met = condition(nameSaid(test, isCondition) ?? "");
        if (met === undefined || yes === undefined || no === undefined)
          return unknown(name, argument, decider(test), at);
        return resolve(met ? yes : no);
      }
      case "Fn::Sub":
        return substitute(argument, at);
      case "Fn::Join": {
        const [separator, list] = itemsOf(argument);
        const parts = list === undefined ? undefined : resolve(list);
        if (parts === undefined || parts === NOTHING || parts.kind !== "list")
          return unknown(name, argument, "its list", at);
        if (isReadTwice(separator)) return unknown(name, argument, quotes, at);
        return joined(parts.items, textOf(separator) ?? "", name, argument, at);
      }
      case "Fn::Select": {
        const [index, list] = itemsOf(argument);
        const parts = list === undefined ? undefined : resolve(list);
        const written = index === undefined ? NOTHING : resolve(index);
        const digits = sameText(written) ?? "";
        const chosen = /^\d+$/.test(digits) ? Number(digits) : Number.NaN;
        const found =
          parts !== undefined && parts !== NOTHING && parts.kind === "list" ? parts.items[chosen] : undefined;
        return found ?? (isUnknown(parts) ? { ...parts, at } : unknown(name, argument, "its list", at));
      }
      case "Fn::Split": {
        const [separator, text] = itemsOf(argument);
        const whole = text === undefined ? undefined : resolve(text);
        const value = whole === NOTHING ? undefined : textOf(whole);
        const by = textOf(separator);
        if (isReadTwice(whole) || isReadTwice(separator)) return unknown(name, argument, quotes, at);
        if (value === undefined || by === undefined || by === "")
          return isUnknown(whole) ? { ...whole, at } : unknown(name, argument, "its text", at);
        return { kind: "list", items: value.split(by).map((part) => ({ kind: "scalar", value: part, at })), at };
      }
      case "Fn::FindInMap": {
        const names = itemsOf(argument).slice(0, 3).map(resolve);
        const path = names.map(sameText);
        const found = path.includes(undefined) ? undefined : literalEntry(scope.mappings, ...(path as string[]));
        const cause = names.find(isUnknown);
        return found ?? unknown(name, argument, cause === undefined ? "the mapping" : cause.decidedBy, at);
      }
      case "Fn::Equals":
      case "Fn::And":
      case "Fn::Or":
      case "Fn::Not":
        return flag(test(node), name, argument, at);
      case "Fn::ToJsonString": {
        const resolved = resolve(argument);
        if (resolved === NOTHING || hasUnknown(resolved)) return unknown(name, argument, "the values in it", at);
        if (isReadTwice(resolved)) return unknown(name, argument, quotes, at);
        return { kind: "scalar", value: JSON.stringify(plain(resolved)), at };
      }
      case "Fn::Length": {
        const resolved = resolve(argument);
        return resolved !== NOTHING && resolved.kind === "list"
          ? { kind: "scalar", value: resolved.items.length, at }
          : unknown(name, argument, "its list", at);
      }
      case "Fn::ImportValue":
        return unknown(name, argument, "the stack that exports it", at);
      default:
        return unknown(name, argument, "the template as CloudFormation expands it", at);
    }
  }

  function isTarget(name: string): boolean {
    return scope.parameter(name) !== undefined || scope.resource(name, undefined) !== undefined;
  }

  function isCondition(name: string): boolean {
    return entry(scope.conditions, name) !== undefined;
  }

  function refer(name: string, attribute: string | undefined, at: number): Resolved {
    if (name === "AWS::NoValue") return NOTHING;
    const expression = attribute === undefined ? `Ref ${name}` : `GetAtt ${name}.${attribute}`;
    const parameter = attribute === undefined ? scope.parameter(name) : undefined;
    if (parameter !== undefined) return parameter.kind === "unknown" ? { ...parameter, at } : { ...parameter, at };
    const resource = scope.resource(name, attribute);
    if (resource?.known === true) return { kind: "scalar", value: resource.text, at };
    const text = resource?.text;
    if (text !== undefined)
      return { kind: "unknown", expression, decidedBy: `the resource ${name}, when it exists`, text, at };
    return { kind: "unknown", expression, decidedBy: `--parameters ${name}=VALUE`, at };
  }

  function substitute(argument: Node, at: number): Resolved {
    const [template, given] = argument.kind === "list" ? argument.items : [argument];
    const text = textOf(template);
    if (text === undefined) return unknown("Fn::Sub", argument, "its text", at);
    if (isReadTwice(template)) return unknown("Fn::Sub", argument, quotes, at);
    const parts: Node[] = [];
    let end = 0;
    for (const match of text.matchAll(/\$\{(!?)([^{}]*)\}/g)) {
      const [whole, literal, inner = ""] = match;
      parts.push({ kind: "scalar", value: text.slice(end, match.index), at });
      end = match.index + whole.length;
      const name = inner.trim();
      if (literal === "!") parts.push({ kind: "scalar", value: `\${${inner}}`, at });
      else {
        const own = entry(given, name);
        const [resource = "", ...attribute] = name.split(".");
        const value =
          own === undefined
            ? refer(resource, attribute.length === 0 ? undefined : attribute.join("."), at)
            : resolve(own);
        if (value !== NOTHING) parts.push(value);
      }
    }
    parts.push({ kind: "scalar", value: text.slice(end), at });
    return joined(parts, "", "Fn::Sub", argument, at);
  }

  /** Text from parts. A part that is some text of this template makes the whole such a text. */
  function joined(parts: readonly Node[], separator: string, name: string, argument: Node, at: number): Node {
    const texts: string[] = [];
    let soft = false;
    for (const part of parts) {
      if (part.kind === "scalar" && part.also !== undefined) return unknown(name, argument, quotes, at);
      const text = part.kind === "unknown" ? part.text : scalarText(part);
      if (text === undefined)
        return part.kind === "unknown"
          ? { kind: "unknown", expression: part.expression, decidedBy: part.decidedBy, at }
          : unknown(name, argument, "the values in it", at);
      soft ||= part.kind === "unknown";
      texts.push(text);
    }
    const value = texts.join(separator);
    if (!soft) return { kind: "scalar", value, at };
    return { ...unknown(name, argument, "the resources in it, when they exist", at), text: value };
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
    const met = testInside(node);
    nesting--;
    return met;
  }

  function testInside(node: Node): boolean | undefined {
    if (node.kind === "scalar") return typeof node.value === "boolean" ? node.value : undefined;
    if (node.kind !== "map" || node.entries.size !== 1) return undefined;
    const [[name, { value }] = ["", { value: node }]] = node.entries;
    const items = itemsOf(value);
    switch (name) {
      case "Condition":
        return condition(nameSaid(value, isCondition) ?? "");
      case "Fn::Equals": {
        if (items.some(writesJson)) return undefined;
        const [left, right, ...more] = items.map(resolve);
        return left === undefined || right === undefined || more.length > 0 ? undefined : isEqual(left, right);
      }
      case "Fn::Not": {
        const met = items[0] === undefined || items.length > 1 ? undefined : test(items[0]);
        return met === undefined ? undefined : !met;
      }
      case "Fn::And":
      case "Fn::Or": {
        const deciding = name === "Fn::Or";
        const results = new Set(items.map(test));
        if (results.has(deciding)) return deciding;
        return results.has(undefined) ? undefined : !deciding;
      }
      default:
        return undefined;
    }
  }

  function decider(test: Node | undefined): string {
    return `the condition ${textOf(test) ?? "of Fn::If"}: give its parameters with --parameters`;
  }
}

/** Whether two texts are equal in every reading of the file; `undefined` where its readers differ, or one is not known. */
function isEqual(left: Resolved, right: Resolved): boolean | undefined {
  const [one, other] = [readingsOf(left), readingsOf(right)];
  if (one.length === 0 || other.length === 0) return undefined;
  if (!one.some((text) => other.includes(text))) return false;
  return one.length === other.length && one.every((text, index) => text === other[index]) ? true : undefined;
}

/** The texts that a value may be read as. */
function readingsOf(node: Resolved): readonly string[] {
  const text = node === NOTHING ? undefined : scalarText(node);
  return text === undefined ? [] : [text, ...((node as ScalarNode).also ?? [])];
}

/** A member that stands in the file; `undefined` where a macro or an include beside it may give another. */
function literalEntry(node: Node | undefined, ...names: readonly string[]): Node | undefined {
  let found = node;
  for (const name of names) found = isExpanded(found) ? undefined : entry(found, name);
  return found;
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

function flag(value: boolean | undefined, name: string, argument: Node, at: number): Node {
  return value === undefined
    ? unknown(name, argument, "the parameters in it: give them with --parameters", at)
    : { kind: "scalar", value, at };
}

function unknown(name: string, argument: Node, decidedBy: string, at: number): UnknownNode {
  const text = textOf(argument);
  const short = text === undefined ? name : `${name} ${text.length > 60 ? `${text.slice(0, 60)}…` : text}`;
  return { kind: "unknown", expression: short.replace(/^Fn::/, ""), decidedBy, at };
}

function itemsOf(node: Node): ListNode["items"] {
  return node.kind === "list" ? node.items : [node];
}

function isUnknown(node: unknown): node is UnknownNode {
  return typeof node === "object" && node !== null && (node as Node).kind === "unknown";
}

function scalarText(node: Node | undefined): string | undefined {
  return node?.kind === "scalar" && node.value !== null ? String(node.value) : undefined;
}

/** The text of a value that all readers of the file read alike. */
function sameText(node: Resolved): string | undefined {
  return node === NOTHING || (node.kind === "scalar" && node.also !== undefined) ? undefined : scalarText(node);
}

/** Whether a text holds JSON that CloudFormation writes: the order of its names and the form of its numbers are not known. */
function writesJson(node: Node): boolean {
  if (node.kind === "list") return node.items.some(writesJson);
  return (
    node.kind === "map" &&
    [...node.entries].some(([name, { value }]) => name === "Fn::ToJsonString" || writesJson(value))
  );
}

/** Whether a value holds a scalar that another reader of YAML takes for another text. */
function isReadTwice(node: Resolved | undefined): boolean {
  if (node === undefined || node === NOTHING) return false;
  if (node.kind === "scalar") return node.also !== undefined;
  if (node.kind === "list") return node.items.some(isReadTwice);
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => isReadTwice(value));
}

function hasUnknown(node: Node): boolean {
  if (node.kind === "unknown") return true;
  if (node.kind === "list") return node.items.some(hasUnknown);
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => hasUnknown(value));
}
