import type { AwsCredentials } from "@countersign/signer";
import type { EndpointOptions } from "@countersign/signer/endpoints";
import { callSts } from "./assume-role.ts";
import { readFault, readSmallFile } from "./read-file.ts";
import { expandHome, variable } from "./shared-config/shared-files.ts";
import { settingsOf } from "./shared-config/settings-of.ts";
import type { Find, SourceContext } from "./source-context.ts";
import { absent, invalid } from "./source-errors.ts";

/** A role, and the file with the token that assumes it. */
export interface WebIdentity {
  /** The role to assume. */
  readonly roleArn: string;
  /** The file with the token, read anew for each session. */
  readonly tokenFile: string;
  /** 2-64 characters. Default: `countersign`. */
  readonly sessionName?: string | undefined;
  /** 900-43,200 seconds. Default: that of STS, 3,600. */
  readonly durationSeconds?: number | undefined;
}

const MAX_TOKEN = 20_000;

/** Exchanges the token of a file at STS. The file is read anew each time. */
export async function fromTokenFile(
  { roleArn, tokenFile, sessionName = "countersign", durationSeconds }: WebIdentity,
  { region, endpoint, place }: { readonly region: string; readonly endpoint: EndpointOptions; readonly place: string },
  context: SourceContext,
): Promise<AwsCredentials> {
  let token: string;
  try {
    token = readSmallFile(expandHome(tokenFile, context.env), 4 * MAX_TOKEN)
      .toString("utf8")
      .trim();
  } catch (error) {
    throw invalid(`${place}: the token file cannot be read (${readFault(error)})`);
  }
  if (token === "" || token.length > MAX_TOKEN)
    throw invalid(`${place}: the token file must have 1 to ${MAX_TOKEN} characters`);
  const input = {
    RoleArn: roleArn,
    RoleSessionName: sessionName,
    WebIdentityToken: token,
    ...(durationSeconds !== undefined && { DurationSeconds: durationSeconds }),
  };
  return callSts(
    { operation: "AssumeRoleWithWebIdentity", input, credentials: undefined, region, endpoint, place },
    context,
  );
}

/** The web identity of the environment, as EKS sets it. */
export const fromWebIdentityEnvironment: Find = async (context) => {
  const { env } = context;
  const tokenFile = variable(env, "AWS_WEB_IDENTITY_TOKEN_FILE");
  const roleArn = variable(env, "AWS_ROLE_ARN");
  if (tokenFile === undefined && roleArn === undefined) {
    throw absent("web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
  }
  if (tokenFile === undefined) throw absent("web identity: AWS_ROLE_ARN needs AWS_WEB_IDENTITY_TOKEN_FILE beside it");
  if (roleArn === undefined) throw invalid("environment: AWS_WEB_IDENTITY_TOKEN_FILE needs AWS_ROLE_ARN beside it");
  const settings = settingsOf({ env, files: context.files });
  const region = settings.region?.value ?? context.region;
  if (region === undefined) throw invalid("environment: AWS_REGION must be set for the STS of the web identity");
  const identity = { roleArn, tokenFile, sessionName: variable(env, "AWS_ROLE_SESSION_NAME") };
  return fromTokenFile(identity, { region, endpoint: settings.endpoint("sts"), place: "environment" }, context);
};
