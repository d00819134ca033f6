import { authorise } from "../iam/authorise.ts";
import type { Principal } from "../iam/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { headerOf } from "../wire/received-request.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";
import { credentialsMember, readPolicy, tokenMembers, tokenUtilization } from "./session.ts";

const MAX_SCOPE_POLICIES = 3;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetScopedCredentials.html */
export function getScopedCredentials(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const caller = callerOf(call);
  const constraints = createConstraints();
  const requested = form.integer("DurationSeconds");
  constraints.duration(requested, { min: 1, max: 129_600, usual: 1 });
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  const policy = constraints.optional("policy", form.text("Policy"));
  constraints.optional("scopedSessionDescription", form.text("ScopedSessionDescription"));
  constraints.settle();
  if (headerOf(call.request, "host") === "sts.amazonaws.com") {
    throw new AwsError("AccessDenied", "GetScopedCredentials is not supported on the global endpoint.");
  }
  const expiresAt = world.keys.find(call.accessKeyId ?? "")?.expiresAt;
  if (expiresAt === undefined) {
    throw new AwsError("AccessDenied", "Cannot call GetScopedCredentials with long-term credentials");
  }
  if (policy === undefined && requested === undefined) {
    throw new AwsError("ValidationError", "At least one of Policy and DurationSeconds must be specified.");
  }
  authorise(caller, { action: "sts:GetScopedCredentials", resource: "*" }, call.origin);
  const inherited = caller.scopePolicies ?? [];
  const scopePolicies = policy === undefined ? inherited : [...inherited, readPolicy(policy)];
  if (scopePolicies.length > MAX_SCOPE_POLICIES) {
    throw new AwsError("AccessDenied", `A session can have at most ${MAX_SCOPE_POLICIES} scope-down policies.`);
  }
  const remainingS = expiresAt / 1000 - Math.floor(world.clock.now() / 1000);
  if (requested !== undefined && requested > remainingS) {
    throw new AwsError(
      "InsufficientSessionLifetime",
      `The requested DurationSeconds exceeds the remaining lifetime of the calling session, ${remainingS} seconds.`,
    );
  }
  const utilization = tokenUtilization(scopePolicies.map((policy) => JSON.stringify(policy)).join(""), {});
  const principal: Principal = { ...caller, scopePolicies, issuedAt: new Date(world.clock.now()) };
  const key = world.keys.issueSession(principal, requested ?? remainingS, minimumTokenSize);
  return {
    Credentials: credentialsMember(key),
    SessionInfo: { ScopedSessionId: caller.userId, Arn: caller.arn },
    ...tokenMembers(key, utilization),
    ScopedPoliciesCount: scopePolicies.length,
    SourceIdentity: caller.sourceIdentity,
  };
}
