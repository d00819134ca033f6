import { AwsError } from "../wire/aws-error.ts";
import type { PolicyContext } from "./condition.ts";
import { ownerOf } from "./guardrails.ts";
import { decide, decideLayer, type PolicyLayer, reasonOf, type Verdict } from "./layers.ts";
import { globalContext, type Principal, type RequestOrigin } from "./principal.ts";

/** One thing a request asks to be allowed. */
export interface Permission {
  readonly action: string;
  readonly resource: string;
  readonly context?: PolicyContext | undefined;
}

/**
 * Checks a request against every policy that applies to it.
 *
 * @throws {AwsError} `AccessDenied` with AWS's message and the deciding statement
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html).
 */
export function authorise(principal: Principal, permission: Permission, origin: RequestOrigin): void {
  const verdict = decide(layersOf(principal, permission, origin), requestOf(principal, permission, origin));
  if (verdict.decision !== "allow") throw denied(principal, permission, reasonOf(verdict, permission.action));
}

/** What the caller's identity-based policies say by themselves, and what all other policies say. */
export function decisions(
  principal: Principal,
  permission: Permission,
  origin: RequestOrigin,
): { readonly identity: Verdict["decision"]; readonly others: Verdict["decision"] } {
  const request = requestOf(principal, permission, origin);
  const results = layersOf(principal, permission, origin).map((layer) => decideLayer(layer, request));
  const isIdentity = ({ policyType }: Verdict): boolean => policyType === "identity-based policy";
  const others = results.filter((result) => !isIdentity(result)).map(({ decision }) => decision);
  return {
    identity: results.find(isIdentity)?.decision ?? "allow",
    others: others.includes("explicitDeny") ? "explicitDeny" : (others.find((each) => each !== "allow") ?? "allow"),
  };
}

/** The policies that apply to a request, in AWS's order. Root users have no identity-based policies. */
function layersOf(
  principal: Principal,
  { action, resource }: Permission,
  origin: RequestOrigin,
): readonly PolicyLayer[] {
  const { sessionPolicies, scopePolicies = [] } = principal;
  const boundary = principal.boundary?.();
  return [
    ...origin.guardrails.layers({ accountId: principal.accountId, action, resource, sourceVpce: origin.sourceVpce }),
    ...(principal.kind === "root" ? [] : [{ type: "identity-based policy", policies: principal.policies() } as const]),
    ...(boundary === undefined ? [] : [{ type: "permissions boundary", policies: [boundary] } as const]),
    ...(sessionPolicies === undefined ? [] : [{ type: "session policy", policies: sessionPolicies } as const]),
    ...scopePolicies.map((policy) => ({ type: "session policy", policies: [policy] }) as const),
  ];
}

function requestOf(
  principal: Principal,
  { action, resource, context }: Permission,
  origin: RequestOrigin,
): Parameters<typeof decide>[1] {
  return {
    action,
    resource,
    context: {
      ...globalContext(principal, origin),
      "aws:ResourceAccount": ownerOf(resource) ?? principal.accountId,
      ...context,
    },
    principalArns: [principal.arn, ...(principal.roleArn === undefined ? [] : [principal.roleArn])],
  };
}

/** AWS's message about a request that is not allowed. */
export function denied(principal: Principal, { action, resource }: Permission, reason?: string): AwsError {
  const where = resource === "*" ? "" : ` on resource: ${resource}`;
  const why = reason === undefined ? "" : ` ${reason}`;
  return new AwsError("AccessDenied", `User: ${principal.arn} is not authorized to perform: ${action}${where}${why}`);
}
