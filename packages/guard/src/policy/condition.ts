import type { HeldCondition } from "../rules/rule.ts";
import type { PolicyCondition } from "./document.ts";

/** A condition under which an Allow holds. A condition with `when` cannot be said there: it takes a Deny. */
export function allowCondition({ operator, key, values, ifPresent }: HeldCondition): PolicyCondition {
  return { [ifPresent === true ? `${operator}IfExists` : operator]: { [key]: single(values) } };
}

/**
 * The opposite of a held condition, under which a Deny strikes. Operators that ask for a value are false of an absent
 * key, the negated ones true; `IfExists` turns the former round.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
 */
export function denyCondition({ operator, key, values, ifPresent, when }: HeldCondition): PolicyCondition {
  const present: PolicyCondition = ifPresent === true ? { Null: { [key]: "false" } } : {};
  switch (operator) {
    case "Bool":
      return { [ifPresent === true ? "Bool" : "BoolIfExists"]: { [key]: opposite(values) }, ...when };
    case "Null":
      return { Null: { [key]: opposite(values) }, ...when };
    case "StringEquals":
      return { StringNotEquals: { [key]: single(values) }, ...present, ...when };
    default:
      return { "ForAnyValue:StringNotEquals": { [key]: single(values) }, ...when };
  }
}

/** Several conditions as one, all of which must hold; `undefined` when two ask different values of one key. */
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
