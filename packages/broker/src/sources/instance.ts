import type { AwsCredentials } from "@countersign/signer";
import { isPlainHost, plainRequest } from "./plain-http.ts";
import { readCredentials } from "./read-credentials.ts";
import { type Located, placeOf } from "./shared-config/settings-of.ts";
import { readSharedFiles, variable } from "./shared-config/shared-files.ts";
import type { Find, SourceContext } from "./source-context.ts";
import { absent, failed, invalid } from "./source-errors.ts";

const TOKEN_MS = 1000;
const LIMIT_MS = 5000;
const ROLES = "/latest/meta-data/iam/security-credentials/";
const NAMES = { token: "Token", expiration: "Expiration", accountId: "AccountId" };

/**
 * Credentials of an EC2 instance, by IMDSv2 only: without a session token nothing is asked.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
 */
export const fromInstance: Find = async (context) => fromInstanceOf(undefined)(context);

/** The same with the settings of a profile. */
export function fromInstanceOf(profile: string | undefined): Find {
  return async (context) => askInstance(addressOf(profile, context), context);
}

/** The address of the metadata service: of the environment, the profile, the mode. */
function addressOf(profile: string | undefined, { env, files }: SourceContext): string {
  if (/^true$/iu.test(variable(env, "AWS_EC2_METADATA_DISABLED") ?? "")) {
    throw absent("instance: AWS_EC2_METADATA_DISABLED is true");
  }
  const name = profile ?? variable(env, "AWS_PROFILE") ?? variable(env, "AWS_DEFAULT_PROFILE") ?? "default";
  const settings = readSharedFiles(env, files).profiles.get(name)?.settings;
  const either = (variableName: string, key: string): Located | undefined => {
    const value = variable(env, variableName);
    if (value !== undefined) return { value, from: variableName };
    const setting = settings?.get(key);
    return setting === undefined || setting.value === ""
      ? undefined
      : { value: setting.value, from: `${placeOf(setting)}: ${key}` };
  };
  const mode = either("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "ec2_metadata_service_endpoint_mode");
  if (mode !== undefined && !/^ipv[46]$/iu.test(mode.value)) throw invalid(`${mode.from}: must be IPv4 or IPv6`);
  const isIpv6 = mode?.value.toLowerCase() === "ipv6";
  const given = either("AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
  const address = given?.value ?? (isIpv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254");
  if (!URL.canParse(address) || new URL(address).protocol !== "http:" || !isPlainHost(new URL(address).hostname)) {
    throw invalid(`${given?.from}: must be an http: URL of the metadata service or of this machine`);
  }
  const { username, password } = new URL(address);
  if (username + password !== "") throw invalid(`${given?.from}: must have no user and password`);
  return address;
}

async function askInstance(address: string, { signal }: SourceContext): Promise<AwsCredentials> {
  const at = (path: string): URL => new URL(`${new URL(address).origin}${path}`);

  let token: string;
  try {
    const headers = { "x-aws-ec2-metadata-token-ttl-seconds": "21600", "content-length": "0" };
    const answer = await plainRequest(at("/latest/api/token"), { method: "PUT", headers, limitMs: TOKEN_MS, signal });
    if (answer.status !== 200) throw failed(`instance: the token request was answered with status ${answer.status}`);
    token = answer.body.trim();
  } catch (error) {
    signal?.throwIfAborted();
    // Off EC2 nothing answers at this address.
    throw absent(
      `instance: no IMDSv2 at ${new URL(address).host} (${(error as NodeJS.ErrnoException).code ?? "refused"})`,
    );
  }
  if (!/^[\x21-\x7E]{1,1024}$/u.test(token))
    throw failed("instance: the session token of IMDSv2 must be visible ASCII");
  const get = async (path: string): Promise<string> => {
    const headers = { "x-aws-ec2-metadata-token": token };
    const { status, body } = await plainRequest(at(path), { headers, limitMs: LIMIT_MS, signal }).catch(
      (error: unknown) => {
        signal?.throwIfAborted();
        throw failed("instance", error);
      },
    );
    if (status === 404) throw absent("instance: it has no role");
    if (status !== 200) throw failed(`instance: answered with status ${status}`);
    return body;
  };
  const [role = ""] = (await get(ROLES)).trim().split("\n", 1);
  if (!/^[\w+=,.@-]{1,64}$/u.test(role)) throw failed("instance: the name of the role is not valid");
  return readCredentials(await get(ROLES + role), "instance", NAMES);
}
