import { authorise } from "../iam/authorise.ts";
import type { Principal } from "../iam/principal.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";
import { readMfa } from "./mfa.ts";
import { credentialsMember, readSessionPolicies, tokenMembers, tokenUtilization } from "./session.ts";

const durations = { min: 900, max: 129_600, usual: 43_200 } as const;

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html */
export function getSessionToken(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const caller = longTermCaller(call, "GetSessionToken");
  const constraints = createConstraints();
  const durationS = constraints.duration(form.integer("DurationSeconds"), durations);
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  const mfaAt = readMfa(form, caller, world, constraints);
  constraints.settle();
  const principal: Principal = { ...caller, sessionToken: true, issuedAt: new Date(world.clock.now()), mfaAt };
  const key = world.keys.issueSession(principal, durationS, minimumTokenSize);
  return { Credentials: credentialsMember(key), ...tokenMembers(key) };
}

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html */
export function getFederationToken(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const caller = longTermCaller(call, "GetFederationToken");
  const constraints = createConstraints();
  const name = constraints.required("name", form.text("Name"));
  const durationS = constraints.duration(form.integer("DurationSeconds"), durations);
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  const tags = constraints.tags(form.structures("Tags", ["Key", "Value"]));
  constraints.settle();
  const policies = readSessionPolicies(form, world, constraints);
  const arn = `arn:aws:sts::${caller.accountId}:federated-user/${name}`;
  authorise(caller, { action: "sts:GetFederationToken", resource: arn }, call.origin);
  const utilization = tokenUtilization(policies.text, tags);
  const principal: Principal = {
    ...caller,
    kind: "federated-user",
    arn,
    userId: `${caller.accountId}:${name}`,
    name,
    // Without a policy the session may do nothing at all.
    sessionPolicies: policies.documents ?? [],
    tags: { ...caller.tags, ...tags },
    issuedAt: new Date(world.clock.now()),
  };
  const key = world.keys.issueSession(principal, durationS, minimumTokenSize);
  return {
    Credentials: credentialsMember(key),
    FederatedUser: { FederatedUserId: principal.userId, Arn: arn },
    PackedPolicySize: utilization === 0 ? undefined : utilization,
    ...tokenMembers(key, utilization),
  };
}

function longTermCaller(call: Call, operation: string): Principal {
  const caller = callerOf(call);
  if (caller.kind !== "user" || caller.issuedAt !== undefined) {
    throw new AwsError("AccessDenied", `Cannot call ${operation} with session credentials`);
  }
  return caller;
}
