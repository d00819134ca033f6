import { decisions, denied, type Permission } from "../iam/authorise.ts";
import type { PolicyContext } from "../iam/condition.ts";
import { globalContext, type Principal } from "../iam/principal.ts";
import type { Role } from "../iam/role.ts";
import { trustOf } from "../iam/trust.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import { type Call, callerOf } from "../world.ts";
import { createConstraints } from "./limits.ts";
import { readMfa } from "./mfa.ts";
import { openRoleSession, readSessionPolicies, sessionDuration } from "./session.ts";
import { tagContext } from "./tags.ts";

/** https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html */
export function assumeRole(form: Form, call: Call): Record<string, unknown> {
  const { world } = call;
  const caller = callerOf(call);
  const constraints = createConstraints();
  const roleArn = constraints.required("roleArn", form.text("RoleArn"));
  const sessionName = constraints.required("roleSessionName", form.text("RoleSessionName"));
  const externalId = constraints.optional("externalId", form.text("ExternalId"));
  const claimed = constraints.optional("sourceIdentity", form.text("SourceIdentity"));
  const ownTags = constraints.tags(form.structures("Tags", ["Key", "Value"]));
  const transitive = form.list("TransitiveTagKeys");
  const minimumTokenSize = constraints.tokenSize(form.integer("MinimumSessionTokenSize"));
  constraints.settle();
  const policies = readSessionPolicies(form, world, constraints);
  if (caller.kind === "root") throw new AwsError("AccessDenied", "Roles may not be assumed by root accounts.");

  const { tags, transitiveTagKeys } = inheritTags(caller, ownTags, transitive);
  const sourceIdentity = inheritSourceIdentity(caller, claimed);
  const mfaAt = readMfa(form, caller, world, constraints) ?? caller.mfaAt;

  const context: PolicyContext = {
    "sts:ExternalId": externalId,
    "sts:RoleSessionName": sessionName,
    "sts:SourceIdentity": sourceIdentity,
    "sts:DurationSeconds": form.integer("DurationSeconds"),
    ...tagContext(ownTags, transitive),
    ...(mfaAt === undefined ? {} : { "aws:MultiFactorAuthPresent": true, "aws:MultiFactorAuthAge": 0 }),
  };
  const role = world.roles.get(roleArn);
  const permissions = ["sts:AssumeRole"];
  if (Object.keys(tags).length > 0) permissions.push("sts:TagSession");
  if (sourceIdentity !== undefined) permissions.push("sts:SetSourceIdentity");
  for (const action of permissions) mayBecome(role, { action, resource: roleArn, context }, call);
  // `mayBecome` has already refused a role that does not exist.
  const found = role as Role;

  const durationS = sessionDuration(form.integer("DurationSeconds"), found, caller, constraints);
  return openRoleSession(world, {
    role: found,
    sessionName,
    durationS,
    policies,
    tags,
    transitiveTagKeys,
    sourceIdentity,
    mfaAt,
    minimumTokenSize,
  }).result;
}

/**
 * Within an account either the role names the caller, or it trusts the account and the caller's own policies allow it;
 * across accounts both must. A role that does not exist gets the same answer, so callers cannot probe for roles.
 */
function mayBecome(role: Role | undefined, permission: Permission, call: Call): void {
  const caller = callerOf(call);
  if (role === undefined) throw denied(caller, permission);
  const { identity, others } = decisions(caller, permission, call.origin);
  const trust = trustOf(
    role.trustPolicy,
    { type: "AWS", accountId: caller.accountId, arns: [caller.arn, caller.roleArn ?? caller.arn] },
    permission.action,
    { ...globalContext(caller, call.origin), "aws:ResourceAccount": role.accountId, ...permission.context },
  );
  const sameAccount = role.accountId === caller.accountId;
  const trusted = trust === "direct" || trust === "account";
  const allowed = identity === "allow" || (sameAccount && trust === "direct" && identity !== "explicitDeny");
  if (!trusted || !allowed || others !== "allow") throw denied(caller, permission);
}

/**
 * Transitive tags come with the session that calls, and cannot be passed anew
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html#id_session-tags_role-chaining).
 */
function inheritTags(
  caller: Principal,
  own: Readonly<Record<string, string>>,
  transitive: readonly string[],
): { tags: Readonly<Record<string, string>>; transitiveTagKeys: readonly string[] } {
  const isInherited = (key: string): boolean =>
    caller.transitiveTagKeys.some((each) => each.toLowerCase() === key.toLowerCase());
  const clash = Object.keys(own).find(isInherited);
  if (clash !== undefined) {
    throw new AwsError(
      "InvalidParameterValue",
      `One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session: ${clash}.`,
    );
  }
  const missing = transitive.find((key) => !Object.keys(own).some((each) => each.toLowerCase() === key.toLowerCase()));
  if (missing !== undefined) {
    throw new AwsError(
      "InvalidParameterValue",
      "The specified transitive tag key must be included in the requested tags.",
    );
  }
  const inherited = Object.fromEntries(Object.entries(caller.tags).filter(([key]) => isInherited(key)));
  return { tags: { ...inherited, ...own }, transitiveTagKeys: [...caller.transitiveTagKeys, ...transitive] };
}

/** A source identity, once set, stays with every session down the chain. */
function inheritSourceIdentity(caller: Principal, claimed: string | undefined): string | undefined {
  if (caller.sourceIdentity !== undefined && claimed !== undefined && claimed !== caller.sourceIdentity) {
    throw new AwsError("AccessDenied", "The source identity of the calling session cannot be changed.");
  }
  return caller.sourceIdentity ?? claimed;
}
