import type { CredentialProvider } from "@countersign/signer";
import { checkOptions, optional, shape, text } from "@countersign/signer/options";
import { refuseOption } from "../errors/refuse.ts";
import { settingsOf } from "./shared-config/settings-of.ts";
import type { Find, SourceOptions } from "./source-context.ts";
import { providerOf, sourceShapes } from "./source-shapes.ts";
import { invalid } from "./source-errors.ts";
import { fromSso } from "./sso.ts";

/** Options of `sources.sso`: give `session`, or `startUrl` and `ssoRegion`. */
export interface SsoSourceOptions extends Omit<SourceOptions, "region" | "mfaCode"> {
  /** The name of an `[sso-session]` of the shared files. */
  readonly session?: string | undefined;
  /** The start URL of IAM Identity Center, such as `https://example.awsapps.com/start`. */
  readonly startUrl?: string | undefined;
  /** The Region of IAM Identity Center, which is not that of the calls that follow. */
  readonly ssoRegion?: string | undefined;
  /** The account of the role: 12 digits. */
  readonly accountId: string;
  /** The permission set, as `aws sso` lists it. */
  readonly roleName: string;
}

const { region: _region, mfaCode: _mfaCode, ...shared } = sourceShapes;

const shapes = {
  ...shared,
  session: optional(text),
  startUrl: optional(shape("an https: URL", (value) => typeof value === "string" && /^https:\/\/\S+$/u.test(value))),
  ssoRegion: sourceShapes.region,
  accountId: shape("an account id of 12 digits", (value) => typeof value === "string" && /^\d{12}$/u.test(value)),
  roleName: text,
};

/** A provider of a role's credentials from IAM Identity Center. */
export function ssoSource(options: SsoSourceOptions): CredentialProvider {
  const { session, startUrl, ssoRegion, accountId, roleName, ...rest } = checkOptions<SsoSourceOptions>(
    options,
    shapes,
    refuseOption,
  );
  if (session === undefined && (startUrl === undefined || ssoRegion === undefined)) {
    refuseOption("session: must be given, or both startUrl and ssoRegion", "session");
  }
  if (session !== undefined && (startUrl ?? ssoRegion) !== undefined) {
    refuseOption("session: must be given alone; its section has startUrl and ssoRegion", "session");
  }
  const find: Find = (context) => {
    const settings = settingsOf({ env: context.env, files: context.files });
    const section = session === undefined ? undefined : settings.files.ssoSessions.get(session);
    const need = (name: string, given: string | undefined): string => {
      const value = given ?? section?.settings.get(name)?.value;
      if (value !== undefined && value !== "") return value;
      throw invalid(`sso: [sso-session ${session}] must be in ${settings.files.config} and have ${name}`);
    };
    return fromSso(
      {
        session,
        startUrl: need("sso_start_url", startUrl),
        region: need("sso_region", ssoRegion),
        accountId,
        roleName,
        portal: settings.endpoint("sso"),
        oidc: settings.endpoint("sso-oidc"),
        place: session === undefined ? "sso" : `sso: session ${session}`,
        signIn: session === undefined ? "aws sso login" : `aws sso login --sso-session ${session}`,
      },
      context,
    );
  };
  return providerOf(async (context) => find(context), rest);
}
