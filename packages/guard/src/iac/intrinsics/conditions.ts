import { type Node, entry, nameSaid, textOf } from "../node.ts";
import { type Evaluation, type IntrinsicFunction, argumentsOf } from "./evaluation.ts";
import { isEqual } from "./readings.ts";
import { flag, unknown } from "./unknown-value.ts";

/** Whether a condition's definition holds; `undefined` when that is not known. */
export function holds(node: Node, evaluation: Evaluation): boolean | undefined {
  if (node.kind === "scalar") return typeof node.value === "boolean" ? node.value : undefined;
  if (node.kind !== "map" || node.entries.size !== 1) return undefined;
  const [[name, { value }] = ["", { value: node }]] = node.entries;
  const { test, resolve } = evaluation;
  const items = argumentsOf(value);
  switch (name) {
    case "Condition":
      return isMet(value, evaluation);
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

/** `Condition`, where a value is expected. */
export const condition: IntrinsicFunction = (argument, at, evaluation) =>
  flag(isMet(argument, evaluation), "Condition", argument, at);

/** `Fn::Equals`, `Fn::And`, `Fn::Or` and `Fn::Not`, where a value is expected. */
export function conditionAsValue(name: string): IntrinsicFunction {
  return (argument, at, { test }, call) => flag(test(call), name, argument, at);
}

/** `Fn::If`. */
export const ifMet: IntrinsicFunction = (argument, at, evaluation) => {
  const [name, yes, no] = argumentsOf(argument);
  const met = isMet(name, evaluation);
  if (met === undefined || yes === undefined || no === undefined) return unknown("Fn::If", argument, decider(name), at);
  return evaluation.resolve(met ? yes : no);
};

/** Whether the condition that a value names is met. */
function isMet(named: Node | undefined, { scope, condition: decide }: Evaluation): boolean | undefined {
  return decide(nameSaid(named, (name) => entry(scope.conditions, name) !== undefined) ?? "");
}

function decider(name: Node | undefined): string {
  return `the condition ${textOf(name) ?? "of Fn::If"}: give its parameters with --parameters`;
}

/** Whether a text holds JSON that CloudFormation writes: the order of its names and the form of its numbers are not known. */
function writesJson(node: Node): boolean {
  if (node.kind === "list") return node.items.some(writesJson);
  return (
    node.kind === "map" &&
    [...node.entries].some(([name, { value }]) => name === "Fn::ToJsonString" || writesJson(value))
  );
}
