import { conditionHolds, indexContext, type PolicyContext } from "./condition.ts";
import { listOf, type PolicyDocument, type PolicyStatement } from "./policy-document.ts";
import { resolveVariables } from "./variable.ts";
import { matchesWildcard } from "./wildcard.ts";

/** What policies say to a request. */
export type PolicyDecision = "allow" | "explicitDeny" | "implicitDeny";

/** One question to a set of policies of one kind. */
export interface PolicyQuestion {
  readonly policies: readonly PolicyDocument[];
  /** Such as `sagemaker:CreateTrainingJob`. */
  readonly action: string;
  /** The ARN acted on; `*` for actions without one. */
  readonly resource: string;
  /** Values of the condition keys of the request. Default: none. */
  readonly context?: PolicyContext;
}

/**
 * Decides as IAM does for one set of policies: an explicit deny wins, then an allow, and silence denies
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html). Principals are not
 * looked at: that is what trust policies add.
 *
 * @example
 * const decision = evaluate({
 *   policies: [{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "sagemaker:List*", Resource: "*" } }],
 *   action: "sagemaker:ListModels",
 *   resource: "*",
 * });
 */
export function evaluate({ policies, action, resource, context = {} }: PolicyQuestion): PolicyDecision {
  const index = indexContext(context);
  let decision: PolicyDecision = "implicitDeny";
  for (const statement of policies.flatMap((policy) => listOf<PolicyStatement>(policy.Statement))) {
    if (!appliesTo(statement, action, resource, index)) continue;
    if (statement.Effect === "Deny") return "explicitDeny";
    decision = "allow";
  }
  return decision;
}

/** Whether a statement speaks about this action on this resource under these conditions. */
export function appliesTo(
  statement: PolicyStatement,
  action: string,
  resource: string,
  context: ReadonlyMap<string, readonly string[]>,
): boolean {
  const namesAction = (pattern: string): boolean => matchesWildcard(pattern.toLowerCase(), action.toLowerCase());
  const namesResource = (pattern: string): boolean => {
    const resolved = resolveVariables(pattern, context);
    return resolved !== undefined && matchesWildcard(resolved, resource);
  };
  return (
    speaksAbout(statement.Action, statement.NotAction, namesAction) &&
    speaksAbout(statement.Resource, statement.NotResource, namesResource) &&
    (statement.Condition === undefined || conditionHolds(statement.Condition, context))
  );
}

/** Neither element given means that the kind of policy has none: a trust policy names no resource. */
function speaksAbout(
  element: string | readonly string[] | undefined,
  negated: string | readonly string[] | undefined,
  names: (pattern: string) => boolean,
): boolean {
  if (element !== undefined) return listOf<string>(element).some(names);
  return negated === undefined || !listOf<string>(negated).some(names);
}
