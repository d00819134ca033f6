import { AwsError } from "../wire/aws-error.ts";
import type { PolicyContext } from "./condition.ts";
import { evaluate, type PolicyDecision } from "./evaluate.ts";
import { globalContext, type Principal, type RequestOrigin } from "./principal.ts";

/** One thing a request asks to be allowed. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: PolicyContext | undefined;
}

/**
 * Holds a request against the caller's policies and, where its session was limited, against those too.
 *
 * @throws {AwsError} `AccessDenied`, worded as AWS words it
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
export function authorise(principal: Principal, permission: Permission, origin: RequestOrigin): void {
  const { identity, session } = decisions(principal, permission, origin);
  if (identity === "explicitDeny")
    throw denied(principal, permission, "with an explicit deny in an identity-based policy");
  if (session === "explicitDeny") throw denied(principal, permission, "with an explicit deny in a session policy");
  const silent = identity !== "allow" ? "identity-based" : session !== "allow" ? "session" : undefined;
  if (silent !== undefined) {
    throw denied(principal, permission, `because no ${silent} policy allows the ${permission.action} action`);
  }
}

/** What the caller's own policies and the limits of its session say; an unlimited session allows. */
export function decisions(
  principal: Principal,
  { action, resource, context }: Permission,
  origin: RequestOrigin,
): { readonly identity: PolicyDecision; readonly session: PolicyDecision } {
  const question = { action, resource, context: { ...globalContext(principal, origin), ...context } };
  const { sessionPolicies } = principal;
  return {
    identity: principal.kind === "root" ? "allow" : evaluate({ ...question, policies: principal.policies() }),
    session: sessionPolicies === undefined ? "allow" : evaluate({ ...question, policies: sessionPolicies }),
  };
}

/** AWS's sentence about a request that is not allowed. */
export function denied(principal: Principal, { action, resource }: Permission, reason?: string): AwsError {
  const where = resource === "*" ? "" : ` on resource: ${resource}`;
  const why = reason === undefined ? "" : ` ${reason}`;
  return new AwsError("AccessDenied", `User: ${principal.arn} is not authorized to perform: ${action}${where}${why}`);
}
