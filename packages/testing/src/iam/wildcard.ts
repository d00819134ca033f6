import { literalText } from "./variable.ts";

/**
 * Whether `text` matches `pattern`: `*` stands for any characters, `?` for exactly one. It is not translated to a
 * regular expression: patterns come from policies, and this loop cannot backtrack exponentially.
 */
export function matchesWildcard(pattern: string, text: string): boolean {
  const wanted = Array.from(pattern, (character) => (/[*?]/.test(character) ? character : literalText(character)));
  const isWildcard = Array.from(pattern, (character) => character === "*" || character === "?");
  const given = Array.from(text);
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (from < given.length) {
    if (isWildcard[at] === true && wanted[at] === "*") {
      star = at;
      resume = from;
      at += 1;
    } else if (at < wanted.length && (isWildcard[at] === true || wanted[at] === given[from])) {
      at += 1;
      from += 1;
    } else if (star >= 0) {
      at = star + 1;
      resume += 1;
      from = resume;
    } else {
      return false;
    }
  }
  while (isWildcard[at] === true && wanted[at] === "*") at += 1;
  return at === wanted.length;
}

/**
 * Whether an ARN is what a pattern means: each of the six parts between colons is compared by itself, so that a
 * wildcard never reaches into the next
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html#Conditions_ARN).
 */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const given = arnParts(arn);
  if (wanted === undefined || given === undefined) return pattern === "*";
  return wanted.every((part, index) => matchesWildcard(part, given[index] ?? ""));
}

function arnParts(arn: string): readonly string[] | undefined {
  const parts = arn.split(":");
  return parts.length < 6 ? undefined : [...parts.slice(0, 5), parts.slice(5).join(":")];
}
