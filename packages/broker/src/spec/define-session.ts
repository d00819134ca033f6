import { CHAINED_SECONDS } from "../sts/assume.ts";
import { type Canonical, canonicalKey } from "./canonical-key.ts";
import type { MfaPrompts } from "../sources/mfa-prompts.ts";
import { revocationSubjects } from "../store/revocations.ts";
import type {
  AssumeRootSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionTokenSpec,
  WebIdentitySpec,
} from "./role-spec.ts";
import type { Role } from "../model/role.ts";
import { sessionNameFrom } from "./session-name.ts";
import { sessionPolicy } from "./session-policy.ts";
import type { Session, SessionSource } from "../model/session.ts";
import { type BrokerSource, instanceId } from "../sources/source.ts";
import { checkDuration, checkTags, checkText, checkTransitiveTagKeys, invalidSpec } from "./sts-limits.ts";
import type { StsInput, StsOperation } from "../sts/sts.ts";

/** What a spec is checked and completed with. */
export interface SessionContext {
  readonly source: BrokerSource;
  readonly sessionName: string;
  readonly prompts: MfaPrompts;
  /** The session behind a role of this broker. */
  sessionOf(role: Role): Session | undefined;
  /** The credentials of a role, as the source of another. */
  sourceOf(session: Session): SessionSource;
}

interface Definition {
  readonly operation: StsOperation;
  readonly tenant: string | undefined;
  /** Parameters that the spec itself names. */
  readonly given: StsInput;
  /** All parameters but the duration. */
  readonly input: StsInput;
  readonly durationSeconds: number;
  readonly clamped?: Session["clamped"];
  readonly accountId?: string | undefined;
  readonly roleArn?: string | undefined;
  readonly principal: { readonly id: string; readonly shareable: boolean };
  readonly source?: SessionSource | undefined;
  readonly interactive?: boolean;
  readonly transitiveTagKeys?: readonly string[];
  readonly secrets?: Session["secrets"];
}

/** Checks a spec of `AssumeRole` and turns it into a session. */
export function roleSession(spec: RoleSpec, context: SessionContext): Session {
  checkText("roleArn", spec.roleArn);
  for (const field of ["externalId", "sourceIdentity", "sessionName"] as const) {
    if (spec[field] !== undefined) checkText(field, spec[field]);
  }
  const parent = parentOf(spec.via, context);
  const tags = checkTags(spec.tags);
  const transitiveTagKeys = checkTransitiveTagKeys(spec.transitiveTagKeys, tags);
  const inherited = parent?.transitiveTagKeys ?? [];
  const twice = tags?.find(({ Key }) => inherited.some((key) => key.toLowerCase() === Key.toLowerCase()));
  if (twice !== undefined) {
    throw invalidSpec("tags", `${JSON.stringify(twice.Key)} is inherited from the role in via and cannot be set again`);
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
    given: { ...given, ...(spec.durationSeconds !== undefined && { DurationSeconds: spec.durationSeconds }) },
    input: { RoleSessionName: nameFor(spec, context), ...given },
    ...chainedDuration(checkDuration("AssumeRole", spec.durationSeconds), parent),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    ...principalOf(parent, context),
    ...mfaSecrets(spec.mfa, context),
    transitiveTagKeys: [...inherited, ...(transitiveTagKeys ?? [])],
  });
}

/** Checks a spec of `AssumeRoleWithWebIdentity` and turns it into a session. */
export function webIdentitySession(spec: WebIdentitySpec, context: SessionContext): Session {
  checkText("roleArn", spec.roleArn);
  if (spec.sessionName !== undefined) checkText("sessionName", spec.sessionName);
  if (spec.providerId !== undefined) checkText("providerId", spec.providerId);
  checkFunction("token", spec.token);
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
    durationSeconds: checkDuration("AssumeRoleWithWebIdentity", spec.durationSeconds),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    principal: bearer(spec.subject, spec.token),
    secrets: async () => ({ WebIdentityToken: await bearerToken("token", () => spec.token()) }),
  });
}

/** Checks a spec of `AssumeRoleWithSAML` and turns it into a session. */
export function samlSession(spec: SamlSpec): Session {
  checkText("roleArn", spec.roleArn);
  checkText("principalArn", spec.principalArn);
  checkFunction("assertion", spec.assertion);
  const given = { RoleArn: spec.roleArn, PrincipalArn: spec.principalArn, ...sessionPolicy(spec) };
  return define({
    operation: "AssumeRoleWithSAML",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: checkDuration("AssumeRoleWithSAML", spec.durationSeconds),
    accountId: accountOf(spec.roleArn),
    roleArn: spec.roleArn,
    principal: bearer(spec.subject, spec.assertion),
    secrets: async () => ({ SAMLAssertion: await bearerToken("assertion", () => spec.assertion()) }),
  });
}

/** Checks a spec of `GetSessionToken` and turns it into a session. */
export function sessionTokenSession(spec: SessionTokenSpec, context: SessionContext): Session {
  const given = mfaInput(spec.mfa);
  return define({
    operation: "GetSessionToken",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: checkDuration("GetSessionToken", spec.durationSeconds),
    ...principalOf(undefined, context),
    ...mfaSecrets(spec.mfa, context),
  });
}

/** Checks a spec of `GetFederationToken` and turns it into a session. */
export function federationTokenSession(spec: FederationTokenSpec, context: SessionContext): Session {
  checkText("name", spec.name);
  const tags = checkTags(spec.tags);
  const given = { Name: spec.name, ...sessionPolicy(spec), ...(tags && { Tags: tags }) };
  return define({
    operation: "GetFederationToken",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: checkDuration("GetFederationToken", spec.durationSeconds),
    ...principalOf(undefined, context),
  });
}

/** Checks a spec of `AssumeRoot` and turns it into a session. */
export function assumeRootSession(spec: AssumeRootSpec, context: SessionContext): Session {
  checkText("targetPrincipal", spec.targetPrincipal);
  checkText("taskPolicyArn", spec.taskPolicyArn);
  const given = { TargetPrincipal: spec.targetPrincipal, TaskPolicyArn: { arn: spec.taskPolicyArn } };
  return define({
    operation: "AssumeRoot",
    tenant: spec.tenant,
    given,
    input: given,
    durationSeconds: checkDuration("AssumeRoot", spec.durationSeconds),
    accountId: spec.targetPrincipal.startsWith("arn:") ? accountOf(spec.targetPrincipal) : spec.targetPrincipal,
    ...principalOf(parentOf(spec.via, context), context),
  });
}

function define(definition: Definition): Session {
  const { operation, tenant, given, input, durationSeconds, principal, roleArn } = definition;
  if (tenant !== undefined && (typeof tenant !== "string" || tenant === "")) {
    throw invalidSpec("tenant", "expected a name, or nothing");
  }
  const { key, label, canon } = canonicalKey({
    operation,
    tenant,
    principal: principal.id,
    durationSeconds,
    input: input as Readonly<Record<string, Canonical>>,
  });
  return {
    key,
    label,
    canon,
    tenant,
    subjects: revocationSubjects(roleArn, tenant),
    operation,
    given,
    input,
    durationSeconds,
    clamped: definition.clamped,
    accountId: definition.accountId,
    source: definition.source,
    interactive: definition.interactive ?? false,
    shareable: principal.shareable,
    transitiveTagKeys: definition.transitiveTagKeys ?? [],
    secrets: definition.secrets,
  };
}

/** The session that another is chained from. */
function parentOf(via: Role | undefined, context: SessionContext): Session | undefined {
  if (via === undefined) return undefined;
  const parent = context.sessionOf(via);
  if (parent === undefined) throw invalidSpec("via", "expected a role made by this broker");
  // https://docs.aws.amazon.com/STS/latest/APIReference/API_GetFederationToken.html: no call of STS but who am I.
  if (parent.operation === "GetFederationToken" || parent.operation === "AssumeRoot") {
    throw invalidSpec("via", `the credentials of ${parent.operation} cannot assume roles`);
  }
  return parent;
}

function principalOf(parent: Session | undefined, context: SessionContext): Pick<Definition, "principal" | "source"> {
  if (parent === undefined) return { principal: context.source, source: context.source.get };
  const principal = { id: `session:${parent.key}`, shareable: parent.shareable };
  return { principal, source: context.sourceOf(parent) };
}

/** GetSessionToken's credentials are the user's own, and a user who assumes a role is no chain. */
function chainedDuration(
  seconds: number,
  parent: Session | undefined,
): Pick<Definition, "durationSeconds" | "clamped"> {
  const chained = parent !== undefined && parent.operation !== "GetSessionToken";
  if (!chained || seconds <= CHAINED_SECONDS) return { durationSeconds: seconds };
  return { durationSeconds: CHAINED_SECONDS, clamped: { requestedSeconds: seconds, seconds: CHAINED_SECONDS } };
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
  checkText("mfa.serialNumber", mfa.serialNumber);
  checkFunction("mfa.code", mfa.code);
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
  if (typeof token !== "string" || token === "") throw new TypeError(`${field}() gave no text`);
  return token.trim();
}

function checkFunction(field: string, value: unknown): void {
  if (typeof value !== "function") throw invalidSpec(field, "expected a function that is called for each request");
}
