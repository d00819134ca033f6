import type { PolicyContext } from "../iam/condition.ts";
import { decide } from "../iam/layers.ts";
import type { Role } from "../iam/role.ts";
import { type Trustee, trustOf } from "../iam/trust.ts";
import type { Call } from "../world.ts";

/** A caller without an AWS identity of its own that asks to become a role. */
export interface Assumption {
  readonly roleArn: string;
  /** Undefined: there is no such role. */
  readonly role: Role | undefined;
  readonly trustee: Trustee;
  /** The first action opens the session. The others are for what the session carries, such as `sts:TagSession`. */
  readonly actions: readonly [string, ...string[]];
  readonly context: PolicyContext;
}

/**
 * The first action that the role's trust policy does not allow, or the first of all when the policies around the request
 * refuse it. Undefined: everything is allowed.
 */
export function refusedAction(assumption: Assumption, { origin }: Call): string | undefined {
  const { role, roleArn, trustee, actions, context } = assumption;
  const refused = actions.find(
    (action) => role === undefined || trustOf(role.trustPolicy, trustee, action, context) !== "direct",
  );
  if (refused !== undefined) return refused;
  const [action] = actions;
  // Resource control policies and endpoint policies apply to callers without an account too.
  const layers = origin.guardrails
    .layers({ accountId: "", action, resource: roleArn, sourceVpce: origin.sourceVpce })
    .filter(({ type }) => type !== "service control policy");
  if (layers.length === 0) return undefined;
  return decide(layers, { action, resource: roleArn, context, principalArns: [] }).decision === "allow"
    ? undefined
    : action;
}
