import type { HeldCondition } from "../rules/rule.ts";
import type { PolicyCondition } from "./document.ts";

/** The condition of an Allow. An Allow cannot express a condition with `when`; that takes a Deny. IAM has no `NullIfExists`. */
export function allowCondition({ operator, key, values, ifPresent }: HeldCondition): PolicyCondition {
  return { [ifPresent === true && operator !== "Null" ? `${operator}IfExists` : operator]: { [key]: single(values) } };
}

/**
 * The opposite of a condition, for a Deny. For an absent key, operators that compare a value are false, negated operators are
 * true, and `IfExists` makes them all true.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function denyCondition(condition: HeldCondition): PolicyCondition {
  const refused: Record<string, PolicyCondition[string]> = { ...refusedBy(condition) };
  // Two conditions with one operator are one object of IAM.
  for (const [operator, keys] of Object.entries(condition.when ?? {}))
    refused[operator] = { ...refused[operator], ...keys, ...refused[operator] };
  return refused;
}

function refusedBy({ operator, key, values, ifPresent }: HeldCondition): PolicyCondition {
  const present: PolicyCondition = ifPresent === true ? { Null: { [key]: "false" } } : {};
  switch (operator) {
    case "Bool":
      return { [ifPresent === true ? "Bool" : "BoolIfExists"]: { [key]: opposite(values) } };
    case "Null":
      return { Null: { [key]: opposite(values) } };
    case "StringEquals":
      return { StringNotEquals: { [key]: single(values) }, ...present };
    default:
      return { "ForAnyValue:StringNotEquals": { [key]: single(values) } };
  }
}

/** Several conditions as one that demands all of them; `undefined` when two demand different values of one key. */
export function mergeConditions(conditions: readonly PolicyCondition[]): PolicyCondition | undefined {
  const merged: Record<string, Record<string, string | readonly string[]>> = {};
  for (const condition of conditions) {
    for (const [operator, keys] of Object.entries(condition)) {
      const known = (merged[operator] ??= {});
      for (const [key, value] of Object.entries(keys)) {
        if (known[key] !== undefined && JSON.stringify(known[key]) !== JSON.stringify(value)) return undefined;
        known[key] = value;
      }
    }
  }
  return merged;
}

function single(values: readonly string[]): string | readonly string[] {
  return values.length === 1 ? (values[0] ?? "") : values;
}

function opposite(values: readonly string[]): string {
  return values[0] === "true" ? "false" : "true";
}
