import os from "node:os";
import type { ProfileSettings } from "@countersign/broker";
import { authoritiesPath } from "../authorities.ts";
import type { Io } from "../io.ts";

/**
 * The variables that lead AWS tools and SDKs, old ones too, to credentials. They are removed, so that the endpoint is
 * the child's only source.
 * https://docs.aws.amazon.com/sdkref/latest/guide/settings-reference.html
 */
const SOURCES: ReadonlySet<string> = new Set([
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_SECURITY_TOKEN",
  "AWS_CREDENTIAL_EXPIRATION",
  "AWS_ACCOUNT_ID",
  "AWS_PROFILE",
  "AWS_DEFAULT_PROFILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
  "AWS_CONTAINER_CREDENTIALS_FULL_URI",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
  // Java SDK 1, PHP SDK on Elastic Beanstalk, s3cmd
  "AWS_ACCESS_KEY",
  "AWS_SECRET_KEY",
  // Ruby SDK 1 and 2
  "AMAZON_ACCESS_KEY_ID",
  "AMAZON_SECRET_ACCESS_KEY",
  "AMAZON_SESSION_TOKEN",
  // boto 2
  "AWS_CREDENTIAL_FILE",
  "BOTO_CONFIG",
  "BOTO_PATH",
  // EC2 API tools, Ansible
  "EC2_ACCESS_KEY",
  "EC2_SECRET_KEY",
  "EC2_SECURITY_TOKEN",
  "EC2_PRIVATE_KEY",
  "EC2_CERT",
  // s3fs-fuse
  "AWSACCESSKEYID",
  "AWSSECRETACCESSKEY",
  "AWSSESSIONTOKEN",
  // s3fs of Python, through fsspec
  "FSSPEC_S3_KEY",
  "FSSPEC_S3_SECRET",
  "FSSPEC_S3_TOKEN",
]);

/** One variable per service, such as `AWS_BEARER_TOKEN_BEDROCK`. */
const BEARER_TOKEN = "AWS_BEARER_TOKEN_";

/** Windows reads the names of variables in any case. */
function isSource(name: string): boolean {
  const upper = name.toUpperCase();
  return SOURCES.has(upper) || upper.startsWith(BEARER_TOKEN);
}

/** The services whose own addresses in the profile are handed on. */
const SERVICES = ["sts", "sagemaker", "sagemaker-runtime", "s3", "ecr"] as const;

/**
 * The environment of the child: that of this process without any source of credentials, with the endpoint, and with the
 * settings of the profile as variables. The shared files are hidden, since keys in their default profile come before the
 * endpoint in the chain of every SDK.
 */
export function childEnvironment(
  env: Io["env"],
  { endpoint, region, settings }: { endpoint: Io["env"]; region: string; settings: ProfileSettings },
): Io["env"] {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !isSource(name)));
  const { fips, dualStack, caBundle } = settings;
  const urls = SERVICES.map((service) => [
    `AWS_ENDPOINT_URL_${service.replaceAll("-", "_").toUpperCase()}`,
    settings.endpointUrl(service),
  ]) as readonly (readonly [string, { readonly value: string; readonly from: string } | undefined])[];
  return {
    ...kept,
    AWS_CONFIG_FILE: os.devNull,
    AWS_SHARED_CREDENTIALS_FILE: os.devNull,
    // The name in Java SDK 1.
    AWS_CREDENTIAL_PROFILES_FILE: os.devNull,
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...(fips !== undefined && { AWS_USE_FIPS_ENDPOINT: fips.value }),
    ...(dualStack !== undefined && { AWS_USE_DUALSTACK_ENDPOINT: dualStack.value }),
    ...(caBundle !== undefined && { AWS_CA_BUNDLE: authoritiesPath(caBundle) }),
    // An address that a variable gave is in the environment already.
    ...Object.fromEntries(urls.flatMap(([name, url]) => (url?.from.includes(":") ? [[name, url.value]] : []))),
    ...endpoint,
  };
}
