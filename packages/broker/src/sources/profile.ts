import type { AwsCredentials } from "@countersign/signer";
import { callSts } from "./assume-role.ts";
import { fromContainer } from "./container.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstance } from "./instance.ts";
import { fromLogin, type LoginProfile } from "./login.ts";
import { fromProcess } from "./process.ts";
import { fixedKeys } from "./read-credentials.ts";
import { type Setting, invalidAt } from "./shared-config/parse-config.ts";
import { type ProfileSettings, type SettingsQuery, placeOf, settingsOf } from "./shared-config/settings-of.ts";
import { type ProfileSection, variable } from "./shared-config/shared-files.ts";
import type { Find, SourceContext } from "./source-context.ts";
import { absent, failed, invalid } from "./source-errors.ts";
import type { SsoProfile } from "./sso-profile.ts";
import { fromSso } from "./sso.ts";
import { fromTokenFile } from "./web-identity.ts";

const KEYS = {
  id: "aws_access_key_id",
  secret: "aws_secret_access_key",
  token: "aws_session_token",
  accountId: "aws_account_id",
};
const ROLE_ARN = /^arn:[a-z0-9-]+:iam::\d{12}:role\/[\w+=,.@/-]{1,512}$/u;
const SESSION_NAME = /^[\w+=,.@-]{2,64}$/u;
const MACHINE_SOURCES: Readonly<Record<string, Find>> = {
  __proto__: null as never,
  Environment: fromEnvironment,
  Ec2InstanceMetadata: fromInstance,
  EcsContainer: fromContainer,
};

/** A profile on the way from the named one to its first credentials. */
interface Step {
  readonly section: ProfileSection;
  readonly settings: ProfileSettings;
  /** The profiles before this one. */
  readonly seen: readonly string[];
}

/**
 * The credentials of one profile, to its end: whatever fails on the way is an error, and no other source stands in.
 *
 * @throws BrokerError `SOURCE_INVALID` with file and line, `SOURCE_UNAVAILABLE`; `SOURCE_ABSENT` when the profile holds
 * settings only; the errors of STS.
 */
export function fromProfile(query: Pick<SettingsQuery, "profile">): Find {
  return async (context) => {
    const settings = settingsOf({ ...query, env: context.env, files: context.files });
    const section = settings.files.profiles.get(settings.profile);
    if (section === undefined) throw absent(`profile: the shared files have no profile ${nameOf(settings.profile)}`);
    return resolve({ section, settings, seen: [] }, context);
  };
}

/**
 * The order is botocore's: a role, a web identity, Identity Center, keys of the credentials file, a session of `aws login`,
 * a process, keys.
 */
async function resolve(step: Step, context: SourceContext): Promise<AwsCredentials> {
  const { section } = step;
  const role = get(section, "role_arn");
  const tokenFile = get(section, "web_identity_token_file");
  if (role !== undefined && tokenFile === undefined) return assume(step, role, context);
  return resolveOwn(step, context);
}

async function resolveOwn(step: Step, context: SourceContext): Promise<AwsCredentials> {
  const { section, settings } = step;
  const role = get(section, "role_arn");
  const tokenFile = get(section, "web_identity_token_file");
  if (tokenFile !== undefined) {
    if (role === undefined)
      throw invalidAt(tokenFile.file, tokenFile.line, "web_identity_token_file needs role_arn beside it");
    const identity = {
      roleArn: roleArn(role),
      tokenFile: tokenFile.value,
      sessionName: sessionName(section),
      durationSeconds: duration(section),
    };
    const where = { region: regionOf(step, role, context), endpoint: settings.endpoint("sts"), place: placeOf(role) };
    return fromTokenFile(identity, where, context);
  }
  // A session alone is for tools with bearer tokens, and gives no credentials.
  const sso = get(section, "sso_account_id") ?? get(section, "sso_role_name");
  if (sso !== undefined) return fromSso(ssoOf(step, sso), context);
  const login = get(section, "login_session");
  const keysOf = (from: ReadonlyMap<string, Setting>): AwsCredentials | undefined => {
    const given = from.get(KEYS.id) ?? from.get(KEYS.secret);
    return fixedKeys((name) => from.get(name)?.value || undefined, KEYS, given === undefined ? "" : placeOf(given));
  };
  const ownKeys = keysOf(section.credentials);
  if (ownKeys !== undefined) return ownKeys;
  if (login !== undefined) return fromLogin(loginOf(step, login, context), context);
  const command = get(section, "credential_process");
  if (command !== undefined) return fromProcess(command.value, placeOf(command), context);
  const keys = keysOf(section.settings);
  if (keys !== undefined) return keys;
  throw absent(`profile ${nameOf(section.name)}: has settings and no credentials`);
}

async function assume(step: Step, role: Setting, context: SourceContext): Promise<AwsCredentials> {
  const { section, settings } = step;
  const source = get(section, "source_profile");
  const machine = get(section, "credential_source");
  if ((source === undefined) === (machine === undefined)) {
    throw invalidAt(role.file, role.line, "role_arn needs either source_profile or credential_source beside it");
  }
  const arn = roleArn(role);
  const name = sessionName(section) ?? "countersign";
  const durationSeconds = duration(section);
  const externalId = get(section, "external_id");
  const credentials = machine === undefined ? await sourceOf(step, source, context) : await machineOf(machine, context);
  const mfa = get(section, "mfa_serial");
  const region = regionOf(step, role, context);
  const input = {
    RoleArn: arn,
    RoleSessionName: name,
    ...(durationSeconds !== undefined && { DurationSeconds: durationSeconds }),
    ...(externalId !== undefined && { ExternalId: externalId.value }),
    ...(mfa !== undefined && { SerialNumber: mfa.value, TokenCode: await codeFor(mfa, context) }),
  };
  return callSts(
    { operation: "AssumeRole", input, credentials, region, endpoint: settings.endpoint("sts"), place: placeOf(role) },
    context,
  );
}

async function sourceOf(step: Step, source: Setting | undefined, context: SourceContext): Promise<AwsCredentials> {
  const { section, settings, seen } = step;
  if (source === undefined) throw invalid(`profile ${nameOf(section.name)}: must have source_profile`);
  const next = settings.files.profiles.get(source.value);
  if (next === undefined)
    throw invalidAt(source.file, source.line, `source_profile: the profile ${nameOf(source.value)} is missing`);
  const hasKeys = get(next, KEYS.id) !== undefined || get(next, KEYS.secret) !== undefined;
  const isSelf = source.value === section.name;
  if ([...seen, section.name].includes(source.value) && !(isSelf && hasKeys)) {
    throw invalidAt(
      source.file,
      source.line,
      `source_profile: the profiles ${[...seen, section.name, source.value].map(nameOf).join(" → ")} form a circle`,
    );
  }
  const further: Step = { section: next, settings, seen: [...seen, section.name] };
  try {
    return await (hasKeys || get(next, "role_arn") === undefined
      ? resolveOwn(further, context)
      : resolve(further, context));
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw invalidAt(source.file, source.line, `source_profile: the profile ${nameOf(source.value)} has no credentials`);
  }
}

async function machineOf(machine: Setting, context: SourceContext): Promise<AwsCredentials> {
  const find = MACHINE_SOURCES[machine.value];
  if (find === undefined) {
    throw invalidAt(
      machine.file,
      machine.line,
      `credential_source: must be ${Object.keys(MACHINE_SOURCES).join(", ")}`,
    );
  }
  try {
    return await find(context);
  } catch (error) {
    if (!isAbsent(error)) throw error;
    throw failed(`${placeOf(machine)}: credential_source: ${(error as Error).message}`);
  }
}

function ssoOf({ section, settings }: Step, first: Setting): SsoProfile {
  const session = get(section, "sso_session");
  const shared = session && settings.files.ssoSessions.get(session.value);
  if (session !== undefined && shared === undefined) {
    throw invalidAt(session.file, session.line, `sso_session: [sso-session ${session.value.slice(0, 100)}] is missing`);
  }
  const need = (name: string): string => {
    const own = get(section, name);
    const common = shared?.settings.get(name);
    const given = name.startsWith("sso_account") || name === "sso_role_name" ? own : (common ?? own);
    if (given !== undefined && given.value !== "") {
      if (own !== undefined && common !== undefined && own.value !== common.value) {
        throw invalidAt(own.file, own.line, `${name}: must be the same as in the sso-session, or left out`);
      }
      return given.value;
    }
    throw invalidAt(
      first.file,
      first.line,
      `profile ${nameOf(section.name)}: must have ${name}${shared === undefined ? "" : `, or its sso-session must`}`,
    );
  };
  return {
    session: session?.value,
    startUrl: need("sso_start_url"),
    region: need("sso_region"),
    accountId: need("sso_account_id"),
    roleName: need("sso_role_name"),
    portal: settings.endpoint("sso"),
    oidc: settings.endpoint("sso-oidc"),
    place: `profile ${nameOf(section.name)} (${placeOf(first)})`,
    signIn: `aws sso login --profile ${section.name}`,
  };
}

function loginOf({ section, settings }: Step, login: Setting, { region }: SourceContext): LoginProfile {
  return {
    session: login.value,
    region: settings.region?.value ?? region,
    endpoint: settings.endpoint("signin"),
    place: `${placeOf(login)}: login_session`,
    signIn: `aws login --profile ${section.name}`,
  };
}

async function codeFor(mfa: Setting, { mfaCode }: SourceContext): Promise<string> {
  if (mfaCode === undefined) {
    throw failed(`${placeOf(mfa)}: mfa_serial needs a code, and there is no terminal to ask for it`);
  }
  const code = await mfaCode(mfa.value);
  if (!/^\d{6}$/u.test(code)) throw failed(`${placeOf(mfa)}: the code of the MFA device must have six digits`);
  return code;
}

/** STS of the profile's own Region; never one that is only guessed. */
function regionOf({ section, settings }: Step, role: Setting, { env, region }: SourceContext): string {
  const own = variable(env, "AWS_REGION") ?? variable(env, "AWS_DEFAULT_REGION") ?? get(section, "region")?.value;
  const found = own ?? settings.region?.value ?? region;
  if (found === undefined)
    throw invalidAt(role.file, role.line, "role_arn needs a region in the profile, or AWS_REGION");
  if (!/^[a-z][a-z\d-]{1,62}$/u.test(found))
    throw invalidAt(role.file, role.line, "region: must be one such as eu-west-1");
  return found;
}

function roleArn({ value, file, line }: Setting): string {
  if (ROLE_ARN.test(value)) return value;
  throw invalidAt(file, line, "role_arn: must be the ARN of a role, such as arn:aws:iam::111122223333:role/name");
}

function sessionName(section: ProfileSection): string | undefined {
  const given = get(section, "role_session_name");
  if (given === undefined || SESSION_NAME.test(given.value)) return given?.value;
  throw invalidAt(given.file, given.line, "role_session_name: must be 2 to 64 letters, digits and _+=,.@-");
}

function duration(section: ProfileSection): number | undefined {
  const given = get(section, "duration_seconds");
  if (given === undefined) return undefined;
  const seconds = /^\d{1,6}$/u.test(given.value) ? Number(given.value) : 0;
  if (seconds >= 900 && seconds <= 43_200) return seconds;
  throw invalidAt(given.file, given.line, "duration_seconds: must be a whole number from 900 to 43200");
}

function get(section: ProfileSection, name: string): Setting | undefined {
  const given = section.settings.get(name);
  return given === undefined || given.value === "" ? undefined : given;
}

function nameOf(profile: string): string {
  return JSON.stringify(profile.slice(0, 100));
}

function isAbsent(error: unknown): boolean {
  return (error as { readonly code?: unknown } | null)?.code === "SOURCE_ABSENT";
}
