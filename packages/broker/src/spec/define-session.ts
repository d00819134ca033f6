import { checkOptions, isRecord, type Shapes } from "@countersign/signer/options";
import { refuseSpec } from "../errors/refuse.ts";
import type {
  AssumeRootSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionTokenSpec,
  WebIdentitySpec,
  WebIdentityTokenSpec,
} from "./role-spec.ts";
import { type Definition, define } from "./definition.ts";
import { providedContexts } from "./provided-contexts.ts";
import { sessionNameFrom } from "./session-name.ts";
import { sessionPolicy } from "./session-policy.ts";
import type { Session } from "../model/session.ts";
import { chainedDuration, parentOf, principalOf, type SessionContext } from "./session-source.ts";
import { instanceId } from "../sources/source.ts";
import {
  assumeRootShapes,
  federationTokenShapes,
  roleShapes,
  samlShapes,
  sessionTokenShapes,
  webIdentityShapes,
  webIdentityTokenShapes,
} from "./spec-shapes.ts";
import { checkTags, checkTransitiveTagKeys, invalidSpec } from "./sts-limits.ts";
import type { StsInput } from "../sts/sts.ts";

/** The default of `durationSeconds` of `AssumeRole`. */
const DEFAULT_SECONDS = 3600;

/** Checks a spec of `AssumeRole` and turns it into a session. */
export function roleSession(unchecked: RoleSpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, roleShapes);
  const parent = parentOf(spec.via, context);
  const tags = checkTags(spec.tags);
  const transitiveTagKeys = checkTransitiveTagKeys(spec.transitiveTagKeys, tags);
  const inherited = parent?.transitiveTagKeys ?? [];
  const twice = tags?.find(({ Key }) => inherited.some((key) => key.toLowerCase() === Key.toLowerCase()));
  if (twice !== undefined) {
    throw invalidSpec("tags", `must not set ${JSON.stringify(twice.Key)} again; the role in via passes it on`);
  }
  const given = {
    RoleArn: spec.roleArn,
    ...(spec.sessionName !== undefined && { RoleSessionName: spec.sessionName }),
    ...(spec.externalId !== undefined && { ExternalId: spec.externalId }),
    ...(spec.sourceIdentity !== undefined && { SourceIdentity: spec.sourceIdentity }),
    ...sessionPolicy(spec),
    ...(tags && { Tags: tags }),
    ...(transitiveTagKeys && { TransitiveTagKeys: transitiveTagKeys }),
    ...mfaInput(spec.mfa),
  };
  return define({
    operation: "AssumeRole",
    tenant: spec.tenant,
    issuer: spec.issuer,
    given: { ...given, ...(spec.durationSeconds !== undefined && { DurationSeconds: spec.durationSeconds }) },
    input: { RoleSessionName: nameFor(spec, context), ...given },
    ...chainedDuration(secondsOf(spec), parent),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    ...principalOf(parent, context),
    ...mfaSecrets(spec.mfa, context),
    transitiveTagKeys: [...inherited, ...(transitiveTagKeys ?? [])],
    contexts: providedContexts(spec.contexts),
  });
}

/** Checks a spec of `AssumeRoleWithWebIdentity` and turns it into a session. */
export function webIdentitySession(unchecked: WebIdentitySpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, webIdentityShapes);
  const { token } = spec;
  const given = {
    RoleArn: spec.roleArn,
    ...(spec.sessionName !== undefined && { RoleSessionName: spec.sessionName }),
    ...(spec.providerId !== undefined && { ProviderId: spec.providerId }),
    ...sessionPolicy(spec),
  };
  return define({
    operation: "AssumeRoleWithWebIdentity",
    tenant: spec.tenant,
    given,
    input: { RoleSessionName: nameFor(spec, context), ...given },
    durationSeconds: secondsOf(spec),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    principal: bearer(spec.subject, token),
    secrets: async () => ({ WebIdentityToken: await bearerToken("token", token) }),
  });
}

/** Checks a spec of `AssumeRoleWithSAML` and turns it into a session. */
export function samlSession(unchecked: SamlSpec): Session {
  const spec = checkSpec(unchecked, samlShapes);
  const { assertion } = spec;
  const given = { RoleArn: spec.roleArn, PrincipalArn: spec.principalArn, ...sessionPolicy(spec) };
  return define({
    operation: "AssumeRoleWithSAML",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: secondsOf(spec),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    principal: bearer(spec.subject, assertion),
    secrets: async () => ({ SAMLAssertion: await bearerToken("assertion", assertion) }),
  });
}

/** Checks a spec of `GetSessionToken` and turns it into a session. */
export function sessionTokenSession(unchecked: SessionTokenSpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, sessionTokenShapes);
  const given = mfaInput(spec.mfa);
  return define({
    operation: "GetSessionToken",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: secondsOf(spec),
    ...principalOf(undefined, context),
    ...mfaSecrets(spec.mfa, context),
  });
}

/** Checks a spec of `GetFederationToken` and turns it into a session. */
export function federationTokenSession(unchecked: FederationTokenSpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, federationTokenShapes);
  const tags = checkTags(spec.tags);
  const given = { Name: spec.name, ...sessionPolicy(spec), ...(tags && { Tags: tags }) };
  return define({
    operation: "GetFederationToken",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: secondsOf(spec),
    ...principalOf(undefined, context),
  });
}

/** Checks a spec of `AssumeRoot` and turns it into a session. */
export function assumeRootSession(unchecked: AssumeRootSpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, assumeRootShapes);
  const given = { TargetPrincipal: spec.targetPrincipal, TaskPolicyArn: { arn: spec.taskPolicyArn } };
  return define({
    operation: "AssumeRoot",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: secondsOf(spec),
    accountId: spec.targetPrincipal.startsWith("arn:") ? accountOf(spec.targetPrincipal) : spec.targetPrincipal,
    ...principalOf(parentOf(spec.via, context), context),
  });
}

/** Checks a spec of `GetWebIdentityToken` and turns it into a session, whose secret is the token. */
export function webIdentityTokenSession(unchecked: WebIdentityTokenSpec, context: SessionContext): Session {
  const spec = checkSpec(unchecked, webIdentityTokenShapes);
  const { algorithm = "RS256", lifetimeSeconds = 0 } = spec;
  const tags = checkTags(spec.tags);
  const given = { Audience: spec.audience, SigningAlgorithm: algorithm, ...(tags && { Tags: tags }) };
  return define({
    operation: "GetWebIdentityToken",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: lifetimeSeconds,
    ...principalOf(parentOf(spec.via, context), context),
  });
}

function checkSpec<Spec extends object>(spec: Spec, shapes: Shapes<Spec>): Spec {
  if (spec !== undefined && !isRecord(spec)) refuseSpec("options: must be an object, such as { roleArn }", "options");
  return checkOptions(spec, shapes, refuseSpec);
}

/** The duration that the shape has completed. */
function secondsOf({ durationSeconds = DEFAULT_SECONDS }: { readonly durationSeconds?: number | undefined }): number {
  return durationSeconds;
}

function nameFor(
  {
    roleArn,
    sessionName,
    tenant,
  }: { readonly roleArn: string; readonly sessionName?: string | undefined; readonly tenant?: string | undefined },
  context: SessionContext,
): string {
  if (sessionName !== undefined) return sessionName;
  const role = roleArn.slice(roleArn.lastIndexOf("/") + 1);
  return sessionNameFrom(context.sessionName, { account: accountOf(roleArn), role, tenant });
}

function accountOf(arn: string): string | undefined {
  return arn.split(":")[4];
}

function mfaInput(mfa: MfaSpec | undefined): StsInput {
  if (mfa === undefined) return {};
  return { SerialNumber: mfa.serialNumber };
}

function mfaSecrets(
  mfa: MfaSpec | undefined,
  { prompts }: SessionContext,
): Pick<Definition, "interactive" | "secrets"> {
  if (mfa === undefined) return {};
  return { interactive: true, secrets: async (signal) => ({ TokenCode: await prompts.ask(mfa, signal) }) };
}

function bearer(subject: string | undefined, read: () => unknown): Definition["principal"] {
  return subject === undefined
    ? { id: instanceId(read), shareable: false }
    : { id: `subject:${subject}`, shareable: true };
}

async function bearerToken(field: string, read: () => string | Promise<string>): Promise<string> {
  const token = await read();
  if (typeof token !== "string" || token === "") throw new TypeError(`${field}: must return text`);
  return token.trim();
}
