import { deflateRawSync } from "node:zlib";
import type { AccessKey } from "../iam/access-keys.ts";
import { parsePolicy } from "../iam/parse-policy.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import type { Principal } from "../iam/principal.ts";
import type { Role } from "../iam/role.ts";
import { TestingError } from "../error.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Form } from "../wire/form.ts";
import type { World } from "../world.ts";
import { type Constraints, MAX_TOKEN_SIZE } from "./limits.ts";

/** The limits that a caller set for its session. */
export interface SessionPolicies {
  /** Undefined: not limited. */
  readonly documents: readonly PolicyDocument[] | undefined;
  /** The policies as plain text, for the size limit. */
  readonly text: string;
}

/** Reads `Policy` and `PolicyArns`; a call that passes neither leaves its session as wide as the role. */
export function readSessionPolicies(form: Form, world: World, constraints: Constraints): SessionPolicies {
  const inline = constraints.optional("policy", form.text("Policy"));
  const arns = form.structures("PolicyArns", ["arn"]).map(({ arn }) => arn ?? "");
  constraints.settle();
  if (inline === undefined && arns.length === 0) return { documents: undefined, text: "" };
  if (arns.length > 10) throw new AwsError("ValidationError", "The number of policy ARNs must not exceed 10.");
  const managed = arns.map((arn) => {
    const document = world.managedPolicies.get(arn);
    if (document === undefined) {
      throw new AwsError("MalformedPolicyDocument", `Policy ${arn} does not exist or is not attachable.`);
    }
    return document;
  });
  const documents = inline === undefined ? managed : [readPolicy(inline), ...managed];
  return { documents, text: [inline ?? "", ...arns].join("") };
}

/** Reads a session policy. */
export function readPolicy(text: string): PolicyDocument {
  try {
    return parsePolicy(text, "identity");
  } catch (error) {
    if (error instanceof TestingError) throw new AwsError("MalformedPolicyDocument", error.message);
    throw error;
  }
}

/** What makes a session of a role. */
export interface RoleSession {
  readonly role: Role;
  readonly sessionName: string;
  readonly durationS: number;
  readonly policies: SessionPolicies;
  /** The session's own tags and those it inherits; they hide the role's of the same key. */
  readonly tags: Readonly<Record<string, string>>;
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string | undefined;
  readonly mfaAt?: Date | undefined;
  readonly federatedProvider?: string | undefined;
  /** `MinimumSessionTokenSize`. */
  readonly minimumTokenSize?: number | undefined;
}

/** Issues the session's key and describes it as every AssumeRole operation does. */
export function openRoleSession(
  world: World,
  session: RoleSession,
): { key: AccessKey; result: Record<string, unknown> } {
  const { role, sessionName, policies, tags } = session;
  const utilization = tokenUtilization(policies.text, tags);
  const principal: Principal = {
    kind: "assumed-role",
    arn: `${role.arn.replace(":iam:", ":sts:").replace(/:role\/.*/, "")}:assumed-role/${role.name}/${sessionName}`,
    userId: `${role.roleId}:${sessionName}`,
    accountId: role.accountId,
    name: sessionName,
    roleArn: role.arn,
    policies: () => world.roles.get(role.arn)?.policies ?? [],
    boundary: () => world.roles.get(role.arn)?.permissionsBoundary,
    sessionPolicies: policies.documents,
    tags: mergeTags(role.tags, tags),
    transitiveTagKeys: session.transitiveTagKeys,
    sourceIdentity: session.sourceIdentity,
    issuedAt: new Date(world.clock.now()),
    mfaAt: session.mfaAt,
    federatedProvider: session.federatedProvider,
  };
  const key = world.keys.issueSession(principal, session.durationS, session.minimumTokenSize);
  return {
    key,
    result: {
      Credentials: credentialsMember(key),
      AssumedRoleUser: { AssumedRoleId: principal.userId, Arn: principal.arn },
      PackedPolicySize: utilization === 0 ? undefined : utilization,
      SourceIdentity: session.sourceIdentity,
      ...tokenMembers(key, utilization),
    },
  };
}

/** How large the session token is, and how much of the room for it that is, in percent. */
export function tokenMembers({ credentials }: AccessKey, utilization = 0): Record<string, unknown> {
  const size = credentials.sessionToken?.length ?? 0;
  return {
    SessionTokenUtilization: Math.max(utilization, Math.ceil((size / MAX_TOKEN_SIZE) * 100)),
    SessionTokenSize: size,
  };
}

/** Credentials as STS writes them. */
export function credentialsMember({ credentials }: AccessKey): Record<string, unknown> {
  return {
    AccessKeyId: credentials.accessKeyId,
    SecretAccessKey: credentials.secretAccessKey,
    SessionToken: credentials.sessionToken,
    Expiration: credentials.expiration,
  };
}

/**
 * How much of a session token's room policy and tags take, in percent. AWS publishes no formula, only that it packs
 * both into a binary form with a separate limit: this deflates them and allows 1,536 bytes.
 *
 * @throws {AwsError} `PackedPolicyTooLarge` beyond 100 %.
 */
export function tokenUtilization(policy: string, tags: Readonly<Record<string, string>>): number {
  if (policy === "" && Object.keys(tags).length === 0) return 0;
  const percent = Math.ceil((deflateRawSync(policy + JSON.stringify(tags)).length / 1536) * 100);
  if (percent > 100) {
    throw new AwsError(
      "PackedPolicyTooLarge",
      `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
    );
  }
  return percent;
}

/** `over` on top of `base`; keys of tags differ in more than case. */
function mergeTags(
  base: Readonly<Record<string, string>>,
  over: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const hidden = new Set(Object.keys(over).map((key) => key.toLowerCase()));
  return { ...Object.fromEntries(Object.entries(base).filter(([key]) => !hidden.has(key.toLowerCase()))), ...over };
}

/** Reads the duration a session may have. */
export function sessionDuration(
  requested: number | undefined,
  role: Role,
  caller: Principal | undefined,
  constraints: Constraints,
): number {
  const durationS = constraints.duration(requested, { min: 900, max: 43_200, usual: 3600 });
  constraints.settle();
  if (caller?.kind === "assumed-role" && durationS > 3600) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    );
  }
  if (durationS > role.maxSessionDuration) {
    throw new AwsError(
      "ValidationError",
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
  }
  return durationS;
}
