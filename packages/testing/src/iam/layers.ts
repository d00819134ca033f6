import { indexContext, type PolicyContext } from "./condition.ts";
import { appliesTo } from "./statement.ts";
import { listOf, type PolicyDocument, type PolicyStatement } from "./policy-document.ts";
import { namesPrincipal } from "./trust.ts";

/** The kinds of policy that decide about a request, by what AWS's messages call them. */
export type PolicyType =
  | "resource control policy"
  | "service control policy"
  | "VPC endpoint policy"
  | "identity-based policy"
  | "permissions boundary"
  | "session policy";

/** The policies of one kind that apply to a request. */
export interface PolicyLayer {
  readonly type: PolicyType;
  readonly policies: readonly PolicyDocument[];
}

/** What policies decide about a request, and which statement decides. */
export interface Verdict {
  readonly decision: "allow" | "explicitDeny" | "implicitDeny";
  /** The kind of policy that decides. */
  readonly policyType: PolicyType | undefined;
  /** The position of the deciding policy among those of its kind, from 0. Undefined when no policy allows the request. */
  readonly policy: number | undefined;
  /** The deciding statement. Undefined when no policy allows the request. */
  readonly statement: PolicyStatement | undefined;
}

/** A request as policies see it. */
export interface PolicyRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: PolicyContext;
  /** The caller's ARNs, for policies that name principals: the session's, the role's, the account's. */
  readonly principalArns: readonly string[];
}

/**
 * Decides in AWS's order: an explicit deny in any policy refuses; otherwise every kind of policy that applies must
 * allow (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html).
 * A kind that does not apply to the request is left out of `layers`.
 */
export function decide(layers: readonly PolicyLayer[], request: PolicyRequest): Verdict {
  const results = layers.map((layer) => decideLayer(layer, request));
  return (
    results.find(({ decision }) => decision === "explicitDeny") ??
    results.find(({ decision }) => decision === "implicitDeny") ??
    results.find(({ policyType }) => policyType === "identity-based policy") ??
    results.at(-1) ?? { decision: "implicitDeny", policyType: undefined, policy: undefined, statement: undefined }
  );
}

/** What the policies of one kind say: an explicit deny wins, then an allow, and silence denies. */
export function decideLayer({ type, policies }: PolicyLayer, request: PolicyRequest): Verdict {
  const index = indexContext(request.context);
  let allowed: Verdict | undefined;
  for (const [position, policy] of policies.entries()) {
    for (const statement of listOf<PolicyStatement>(policy.Statement)) {
      const applies =
        namesPrincipal(statement, request.principalArns) &&
        appliesTo(statement, policy.Version, request.action, request.resource, index);
      if (!applies) continue;
      const verdict = { policyType: type, policy: position, statement } as const;
      if (statement.Effect === "Deny") return { decision: "explicitDeny", ...verdict };
      allowed ??= { decision: "allow", ...verdict };
    }
  }
  return allowed ?? { decision: "implicitDeny", policyType: type, policy: undefined, statement: undefined };
}

/** The reason of a refusal as AWS words it, with the deciding statement where there is one. */
export function reasonOf(
  { decision, policyType = "identity-based policy", policy, statement }: Verdict,
  action: string,
): string {
  if (decision !== "explicitDeny") return `because no ${policyType} allows the ${action} action`;
  const article = /^[aeiou]/.test(policyType) ? "an" : "a";
  const named = statement?.Sid === undefined ? "" : `statement ${statement.Sid} of `;
  const which = policy === undefined ? "" : ` (${named}policy ${policy + 1} of its kind)`;
  return `with an explicit deny in ${article} ${policyType}${which}`;
}
