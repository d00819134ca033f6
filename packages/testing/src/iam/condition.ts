import { isNull, type Operator, parseOperator } from "./condition-operator.ts";
import { type ConditionBlock, type ConditionValue, listOf } from "./policy-document.ts";
import type { Resolve } from "./variable.ts";

/** What is known of a request, by condition key (in any case); several values where the key has several. */
export type PolicyContext = Readonly<
  Record<string, ConditionValue | Date | readonly (ConditionValue | Date)[] | undefined>
>;

/** Whether every operator, and every key under it, holds. Policies with unknown operators are refused when they are read. */
export function conditionHolds(
  condition: ConditionBlock,
  context: ReadonlyMap<string, readonly string[]>,
  resolve: Resolve,
): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = context.get(key.toLowerCase());
      const values = listOf<ConditionValue>(wanted).map(String);
      if (isNull(operator)) {
        return values.some((value) => (value.toLowerCase() === "true") === (given === undefined));
      }
      const parsed = parseOperator(operator);
      return parsed !== undefined && keyHolds(parsed, given, values, resolve);
    }),
  );
}

function keyHolds(
  operator: Operator,
  given: readonly string[] | undefined,
  wanted: readonly string[],
  resolve: Resolve,
): boolean {
  if (given === undefined)
    return operator.ifExists || operator.set === "all" || (operator.set === undefined && operator.negated);
  const resolved = (operator.variables ? wanted.map(resolve) : wanted).filter((value) => value !== undefined);
  const matches = (value: string): boolean => resolved.some((each) => operator.compare(value, each));
  if (operator.set === "all") {
    // IAM counts an empty text as no value at all, and everything holds for all of nothing.
    return given.every((value) => value === "") || given.every((value) => matches(value) !== operator.negated);
  }
  if (operator.set === "any") return given.some((value) => matches(value) !== operator.negated);
  // Without a set operator a key of several values holds when any matches, and its negation when none does.
  return given.some(matches) !== operator.negated;
}

/** The context by lower-cased key; keys without a value are absent, as they are to IAM. */
export function indexContext(context: PolicyContext): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, readonly string[]>();
  for (const [key, value] of Object.entries(context)) {
    const values = listOf<ConditionValue | Date>(value).map((each) =>
      each instanceof Date ? each.toISOString() : String(each),
    );
    if (values.length > 0) index.set(key.toLowerCase(), values);
  }
  return index;
}
