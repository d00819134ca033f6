import type { PolicyDocument } from "../../model/policy.ts";
import type { GrantStatement } from "../config/grant.ts";
import { VendingError } from "../vending-error.ts";

/** The most a claim may hold to become part of a policy, in characters. */
const MAX_CLAIM = 64;

/** Characters of an inline session policy: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. */
export const MAX_POLICY = 2_048;

const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_-]*)\}/g;

/** Claims that resources are made of. */
export function claimsOf(allow: readonly GrantStatement[]): string[] {
  const names = allow.flatMap(({ resources }) => resources.flatMap((arn) => [...arn.matchAll(PLACEHOLDER)]));
  return [...new Set(names.map(([, name]) => name ?? ""))];
}

/**
 * The session policy of a grant for one caller. Values of claims are put into the objects of the policy, which is then
 * serialised: no value can end a string or open a statement.
 *
 * @throws VendingError `CLAIM_REJECTED` for a claim that is missing, or would reach beyond its place in an ARN.
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

/** The longest the policy of a grant can become, whoever asks. */
export function longestPolicy(allow: readonly GrantStatement[]): number {
  const longest = Object.fromEntries(claimsOf(allow).map((name) => [name, "*".repeat(MAX_CLAIM)]));
  return JSON.stringify(grantPolicy(allow, longest)).length;
}

/**
 * A claim as a part of an ARN. `*`, `?` and `$` mean something to IAM and are written as its escapes, `$` first
 * (unitycatalog#1713); `:` and `/` would shift the parts that follow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function arnPart(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw new VendingError("CLAIM_REJECTED", `the token has no claim ${name} of text`);
  }
  if (value.length > MAX_CLAIM || !/^[\x20-\x7e]+$/.test(value) || /[:/\\"]/.test(value)) {
    throw new VendingError(
      "CLAIM_REJECTED",
      `claim ${name}: at most ${MAX_CLAIM} visible ASCII characters without : / \\ and " can name a resource`,
    );
  }
  return value.replaceAll(/[$*?]/g, (character) => `\${${character}}`);
}
