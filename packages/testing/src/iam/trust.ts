import { indexContext, type PolicyContext } from "./condition.ts";
import { appliesTo } from "./statement.ts";
import { listOf, type PolicyDocument, type PolicyPrincipal, type PolicyStatement } from "./policy-document.ts";
import { matchesWildcard } from "./wildcard.ts";

/** The caller that asks to assume a role: an AWS principal, an identity of a provider, or a service of AWS. */
export type Trustee =
  | { readonly type: "AWS"; readonly accountId: string; readonly arns: readonly string[] }
  | { readonly type: "Federated"; readonly provider: string }
  | { readonly type: "Service"; readonly service: string };

/**
 * The decision of a role's trust policy: `direct` if it names the caller itself, `account` if it leaves the decision to
 * the caller's account, whose own policies must then allow it too
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic-cross-account.html).
 */
export type TrustDecision = "direct" | "account" | "explicitDeny" | "implicitDeny";

/** Asks a trust policy whether `trustee` may do `action` (`sts:AssumeRole` or a similar action). */
export function trustOf(
  policy: PolicyDocument,
  trustee: Trustee,
  action: string,
  context: PolicyContext,
): TrustDecision {
  const index = indexContext(context);
  let decision: TrustDecision = "implicitDeny";
  for (const statement of listOf<PolicyStatement>(policy.Statement)) {
    const match = principalMatch(statement, trustee);
    if (match === undefined || !appliesTo(statement, policy.Version, action, "*", index)) continue;
    if (statement.Effect === "Deny") return "explicitDeny";
    if (decision !== "direct") decision = match;
  }
  return decision;
}

/** Whether a statement is about a principal with one of these ARNs; a statement without a principal is about everyone. */
export function namesPrincipal(statement: PolicyStatement, arns: readonly string[]): boolean {
  if (statement.Principal === undefined && statement.NotPrincipal === undefined) return true;
  const accountId = arns[0]?.split(":")[4] ?? "";
  return principalMatch(statement, { type: "AWS", accountId, arns }) !== undefined;
}

function principalMatch(statement: PolicyStatement, trustee: Trustee): "direct" | "account" | undefined {
  if (statement.NotPrincipal !== undefined) {
    return isExempt(statement.NotPrincipal, statement.Effect, trustee) ? undefined : "account";
  }
  return statement.Principal === undefined ? undefined : namedBy(statement.Principal, trustee);
}

/**
 * A deny with NotPrincipal spares a caller only if it lists the whole caller: the account, and the user or the role
 * with its session (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_notprincipal.html). An
 * allow leaves out a caller if it lists any part of the caller.
 */
function isExempt(listed: PolicyPrincipal, effect: PolicyStatement["Effect"], trustee: Trustee): boolean {
  const named = namedBy(listed, trustee) !== undefined;
  if (effect === "Allow" || trustee.type !== "AWS" || listed === "*" || !named) return named;
  const names = listOf<string>(listed.AWS);
  if (names.includes("*")) return true;
  const isAccount = (name: string): boolean =>
    name === trustee.accountId || matchesWildcard(`arn:aws*:iam::${trustee.accountId}:root`, name);
  return names.some(isAccount) && trustee.arns.every((arn) => names.includes(arn) || isAccount(arn));
}

function namedBy(principal: PolicyPrincipal, trustee: Trustee): "direct" | "account" | undefined {
  const names = principal === "*" ? ["*"] : listOf<string>(principal[trustee.type]);
  if (names.includes("*")) return "direct";
  if (trustee.type === "Federated") return names.includes(trustee.provider) ? "direct" : undefined;
  if (trustee.type === "Service") return names.includes(trustee.service) ? "direct" : undefined;
  if (names.some((name) => trustee.arns.includes(name))) return "direct";
  const account = (name: string): boolean =>
    name === trustee.accountId || matchesWildcard("arn:aws*:iam::" + trustee.accountId + ":root", name);
  return names.some(account) ? "account" : undefined;
}
