import { countMade } from "../made-text.ts";
import { type Node, entry, plain, textOf } from "../node.ts";
import { type Evaluation, type IntrinsicFunction, NOTHING, type Resolved, argumentsOf } from "./evaluation.ts";
import { isReadTwice, quotes, scalarText } from "./readings.ts";
import { refer } from "./reference.ts";
import { hasUnknown, isUnknown, unknown } from "./unknown-value.ts";

/** `Fn::Join`. */
export const join: IntrinsicFunction = (argument, at, evaluation) => {
  const [separator, list] = argumentsOf(argument);
  const parts = list === undefined ? undefined : evaluation.resolve(list);
  if (parts === undefined || parts === NOTHING || parts.kind !== "list")
    return unknown("Fn::Join", argument, "its list", at);
  if (isReadTwice(separator)) return unknown("Fn::Join", argument, quotes, at);
  return joined(parts.items, textOf(separator) ?? "", "Fn::Join", argument, at, evaluation);
};

/** `Fn::Split`. */
export const split: IntrinsicFunction = (argument, at, { scope, resolve }) => {
  const [separator, text] = argumentsOf(argument);
  const whole = text === undefined ? undefined : resolve(text);
  const value = whole === NOTHING ? undefined : textOf(whole);
  const by = textOf(separator);
  if (isReadTwice(whole) || isReadTwice(separator)) return unknown("Fn::Split", argument, quotes, at);
  if (value === undefined || by === undefined || by === "")
    return isUnknown(whole) ? { ...whole, at } : unknown("Fn::Split", argument, "its text", at);
  const parts = value.split(by);
  countMade(scope, parts);
  return { kind: "list", items: parts.map((part) => ({ kind: "scalar", value: part, at })), at };
};

/** `Fn::ToJsonString`. */
export const toJsonString: IntrinsicFunction = (argument, at, { scope, resolve }) => {
  const resolved = resolve(argument);
  if (resolved === NOTHING || hasUnknown(resolved))
    return unknown("Fn::ToJsonString", argument, "the values in it", at);
  if (isReadTwice(resolved)) return unknown("Fn::ToJsonString", argument, quotes, at);
  const value = JSON.stringify(plain(resolved));
  countMade(scope, [value]);
  return { kind: "scalar", value, at };
};

/** `Fn::Sub`: a text with `${Name}`, alone or with a map of values of its own. */
export const sub: IntrinsicFunction = (argument, at, evaluation) => {
  const [template, given] = argument.kind === "list" ? argument.items : [argument];
  const text = textOf(template);
  if (text === undefined) return unknown("Fn::Sub", argument, "its text", at);
  if (isReadTwice(template)) return unknown("Fn::Sub", argument, quotes, at);
  const parts: Node[] = [];
  // A name that stands there often is evaluated once: a value may hold names that do so too.
  const values = new Map<string, Resolved>();
  let end = 0;
  for (const match of text.matchAll(/\$\{(!?)([^{}]*)\}/g)) {
    const [whole, literal, inner = ""] = match;
    parts.push({ kind: "scalar", value: text.slice(end, match.index), at });
    end = match.index + whole.length;
    const name = inner.trim();
    const value: Resolved =
      literal === "!"
        ? { kind: "scalar", value: `\${${inner}}`, at }
        : (values.get(name) ?? substituted(name, given, at, evaluation));
    if (literal !== "!") values.set(name, value);
    if (value !== NOTHING) parts.push(value);
  }
  parts.push({ kind: "scalar", value: text.slice(end), at });
  return joined(parts, "", "Fn::Sub", argument, at, evaluation);
};

/** The value of one name in `Fn::Sub`. */
function substituted(name: string, given: Node | undefined, at: number, { scope, resolve }: Evaluation): Resolved {
  const own = entry(given, name);
  if (own !== undefined) return resolve(own);
  const [resource = "", ...attribute] = name.split(".");
  return refer(resource, attribute.length === 0 ? undefined : attribute.join("."), at, scope);
}

/** Text from parts. A part that is some text of this template makes the whole such a text. */
function joined(
  parts: readonly Node[],
  separator: string,
  name: string,
  argument: Node,
  at: number,
  { scope }: Evaluation,
): Node {
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
  countMade(scope, texts, separator);
  const value = texts.join(separator);
  if (!soft) return { kind: "scalar", value, at };
  return { ...unknown(name, argument, "the resources in it, when they exist", at), text: value };
}
