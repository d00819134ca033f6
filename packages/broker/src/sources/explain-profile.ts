import { checkOptions, optional, text } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { planProfile, type ProfilePlan } from "./profile-plan.ts";
import { nameOf } from "./profile-settings.ts";
import { sourceShapes } from "./source-shapes.ts";
import { type SettingsQuery, settingsOf } from "./shared-config/settings-of.ts";
import { absent } from "./source-errors.ts";

/** One step on a profile's way to credentials. */
export interface ProfileStep {
  /** Such as `assumes arn:aws:iam::111122223333:role/admin at STS of eu-west-1`. Holds no secret. */
  readonly what: string;
  /** The file and line that say so. */
  readonly from: string;
}

/** What to explain. */
export interface ExplainQuery extends SettingsQuery {
  /** The Region of STS where the profile names none. */
  readonly region?: string | undefined;
}

/**
 * Says how a profile leads to credentials, from its role back to the first keys, without a request.
 *
 * @throws BrokerError as the profile itself would: `SOURCE_INVALID` with file and line, and `SOURCE_ABSENT` when the
 * profile holds settings only.
 */
export function explainProfile(query: ExplainQuery = {}): readonly ProfileStep[] {
  const { profile, env, files, region } = checkOptions<ExplainQuery>(
    query,
    {
      profile: optional(text),
      env: sourceShapes.env,
      files: sourceShapes.files,
      region: sourceShapes.region,
    },
    refuseOption,
  );
  const settings = settingsOf({ profile, env, files });
  const section = settings.files.profiles.get(settings.profile);
  if (section === undefined) throw absent(`profile: the shared files have no profile ${nameOf(settings.profile)}`);
  return stepsOf(planProfile(section, settings, { env: env ?? process.env, region }));
}

function stepsOf(plan: ProfilePlan): readonly ProfileStep[] {
  switch (plan.kind) {
    case "role": {
      const mfa = plan.mfa === undefined ? "" : `, with a code of ${plan.mfa.value}`;
      const what = `assumes ${plan.input["RoleArn"]} at STS of ${plan.sts.region}${mfa}`;
      return [{ what, from: plan.sts.place }, ...stepsOf(plan.source)];
    }
    case "machine":
      return [{ what: `takes the credentials of ${plan.source}`, from: plan.place }];
    case "web identity": {
      const { roleArn, tokenFile } = plan.identity;
      return [
        {
          what: `assumes ${roleArn} at STS of ${plan.sts.region} with the token of ${tokenFile}`,
          from: plan.sts.place,
        },
      ];
    }
    case "Identity Center": {
      const { roleName, accountId, region, session, startUrl } = plan.profile;
      const via = session === undefined ? hostOf(startUrl) : `session ${session}`;
      return [
        {
          what: `takes role ${roleName} of account ${accountId} from Identity Center in ${region} (${via})`,
          from: plan.place,
        },
      ];
    }
    case "aws login":
      return [{ what: `takes the session of aws login of ${plan.profile.session}`, from: plan.place }];
    case "process":
      return [{ what: "runs a credential_process", from: plan.place }];
    default: {
      const { accessKeyId } = plan.credentials;
      return [
        {
          what: `takes the keys ${accessKeyId.slice(0, 4)}…${accessKeyId.slice(-4)} of profile ${plan.profile}`,
          from: plan.place,
        },
      ];
    }
  }
}

/** A start URL can hold a user, a password and a query, which a report does not show. */
function hostOf(url: string): string {
  const host = URL.canParse(url) ? new URL(url).host : "";
  return host === "" ? "a start URL that cannot be read" : host;
}
