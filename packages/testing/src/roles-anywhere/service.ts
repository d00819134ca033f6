import { createHash } from "node:crypto";
import type { PolicyContext } from "../iam/condition.ts";
import type { PolicyDocument } from "../iam/policy-document.ts";
import { globalContext } from "../iam/principal.ts";
import type { Role } from "../iam/role.ts";
import type { Service } from "../service.ts";
import { refusedAction } from "../sts/refused-action.ts";
import { openRoleSession } from "../sts/session.ts";
import { tagContext } from "../sts/tags.ts";
import { AwsError } from "../wire/aws-error.ts";
import { readJson } from "../wire/json-body.ts";
import { type Answer, restJson } from "../wire/protocol.ts";
import type { ReceivedHead, ReceivedRequest } from "../wire/received-request.ts";
import type { Call } from "../world.ts";
import type { Certificate } from "./certificate.ts";
import { certificateTags, sourceIdentityOf } from "./certificate-tags.ts";
import { checkSignature } from "./check-signature.ts";
import { checkTrust } from "./check-trust.ts";
import type { Profile, RolesAnywhereRegistry, TrustAnchor } from "./registry.ts";

const service = "rolesanywhere.amazonaws.com";

/** https://docs.aws.amazon.com/rolesanywhere/latest/userguide/authentication-create-session.html */
export function rolesAnywhere(registry: RolesAnywhereRegistry): Service {
  const isCreateSession = ({ method, url }: ReceivedHead): boolean => method === "POST" && url.pathname === "/sessions";
  return {
    name: "rolesanywhere",
    signingName: "rolesanywhere",
    protocol: restJson,
    body: "buffered",
    operationOf: (head) => (isCreateSession(head) ? "CreateSession" : undefined),
    route(request) {
      if (!isCreateSession(request)) {
        throw new AwsError("UnknownOperationException", "The local IAM Roles Anywhere serves CreateSession.", {
          status: 404,
        });
      }
      const input = { ...Object.fromEntries(request.url.searchParams), ...readJson(request) };
      return {
        name: "CreateSession",
        input,
        // Signed by a certificate's key, which `createSession` verifies.
        authentication: "none",
        run: (call) => createSession(registry, request, readInput(input), call),
      };
    },
  };
}

interface SessionInput {
  readonly trustAnchorArn: string;
  readonly profileArn: string;
  readonly roleArn: string;
  readonly durationSeconds: number | undefined;
  readonly roleSessionName: string | undefined;
}

function readInput(input: Readonly<Record<string, unknown>>): SessionInput {
  const required = (name: string): string => {
    const value = input[name];
    if (typeof value === "string" && value !== "") return value;
    throw invalid(
      `1 validation error detected: Value null at '${name}' failed to satisfy constraint: Member must not be null`,
    );
  };
  const { durationSeconds, roleSessionName } = input;
  const isDuration = (value: unknown): value is number | undefined =>
    value === undefined || (Number.isInteger(value) && Number(value) >= 900 && Number(value) <= 43_200);
  if (!isDuration(durationSeconds)) {
    throw invalid(
      `1 validation error detected: Value '${JSON.stringify(durationSeconds)}' at 'durationSeconds' failed to satisfy constraint: Member must be between 900 and 43200`,
    );
  }
  const isName = (value: unknown): value is string | undefined =>
    value === undefined || (typeof value === "string" && /^[\w+=,.@-]{2,64}$/.test(value));
  if (!isName(roleSessionName)) {
    throw invalid(
      String.raw`1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]{2,64}`,
    );
  }
  return {
    trustAnchorArn: required("trustAnchorArn"),
    profileArn: required("profileArn"),
    roleArn: required("roleArn"),
    durationSeconds,
    roleSessionName,
  };
}

function createSession(
  registry: RolesAnywhereRegistry,
  request: ReceivedRequest,
  input: SessionInput,
  call: Call,
): Answer {
  const now = call.world.clock.now();
  const { certificate, chain } = checkSignature(request, call.region, now);
  const anchor = found(registry.trustAnchors.get(input.trustAnchorArn), "Trust anchor", call);
  const profile = found(registry.profiles.get(input.profileArn), "Profile", call);
  checkTrust(certificate, chain, anchor.certificates(), now);
  if (registry.isRevoked(certificate)) throw denied("Certificate revoked");

  const role = call.world.roles.get(input.roleArn);
  const accountId = profile.arn.split(":")[4];
  const offered = profile.roleArns === undefined || profile.roleArns.includes(input.roleArn);
  const sessionName = input.roleSessionName ?? certificate.serialHex;
  if (input.roleSessionName !== undefined && !profile.acceptRoleSessionName) {
    throw denied("The profile does not accept a custom role session name");
  }
  const tags = certificateTags(certificate);
  const sourceIdentity = sourceIdentityOf(certificate);
  const trusted =
    offered &&
    anchor.arn.split(":")[4] === accountId &&
    role !== undefined &&
    role.accountId === accountId &&
    isTrusted(role, { sessionName, tags, sourceIdentity, anchor }, call);
  if (role === undefined || !trusted) throw denied(`Unable to assume role for ${input.roleArn}`);

  const { key, result } = openRoleSession(call.world, {
    role,
    sessionName,
    durationS: durationOf(input, profile, role),
    policies: sessionPolicies(profile, call),
    tags,
    transitiveTagKeys: [],
    sourceIdentity,
  });
  const { accessKeyId, secretAccessKey, sessionToken, expiration } = key.credentials;
  const user = result["AssumedRoleUser"] as { readonly Arn: string; readonly AssumedRoleId: string };
  return {
    status: 201,
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      credentialSet: [
        {
          assumedRoleUser: { arn: user.Arn, assumedRoleId: user.AssumedRoleId },
          credentials: {
            accessKeyId,
            secretAccessKey,
            sessionToken,
            expiration: expiration?.toISOString().replace(/\.\d+Z$/, "Z"),
          },
          packedPolicySize: result["PackedPolicySize"],
          roleArn: role.arn,
          sourceIdentity,
        },
      ],
      subjectArn: subjectArn(anchor, certificate),
    }),
  };
}

/** The service, not the caller, becomes the role: its trust policy must allow all three actions. */
function isTrusted(
  role: Role,
  session: {
    readonly sessionName: string;
    readonly tags: Readonly<Record<string, string>>;
    readonly sourceIdentity: string | undefined;
    readonly anchor: TrustAnchor;
  },
  call: Call,
): boolean {
  const { sessionName, tags, sourceIdentity, anchor } = session;
  const context: PolicyContext = {
    ...globalContext(undefined, call.origin),
    "aws:SourceArn": anchor.arn,
    "aws:SourceAccount": anchor.arn.split(":")[4],
    "aws:PrincipalIsAWSService": true,
    "aws:PrincipalServiceName": service,
    "sts:RoleSessionName": sessionName,
    "sts:SourceIdentity": sourceIdentity,
    ...tagContext(tags, []),
    // The certificate's attributes count as tags of the principal already.
    ...Object.fromEntries(Object.entries(tags).map(([key, value]) => [`aws:PrincipalTag/${key}`, value])),
  };
  const actions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"] as const;
  const trustee = { type: "Service", service } as const;
  return refusedAction({ roleArn: role.arn, role, trustee, actions, context }, call) === undefined;
}

/** The shorter one of what was asked for and the profile's; a longer one than the role allows is refused. */
function durationOf(input: SessionInput, profile: Profile, role: Role): number {
  const { durationSeconds } = input;
  if (durationSeconds === undefined) return Math.min(profile.durationSeconds, role.maxSessionDuration);
  const duration = Math.min(durationSeconds, profile.durationSeconds);
  if (duration <= role.maxSessionDuration) return duration;
  throw denied(
    `Unable to assume role for ${role.arn}: The requested DurationSeconds exceeds the MaxSessionDuration set for this role.`,
  );
}

function sessionPolicies(
  { sessionPolicy, managedPolicyArns }: Profile,
  { world }: Call,
): { readonly documents: readonly PolicyDocument[] | undefined; readonly text: string } {
  if (sessionPolicy === undefined && managedPolicyArns.length === 0) return { documents: undefined, text: "" };
  const managed = managedPolicyArns.map((arn) => {
    const policy = world.managedPolicies.get(arn);
    if (policy === undefined) throw denied(`Policy ${arn} does not exist or is not attachable.`);
    return policy;
  });
  const inline = sessionPolicy === undefined ? [] : [sessionPolicy];
  return { documents: [...inline, ...managed], text: JSON.stringify(inline) + managedPolicyArns.join("") };
}

/** A trust anchor or profile of the request's region that is enabled. */
function found<Entry extends { readonly arn: string; readonly enabled: boolean }>(
  entry: Entry | undefined,
  kind: string,
  { region }: Call,
): Entry {
  if (entry === undefined || entry.arn.split(":")[3] !== region) {
    throw new AwsError("ResourceNotFoundException", `${kind} not found`, { status: 404 });
  }
  if (!entry.enabled) throw denied(`${kind} is disabled`);
  return entry;
}

/** A subject is one distinguished name below a trust anchor; its id is made from both. */
function subjectArn(anchor: TrustAnchor, { x509 }: Certificate): string {
  const hash = createHash("sha256").update(`${anchor.arn} ${x509.subject}`).digest("hex");
  const id = hash.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");
  return anchor.arn.replace(/:trust-anchor\/.*$/, `:subject/${id}`);
}

function denied(message: string): AwsError {
  return new AwsError("AccessDenied", message, { status: 403 });
}

function invalid(message: string): AwsError {
  return new AwsError("ValidationException", message);
}
