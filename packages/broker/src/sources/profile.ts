import type { AwsCredentials } from "@countersign/signer";
import { callSts } from "./assume-role.ts";
import { fromContainer } from "./container.ts";
import { fromEnvironment } from "./environment.ts";
import { fromInstanceOf } from "./instance.ts";
import { fromLogin } from "./login.ts";
import { fromProcess } from "./process.ts";
import { type MACHINE_SOURCES, planProfile, type ProfilePlan } from "./profile-plan.ts";
import { nameOf } from "./profile-settings.ts";
import type { Setting } from "./shared-config/parse-config.ts";
import { type SettingsQuery, placeOf, settingsOf } from "./shared-config/settings-of.ts";
import type { Find, SourceContext } from "./source-context.ts";
import { absent, failed } from "./source-errors.ts";
import { fromSso } from "./sso.ts";
import { fromTokenFile } from "./web-identity.ts";

const MACHINE: Readonly<Record<(typeof MACHINE_SOURCES)[number], (profile: string) => Find>> = {
  Environment: () => fromEnvironment,
  Ec2InstanceMetadata: fromInstanceOf,
  EcsContainer: () => fromContainer,
};

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
    return carryOut(planProfile(section, settings, context), context);
  };
}

async function carryOut(plan: ProfilePlan, context: SourceContext): Promise<AwsCredentials> {
  switch (plan.kind) {
    case "role":
      return assume(plan, context);
    case "machine":
      return fromMachine(plan, context);
    case "web identity":
      return fromTokenFile(plan.identity, plan.sts, context);
    case "Identity Center":
      return fromSso(plan.profile, context);
    case "aws login":
      return fromLogin(plan.profile, context);
    case "process":
      return fromProcess(plan.command, plan.place, context);
    default:
      return plan.credentials;
  }
}

async function assume(plan: ProfilePlan & { readonly kind: "role" }, context: SourceContext): Promise<AwsCredentials> {
  const { mfa, sts, source } = plan;
  const credentials = await carryOut(source, context);
  const input = {
    ...plan.input,
    ...(mfa !== undefined && { SerialNumber: mfa.value, TokenCode: await codeFor(mfa, context) }),
  };
  return callSts({ operation: "AssumeRole", input, credentials, ...sts }, context);
}

async function fromMachine(
  { source, profile, place }: ProfilePlan & { readonly kind: "machine" },
  context: SourceContext,
): Promise<AwsCredentials> {
  try {
    return await MACHINE[source](profile)(context);
  } catch (error) {
    if ((error as { readonly code?: unknown } | null)?.code !== "SOURCE_ABSENT") throw error;
    throw failed(`${place}: credential_source: ${(error as Error).message}`);
  }
}

async function codeFor(mfa: Setting, { mfaCode }: SourceContext): Promise<string> {
  if (mfaCode === undefined) {
    throw failed(`${placeOf(mfa)}: mfa_serial needs a code, and there is no terminal to ask for it`);
  }
  const code: unknown = await mfaCode(mfa.value);
  if (typeof code !== "string" || !/^\d{6}$/u.test(code))
    throw failed(`${placeOf(mfa)}: the code of the MFA device must have six digits`);
  return code;
}
