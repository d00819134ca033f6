import { own } from "@countersign/signer/options";
import type { PolicyDocument } from "../../model/policy.ts";
import type { GrantStatement } from "../config/grant.ts";
import { VendingError } from "../vending-error.ts";
import { claimsIn, fillIn, separatorsOf } from "./resource-template.ts";

/** The longest claim that can become part of a policy, in characters. */
const MAX_CLAIM = 64;

/** Characters of an inline session policy: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html. */
export const MAX_POLICY = 2_048;

/** The names of the claims in resources. */
export function claimsOf(allow: readonly GrantStatement[]): string[] {
  return [...new Set(allow.flatMap(({ resources }) => resources.flatMap(claimsIn)))];
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
  return policyOf(allow, (arn) => fillIn(arn, (name) => arnPart(name, own(claims, name), separatorsOf(arn, name))));
}

/** The length of the longest policy that a grant can become. */
export function longestPolicy(allow: readonly GrantStatement[]): number {
  return JSON.stringify(policyOf(allow, (arn) => fillIn(arn, () => escaped("*".repeat(MAX_CLAIM))))).length;
}

function policyOf(allow: readonly GrantStatement[], resourceOf: (arn: string) => string): PolicyDocument {
  return {
    Version: "2012-10-17",
    Statement: allow.map(({ actions, resources }) => ({
      Effect: "Allow",
      Action: [...actions],
      Resource: resources.map(resourceOf),
    })),
  };
}

/**
 * A claim as a part of an ARN. `*`, `?` and `$` are special in IAM and are written as its escapes, `$` first
 * (unitycatalog#1713); `:` and `/` would shift the parts that follow.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
 */
function arnPart(name: string, value: unknown, separators: readonly string[]): string {
  if (typeof value !== "string" || value === "") {
    throw new VendingError("CLAIM_REJECTED", `claim ${name}: must be text`);
  }
  if (value.length > MAX_CLAIM || !/^[\x20-\x7e]+$/.test(value) || /[:/\\"]/.test(value)) {
    throw new VendingError(
      "CLAIM_REJECTED",
      `claim ${name}: must be at most ${MAX_CLAIM} visible ASCII characters without : / \\ and "`,
    );
  }
  const separator = separators.find((one) => value.includes(one));
  if (separator !== undefined) {
    throw new VendingError(
      "CLAIM_REJECTED",
      `claim ${name}: must not contain ${JSON.stringify(separator)} in the place that the grant gives it`,
    );
  }
  return escaped(value);
}

function escaped(value: string): string {
  return value.replaceAll(/[$*?]/g, (character) => `\${${character}}`);
}
