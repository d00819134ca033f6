import type { AwsCredentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import type { LoginProfile } from "./login.ts";
import { fixedKeys } from "./read-credentials.ts";
import { get, nameOf, readDuration, readRoleArn, readSessionName } from "./profile-settings.ts";
import { type Setting, invalidAt } from "./shared-config/parse-config.ts";
import { placeOpenToAnyone } from "./shared-config/place-open-to-anyone.ts";
import { type ProfileSettings, placeOf } from "./shared-config/settings-of.ts";
import { type ProfileSection, variable } from "./shared-config/shared-files.ts";
import type { SourceContext } from "./source-context.ts";
import { absent } from "./source-errors.ts";
import type { SsoProfile } from "./sso-profile.ts";
import type { WebIdentity } from "./web-identity.ts";

/** The STS that a step asks. */
export interface StsPlace {
  readonly region: string;
  readonly endpoint: EndpointOptions;
  readonly place: string;
}

/** A source of the machine that `credential_source` may name. */
export const MACHINE_SOURCES = ["Environment", "Ec2InstanceMetadata", "EcsContainer"] as const;

/** How a profile leads to credentials: decided from the files alone, before anything is asked. */
export type ProfilePlan =
  | {
      readonly kind: "role";
      readonly input: Readonly<Record<string, string | number>>;
      readonly mfa: Setting | undefined;
      readonly sts: StsPlace;
      readonly source: ProfilePlan;
    }
  | {
      readonly kind: "machine";
      readonly source: (typeof MACHINE_SOURCES)[number];
      /** Its settings lead to the metadata service. */
      readonly profile: string;
      readonly place: string;
    }
  | { readonly kind: "web identity"; readonly identity: WebIdentity; readonly sts: StsPlace }
  | { readonly kind: "Identity Center"; readonly profile: SsoProfile; readonly place: string }
  | { readonly kind: "aws login"; readonly profile: LoginProfile; readonly place: string }
  | { readonly kind: "process"; readonly command: string; readonly place: string }
  | { readonly kind: "keys"; readonly credentials: AwsCredentials; readonly profile: string; readonly place: string };

/** A profile on the way from the named one to its first credentials. */
interface Step {
  readonly section: ProfileSection;
  readonly settings: ProfileSettings;
  /** The profiles before this one. */
  readonly seen: readonly string[];
}

/** Each step is a call of STS. */
const MAX_STEPS = 50;

type PlanContext = Pick<SourceContext, "env" | "region">;

const KEYS = {
  id: "aws_access_key_id",
  secret: "aws_secret_access_key",
  token: "aws_session_token",
  accountId: "aws_account_id",
};

/**
 * Decides how a profile leads to credentials.
 *
 * @throws BrokerError `SOURCE_INVALID` with file and line; `SOURCE_ABSENT` when the profile holds settings only.
 */
export function planProfile(section: ProfileSection, settings: ProfileSettings, context: PlanContext): ProfilePlan {
  return plan({ section, settings, seen: [] }, context);
}

/**
 * The order is botocore's: a role, a web identity, Identity Center, keys of the credentials file, a session of `aws login`,
 * a process, keys.
 */
function plan(step: Step, context: PlanContext): ProfilePlan {
  const role = get(step.section, "role_arn");
  if (role !== undefined && get(step.section, "web_identity_token_file") === undefined) {
    return planRole(step, role, context);
  }
  return planOwn(step, context);
}

function planOwn(step: Step, context: PlanContext): ProfilePlan {
  const { section } = step;
  const tokenFile = get(section, "web_identity_token_file");
  if (tokenFile !== undefined) return planWebIdentity(step, tokenFile, context);
  // A session alone is for tools with bearer tokens, and gives no credentials.
  const sso = get(section, "sso_account_id") ?? get(section, "sso_role_name");
  if (sso !== undefined) return { kind: "Identity Center", profile: ssoOf(step, sso), place: placeOf(sso) };
  const own = keysOf(section.name, section.credentials);
  if (own !== undefined) return own;
  const login = get(section, "login_session");
  if (login !== undefined) {
    return { kind: "aws login", profile: loginOf(step, login, context), place: placeOf(login) };
  }
  const command = get(section, "credential_process");
  if (command !== undefined) return planProcess(command);
  const keys = keysOf(section.name, section.settings);
  if (keys !== undefined) return keys;
  throw absent(`profile ${nameOf(section.name)}: has settings and no credentials`);
}

/** A program runs with this user's rights, so its name must not come from another user. */
function planProcess({ value, file, line }: Setting): ProfilePlan {
  const open = placeOpenToAnyone(file);
  if (open !== undefined) {
    throw invalidAt(
      file,
      line,
      `credential_process: must not stand where every user may write; move it, or run chmod o-w ${open}`,
    );
  }
  return { kind: "process", command: value, place: `${file}:${line}` };
}

function keysOf(profile: string, from: ReadonlyMap<string, Setting>): ProfilePlan | undefined {
  const given = from.get(KEYS.id) ?? from.get(KEYS.secret);
  if (given === undefined) return undefined;
  const value = (name: string): string | undefined => from.get(name)?.value || undefined;
  const credentials = fixedKeys(value, KEYS, (name) => placeOf(from.get(name) ?? given));
  return credentials && { kind: "keys", credentials, profile, place: placeOf(given) };
}

function planWebIdentity(step: Step, tokenFile: Setting, context: PlanContext): ProfilePlan {
  const { section } = step;
  const role = get(section, "role_arn");
  if (role === undefined) {
    throw invalidAt(tokenFile.file, tokenFile.line, "web_identity_token_file needs role_arn beside it");
  }
  const identity = {
    roleArn: readRoleArn(role),
    tokenFile: tokenFile.value,
    sessionName: readSessionName(section),
    durationSeconds: readDuration(section),
  };
  return { kind: "web identity", identity, sts: stsOf(step, role, context) };
}

function planRole(step: Step, role: Setting, context: PlanContext): ProfilePlan {
  const { section } = step;
  const source = get(section, "source_profile");
  const machine = get(section, "credential_source");
  if ((source === undefined) === (machine === undefined)) {
    throw invalidAt(role.file, role.line, "role_arn needs either source_profile or credential_source beside it");
  }
  const durationSeconds = readDuration(section);
  const externalId = get(section, "external_id");
  const input = {
    RoleArn: readRoleArn(role),
    RoleSessionName: readSessionName(section) ?? "countersign",
    ...(durationSeconds !== undefined && { DurationSeconds: durationSeconds }),
    ...(externalId !== undefined && { ExternalId: externalId.value }),
  };
  const from = source === undefined ? planMachine(machine as Setting, section.name) : planSource(step, source, context);
  return { kind: "role", input, mfa: get(section, "mfa_serial"), sts: stsOf(step, role, context), source: from };
}

function planSource(step: Step, source: Setting, context: PlanContext): ProfilePlan {
  const { section, settings, seen } = step;
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
  if (seen.length >= MAX_STEPS) {
    throw invalidAt(source.file, source.line, `source_profile: must lead to credentials within ${MAX_STEPS} profiles`);
  }
  const further: Step = { section: next, settings, seen: [...seen, section.name] };
  try {
    return hasKeys || get(next, "role_arn") === undefined ? planOwn(further, context) : plan(further, context);
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== "SOURCE_ABSENT") throw error;
    throw invalidAt(source.file, source.line, `source_profile: the profile ${nameOf(source.value)} has no credentials`);
  }
}

function planMachine(machine: Setting, profile: string): ProfilePlan {
  const source = MACHINE_SOURCES.find((name) => name === machine.value);
  if (source !== undefined) return { kind: "machine", source, profile, place: placeOf(machine) };
  throw invalidAt(machine.file, machine.line, `credential_source: must be ${MACHINE_SOURCES.join(", ")}`);
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

function loginOf({ section, settings }: Step, login: Setting, { region }: PlanContext): LoginProfile {
  return {
    session: login.value,
    region: settings.region?.value ?? region,
    endpoint: settings.endpoint("signin"),
    place: `${placeOf(login)}: login_session`,
    signIn: `aws login --profile ${section.name}`,
  };
}

/** STS of the profile's own Region; never one that is only guessed. */
function stsOf({ section, settings }: Step, role: Setting, { env, region }: PlanContext): StsPlace {
  const own = variable(env, "AWS_REGION") ?? variable(env, "AWS_DEFAULT_REGION") ?? get(section, "region")?.value;
  const found = own ?? settings.region?.value ?? region;
  if (found === undefined)
    throw invalidAt(role.file, role.line, "role_arn needs a region in the profile, or AWS_REGION");
  if (!/^[a-z][a-z\d-]{1,62}$/u.test(found))
    throw invalidAt(role.file, role.line, "region: must be one such as eu-west-1");
  return { region: found, endpoint: settings.endpoint("sts"), place: placeOf(role) };
}
