import type { PolicyContext } from "../iam/condition.ts";
import { globalContext } from "../iam/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import type { Call } from "../world.ts";
import type { Constraints } from "./limits.ts";
import { refusedAction } from "./refused-action.ts";
import { openRoleSession, type SessionPolicies, sessionDuration } from "./session.ts";
import { tagContext } from "./tags.ts";

/** An identity of a provider outside AWS that asks to become a role. */
export interface FederatedCaller {
  readonly roleArn: string;
  readonly sessionName: string;
  /** `AssumeRoleWithWebIdentity` or `AssumeRoleWithSAML`. */
  readonly operation: string;
  /** ARN of the provider that vouches for it. */
  readonly provider: string;
  /** What the provider says, by condition key. */
  readonly context: PolicyContext;
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity: string | undefined;
}

/** Opens a session if the role trusts the caller. An untrusted caller gets the same answer as for an unknown role. */
export function openFederatedSession(
  caller: FederatedCaller,
  policies: SessionPolicies,
  form: Form,
  constraints: Constraints,
  call: Call,
): Record<string, unknown> {
  const { roleArn, sessionName, operation, provider, tags, transitiveTagKeys, sourceIdentity } = caller;
  const role = call.world.roles.get(roleArn);
  const context: PolicyContext = {
    ...globalContext(undefined, call.origin),
    ...caller.context,
    "sts:RoleSessionName": sessionName,
    "sts:SourceIdentity": sourceIdentity,
    ...tagContext(tags, transitiveTagKeys),
  };
  const actions: [string, ...string[]] = [`sts:${operation}`];
  if (Object.keys(tags).length > 0) actions.push("sts:TagSession");
  if (sourceIdentity !== undefined) actions.push("sts:SetSourceIdentity");
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  constraints.settle();
  const refused = refusedAction({ roleArn, role, trustee: { type: "Federated", provider }, actions, context }, call);
  if (role === undefined || refused !== undefined) {
    throw new AwsError("AccessDenied", `Not authorized to perform ${refused ?? operation}`);
  }
  return openRoleSession(call.world, {
    role,
    sessionName,
    durationS: sessionDuration(form.integer("DurationSeconds"), role, undefined, constraints),
    policies,
    tags,
    transitiveTagKeys,
    sourceIdentity,
    federatedProvider: provider,
    minimumTokenSize,
  }).result;
}
