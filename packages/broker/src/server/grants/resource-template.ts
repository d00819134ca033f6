import { own } from "@countersign/signer/options";

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]*)\}/g;

/** A claim in a part of an ARN, with what stands beside it. */
interface Placed {
  readonly claim: string;
  /** Next to the claim, on the sides where a wildcard or variable follows in the same part. */
  readonly separators: readonly string[];
}

/** The names of the claims in a resource. */
export function claimsIn(resource: string): string[] {
  return [...resource.matchAll(PLACEHOLDER)].map(([, name]) => name ?? "");
}

/** Replaces each `{claim}`. */
export function fillIn(resource: string, valueOf: (claim: string) => string): string {
  return resource.replaceAll(PLACEHOLDER, (_, claim: string) => valueOf(claim));
}

/**
 * Why a template is not safe, completing the sentence "must have …": the claims of one caller could then name resources
 * of another.
 *
 * - Two claims in one part of an ARN, such as `{tenant}-{team}`: "a-b" and "c" make the same text as "a" and "b-c".
 * - A claim beside a wildcard, such as `{tenant}*`: the tenant "a" would match what belongs to "ab".
 * - A claim between two `*`, such as `*-{tenant}-*`: the tenant "b" would match "x-a-b-y", which belongs to "a". A `*`
 *   of IAM spans `/` too, so a claim that is a folder of its own is no better.
 * - A variable such as `${aws:PrincipalTag/team}` is judged as a `*`: its value may be any text.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
 */
export function templateFault(resource: string): string | undefined {
  const [, within] = /\$(?:\{[^}]*)?\{([A-Za-z][A-Za-z0-9_-]*)\}/.exec(resource) ?? [];
  if (within !== undefined) return `no $ before {${within}}`;
  const plain = withoutVariables(resource);
  for (const part of plain.split(/[:/]/)) {
    const [first, second] = claimsIn(part);
    if (first !== undefined && second !== undefined) return `: or / between {${first}} and {${second}}`;
    for (const separator of separatorsIn(part)?.separators ?? []) {
      if (!/^[^A-Za-z0-9*?]$/.test(separator)) {
        return `a separator such as - between {${first}} and the wildcard or variable`;
      }
    }
  }
  const between = claimBetweenStars(plain);
  if (between === undefined) return undefined;
  const unnamed = EARLY.filter((_, index) => goesOn(plain.split(":")[index + 1] ?? ""));
  const isMendedByNames = unnamed.length > 0 && claimBetweenStars(withNames(plain)) === undefined;
  return isMendedByNames
    ? `${unnamed.join(" and ")} by name: a * at the end goes on into the next parts, and another one follows {${between}},`
    : `no * or variable before {${between}} when one follows it`;
}

/** The parts of an ARN before its resource, from the second one on. */
const EARLY: readonly string[] = ["the partition", "the service", "the Region", "the account"];

function withNames(resource: string): string {
  return resource
    .split(":")
    .map((part, index) => (index < 5 && goesOn(part) ? "name" : part))
    .join(":");
}

/** Whether a `*` at the end of a part goes on into the next ones. */
function goesOn(part: string): boolean {
  return /\*\?*$/.test(part);
}

function claimBetweenStars(resource: string): string | undefined {
  return segmentsOf(resource).flatMap(claimsBetweenStars)[0];
}

/** A resource with `*` for each variable. The variables for `*` and `?` mean one character, and separate nothing. */
function withoutVariables(resource: string): string {
  const meanings: Readonly<Record<string, string>> = { "*": "x", "?": "x", $: "$" };
  return resource.replaceAll(/\$\{([^{}]*)\}/g, (_, name: string) => own(meanings, name) ?? "*");
}

/**
 * The parts of an ARN that a `*` does not leave; the last one may contain colons. A `*` at the end of a part goes on into
 * the next ones, unless names have no colons.
 */
function segmentsOf(resource: string): string[] {
  const parts = resource.split(":");
  const segments = [...parts.slice(0, 5), parts.slice(5).join(":")];
  if (parts[2] === "sagemaker") return segments;
  return segments.reduceRight<string[]>(
    (after, segment) => (goesOn(segment) ? [[segment, ...after].join(":")] : [segment, ...after]),
    [],
  );
}

function claimsBetweenStars(segment: string): string[] {
  const first = segment.indexOf("*");
  return first === -1 ? [] : claimsIn(segment.slice(first + 1, segment.lastIndexOf("*")));
}

/**
 * The characters that a claim must not contain: they separate it from a wildcard or variable. Before the fifth colon STS
 * takes no variables, so a wildcard cannot be written as itself there.
 */
export function separatorsOf(resource: string, claim: string): readonly string[] {
  const plain = withoutVariables(resource);
  const isEarly = plain.split(":", 5).some((part) => claimsIn(part).includes(claim));
  const separators = plain.split(/[:/]/).flatMap((part) => {
    const placed = separatorsIn(part);
    return placed?.claim === claim ? placed.separators : [];
  });
  return isEarly ? [...separators, "*", "?", "$"] : separators;
}

function separatorsIn(part: string): Placed | undefined {
  const [match] = [...part.matchAll(PLACEHOLDER)];
  if (match === undefined) return undefined;
  const before = part.slice(0, match.index);
  const after = part.slice(match.index + match[0].length);
  return {
    claim: match[1] ?? "",
    separators: [
      ...(/[*?]/.test(before) ? [before.slice(-1)] : []),
      ...(/[*?]/.test(after) ? [after.slice(0, 1)] : []),
    ],
  };
}
