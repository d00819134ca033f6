import { BlockList, isIP } from "node:net";
import { type ConditionBlock, type ConditionValue, listOf } from "./policy-document.ts";
import { literalText, resolveVariables } from "./variable.ts";
import { matchesArn, matchesWildcard } from "./wildcard.ts";
import { table } from "../table.ts";

/** What is known of a request, by condition key (in any case); several values where the key has several. */
export type PolicyContext = Readonly<
  Record<string, ConditionValue | Date | readonly (ConditionValue | Date)[] | undefined>
>;

type Comparison = (given: string, wanted: string) => boolean;

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html */
const comparisons = table<Comparison>({
  stringequals: (given: string, wanted: string) => given === literalText(wanted),
  stringequalsignorecase: (given: string, wanted: string) => given.toLowerCase() === literalText(wanted).toLowerCase(),
  stringlike: (given: string, wanted: string) => matchesWildcard(wanted, given),
  arnequals: (given: string, wanted: string) => matchesArn(wanted, given),
  arnlike: (given: string, wanted: string) => matchesArn(wanted, given),
  bool: (given: string, wanted: string) => given.toLowerCase() === wanted.toLowerCase(),
  binaryequals: (given: string, wanted: string) => given === wanted,
  ipaddress: inNetwork,
  numericequals: numeric((given, wanted) => given === wanted),
  numericlessthan: numeric((given, wanted) => given < wanted),
  numericlessthanequals: numeric((given, wanted) => given <= wanted),
  numericgreaterthan: numeric((given, wanted) => given > wanted),
  numericgreaterthanequals: numeric((given, wanted) => given >= wanted),
  dateequals: dates((given, wanted) => given === wanted),
  datelessthan: dates((given, wanted) => given < wanted),
  datelessthanequals: dates((given, wanted) => given <= wanted),
  dategreaterthan: dates((given, wanted) => given > wanted),
  dategreaterthanequals: dates((given, wanted) => given >= wanted),
});

/** Each negated operator by the one it negates. */
const negations = table<string>({
  stringnotequals: "stringequals",
  stringnotequalsignorecase: "stringequalsignorecase",
  stringnotlike: "stringlike",
  arnnotequals: "arnequals",
  arnnotlike: "arnlike",
  notipaddress: "ipaddress",
  numericnotequals: "numericequals",
  datenotequals: "dateequals",
});

interface Operator {
  readonly set: "any" | "all" | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  readonly compare: Comparison;
}

/**
 * Whether every operator, and every key under it, holds. An unknown operator never holds: IAM would have refused the
 * policy when it was written.
 */
export function conditionHolds(condition: ConditionBlock, context: ReadonlyMap<string, readonly string[]>): boolean {
  return Object.entries(condition).every(([operator, keys]) =>
    Object.entries(keys).every(([key, wanted]) => {
      const given = context.get(key.toLowerCase());
      const values = listOf<ConditionValue>(wanted).map(String);
      if (operator.toLowerCase() === "null") {
        return values.some((value) => (value.toLowerCase() === "true") === (given === undefined));
      }
      const parsed = parseOperator(operator);
      return parsed !== undefined && keyHolds(parsed, given, values, context);
    }),
  );
}

function keyHolds(
  operator: Operator,
  given: readonly string[] | undefined,
  wanted: readonly string[],
  context: ReadonlyMap<string, readonly string[]>,
): boolean {
  if (given === undefined)
    return operator.ifExists || operator.set === "all" || (operator.set === undefined && operator.negated);
  const resolved = wanted.map((value) => resolveVariables(value, context)).filter((value) => value !== undefined);
  const matches = (value: string): boolean => resolved.some((each) => operator.compare(value, each));
  if (operator.set === "all") {
    // IAM counts an empty text as no value at all, and everything holds for all of nothing.
    return given.every((value) => value === "") || given.every((value) => matches(value) !== operator.negated);
  }
  if (operator.set === "any") return given.some((value) => matches(value) !== operator.negated);
  // Without a set operator a key of several values holds when any matches, and its negation when none does.
  return given.some(matches) !== operator.negated;
}

function parseOperator(text: string): Operator | undefined {
  const parts = /^(?:(ForAllValues|ForAnyValue):)?(\w+?)(IfExists)?$/i.exec(text);
  const name = parts?.[2]?.toLowerCase() ?? "";
  const positive = negations[name] ?? name;
  const compare = comparisons[positive];
  if (parts === null || compare === undefined) return undefined;
  const set = parts[1]?.toLowerCase();
  return {
    set: set === undefined ? undefined : set === "forallvalues" ? "all" : "any",
    ifExists: parts[3] !== undefined,
    negated: positive !== name,
    compare,
  };
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

function numeric(compare: (given: number, wanted: number) => boolean): Comparison {
  // An empty text is no number, though JavaScript reads it as zero.
  const parse = (text: string): number => (text.trim() === "" ? Number.NaN : Number(text));
  return (given, wanted) => compare(parse(given), parse(wanted));
}

/** ISO 8601, or seconds since the epoch. */
function dates(compare: (given: number, wanted: number) => boolean): Comparison {
  const parse = (text: string): number => (/^\d+(?:\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text));
  return (given, wanted) => compare(parse(given), parse(wanted));
}

function inNetwork(given: string, wanted: string): boolean {
  const [network = "", prefix] = wanted.split("/");
  const family = isIP(network);
  if (family === 0 || isIP(given) !== family) return false;
  const type = family === 4 ? "ipv4" : "ipv6";
  const bits = prefix === undefined ? (family === 4 ? 32 : 128) : Number(prefix);
  if (!Number.isInteger(bits) || bits < 0 || bits > (family === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, bits, type);
  return list.check(given, type);
}
