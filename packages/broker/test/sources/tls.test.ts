import { createHash } from "node:crypto";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProfileSourceOptions, sources } from "../../src/sources/sources.ts";
import { createHome, type Home } from "./fixture.ts";

let aws: Aws;
beforeAll(async () => {
  // One server of this AWS offers static RSA key exchange only.
  aws = await startAws({ tls: { ecr: "static-rsa" } });
});
afterAll(() => aws.close());

const ROLE = "arn:aws:iam::111122223333:role/r";
const PROFILES = `[profile web]
role_arn = ${ROLE}
web_identity_token_file = ~/token
region = us-east-1
[profile role]
role_arn = ${ROLE}
source_profile = role
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = s
region = us-east-1
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = r
`;

type Ask = (options: ProfileSourceOptions) => Promise<unknown>;
const SOURCES: readonly (readonly [name: string, ask: Ask])[] = [
  ["a web identity", (options) => sources.profile({ ...options, profile: "web" })()],
  ["a role", (options) => sources.profile({ ...options, profile: "role" })()],
  ["Identity Center", (options) => sources.profile({ ...options, profile: "sso" })()],
  ["a container", (options) => sources.container(options)()],
];

function prepared(): Home {
  const home = createHome(PROFILES);
  home.write("token", "a-secret-token");
  const cached = `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
  home.write(cached, JSON.stringify({ accessToken: "a-secret-token", expiresAt: "2099-01-01T00:00:00Z" }));
  return home;
}

describe("no byte of a secret leaves for", () => {
  it.each(SOURCES)("a server without forward secrecy: %s", async (_, ask) => {
    using home = prepared();
    await using transport = createTransport({ ca: aws.ca });
    const before = aws.calls().length;
    const env = {
      ...home.env,
      AWS_ENDPOINT_URL: aws.url.ecr,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: aws.url.ecr,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "a-secret-token",
    };
    const error = (await ask({ transport, env }).catch((thrown: unknown) => thrown)) as Error;
    const codes: unknown[] = [];
    for (let link: unknown = error; link instanceof Error; link = link.cause)
      codes.push((link as { code?: unknown }).code);
    expect(codes).toContain("TLS_CIPHER_REFUSED");
    expect(JSON.stringify([error.message, error])).not.toContain("a-secret-token");
    expect(aws.calls()).toHaveLength(before);
  });

  it.each(SOURCES)("a server with an unknown authority: %s", async (_, ask) => {
    using home = prepared();
    await using transport = createTransport();
    const env = {
      ...home.env,
      AWS_ENDPOINT_URL: aws.url.sts,
      AWS_CONTAINER_CREDENTIALS_FULL_URI: aws.url.sts,
      AWS_CONTAINER_AUTHORIZATION_TOKEN: "a-secret-token",
    };
    const before = aws.calls().length;
    await expect(ask({ transport, env })).rejects.toMatchObject({ name: "BrokerError" });
    expect(aws.calls()).toHaveLength(before);
  });
});
