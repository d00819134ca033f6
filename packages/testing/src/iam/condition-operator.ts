import { BlockList, isIP } from "node:net";
import { table } from "../table.ts";
import { literalText } from "./variable.ts";
import { matchesArn, matchesWildcard } from "./wildcard.ts";

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

/** A condition operator with its set operator and `IfExists`. */
export interface Operator {
  readonly set: "any" | "all" | undefined;
  readonly ifExists: boolean;
  readonly negated: boolean;
  readonly compare: Comparison;
  /** Values may hold policy variables: those of string and ARN operators. */
  readonly variables: boolean;
}

/** Whether IAM knows the operator. `Null` takes neither a set operator nor `IfExists`. */
export function isOperator(text: string): boolean {
  return isNull(text) || parseOperator(text) !== undefined;
}

export const isNull = (text: string): boolean => text.toLowerCase() === "null";

/** Undefined: IAM does not know the operator. */
export function parseOperator(text: string): Operator | undefined {
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
    variables: /^(?:string|arn)/.test(positive),
  };
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
