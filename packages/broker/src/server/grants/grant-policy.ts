import type { PolicyDocument } from "../../model/policy.ts";
import type { GrantStatement } from "../config/grant.ts";
import { VendingError } from "../vending-error.ts";

/** The longest claim that can become part of a policy, in characters. */
const MAX_CLAIM = 64;

/** Characters of an inline session policy: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. */
export const MAX_POLICY = 2_048;

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]*)\}/g;

/** The names of the claims in resources. */
export function claimsOf(allow: readonly GrantStatement[]): string[] {
  const names = allow.flatMap(({ resources }) => resources.flatMap((arn) => [...arn.matchAll(PLACEHOLDER)]));
  return [...new Set(names.map(([, name]) => name ?? ""))];
}

/**
 * The session policy of a grant for one caller. Claims are put into the objects of the policy before it is serialised, so
 * no claim can end a string or open a statement.
 *
 * @throws VendingError `CLAIM_REJECTED` for a missing claim, or one that could change other parts of the ARN.
 */
export function grantPolicy(
  allow: readonly GrantStatement[],
  claims: Readonly<Record<string, unknown>>,
): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: allow.map(({ actions, resources }) => ({
      Effect: "Allow",
      Action: [...actions],
      Resource: resources.map((arn) => arn.replaceAll(PLACEHOLDER, (_, name: string) => arnPart(name, claims[name]))),
    })),
  };
}

/** The length of the longest policy that a grant can become. */
export function longestPolicy(allow: readonly GrantStatement[]): number {
  const longest = Object.fromEntries(claimsOf(allow).map((name) => [name, "*".repeat(MAX_CLAIM)]));
  return JSON.stringify(grantPolicy(allow, longest)).length;
}

/**
 * Two claims in one part of an ARN, such as `{tenant}-{team}`. The claims "a-b" and "c" would make the same text as "a"
 * and "b-c", so one tenant could name resources of another.
 */
export function touchingClaims(resource: string): readonly [string, string] | undefined {
  for (const part of resource.split(/[:/]/)) {
    const [first, second] = [...part.matchAll(PLACEHOLDER)];
    if (first !== undefined && second !== undefined) return [first[1] ?? "", second[1] ?? ""];
  }
  return undefined;
}

/**
 * A claim as a part of an ARN. `*`, `?` and `$` are special in IAM and are written as its escapes, `$` first
 * (unitycatalog#1713); `:` and `/` would shift the parts that follow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function arnPart(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw new VendingError("CLAIM_REJECTED", `claim ${name}: must be text`);
  }
  if (value.length > MAX_CLAIM || !/^[\x20-\x7e]+$/.test(value) || /[:/\\"]/.test(value)) {
    throw new VendingError(
      "CLAIM_REJECTED",
      `claim ${name}: must be at most ${MAX_CLAIM} visible ASCII characters without : / \\ and "`,
    );
  }
  return value.replaceAll(/[$*?]/g, (character) => `\${${character}}`);
}
