import { describe, expect, it } from "vitest";
import { childEnvironment } from "../../src/exec/child-environment.ts";

const made = (env: Readonly<Record<string, string>>) =>
  childEnvironment(env, {
    endpoint: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/own" },
    region: "eu-west-1",
    settings: { endpointUrl: () => undefined } as never,
  });

describe("the environment of exec's child", () => {
  it.each([
    ["all SDKs", "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN"],
    ["SDKs with profiles", "AWS_PROFILE AWS_DEFAULT_PROFILE"],
    ["web identity", "AWS_ROLE_ARN AWS_ROLE_SESSION_NAME AWS_WEB_IDENTITY_TOKEN_FILE"],
    ["another endpoint", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"],
    ["Java SDK 1 and PHP", "AWS_ACCESS_KEY AWS_SECRET_KEY"],
    ["Ruby SDK 1 and 2", "AMAZON_ACCESS_KEY_ID AMAZON_SECRET_ACCESS_KEY AMAZON_SESSION_TOKEN"],
    ["boto 2", "AWS_CREDENTIAL_FILE BOTO_CONFIG"],
    ["EC2 tools and Ansible", "EC2_ACCESS_KEY EC2_SECRET_KEY EC2_SECURITY_TOKEN EC2_PRIVATE_KEY EC2_CERT"],
    ["s3fs-fuse", "AWSACCESSKEYID AWSSECRETACCESSKEY AWSSESSIONTOKEN"],
    ["s3fs of Python", "FSSPEC_S3_KEY FSSPEC_S3_SECRET FSSPEC_S3_TOKEN"],
    ["bearer tokens", "AWS_BEARER_TOKEN_BEDROCK AWS_BEARER_TOKEN_SAGEMAKER AWS_BEARER_TOKEN_ANY_NEW_SERVICE"],
    ["Windows, in any case", "aws_secret_access_key Aws_Bearer_Token_Bedrock Amazon_Secret_Access_Key"],
  ])("has no source of credentials for %s", (_, names) => {
    const env = Object.fromEntries(names.split(" ").map((name) => [name, "given-by-the-parent"]));
    expect(Object.values(made(env))).not.toContain("given-by-the-parent");
  });

  it("keeps other variables, hides the shared files, and names its own endpoint", () => {
    const env = made({
      PATH: "/bin",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://x.example",
      AWS_MAX_ATTEMPTS: "3",
      AWS_CREDENTIAL_PROFILES_FILE: "/home/user/keys",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:2/outer",
    });
    expect(env).toMatchObject({
      PATH: "/bin",
      AWS_ENDPOINT_URL_SECRETS_MANAGER: "https://x.example",
      AWS_MAX_ATTEMPTS: "3",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/own",
    });
    const [config, ...others] = [
      env["AWS_CONFIG_FILE"],
      env["AWS_SHARED_CREDENTIALS_FILE"],
      env["AWS_CREDENTIAL_PROFILES_FILE"],
    ];
    expect(config).toMatch(/nul/);
    expect(new Set(others)).toEqual(new Set([config]));
  });
});
