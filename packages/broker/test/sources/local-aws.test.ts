import { createHash } from "node:crypto";
import { memoize } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBroker } from "../../src/broker/create-broker.ts";
import { sources } from "../../src/sources/sources.ts";
import type { X509SourceOptions } from "../../src/sources/x509-source.ts";
import { createHome } from "./fixture.ts";

let aws: Aws;
let transport: Transport;
const principal = { Service: "rolesanywhere.amazonaws.com" };
const trust = {
  Version: "2012-10-17",
  Statement: [
    {
      Effect: "Allow",
      Principal: principal,
      Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
      Resource: "*",
    },
  ],
} as const;

beforeAll(async () => {
  aws = await startAws();
  transport = createTransport({ ca: aws.ca });
});
afterAll(async () => {
  await transport.close();
  await aws.close();
});

function roleFor(name: string): string {
  const role = aws.role(name);
  const { Resource: _, ...statement } = trust.Statement[0];
  role.update({ trustPolicy: { ...trust, Statement: [statement] } });
  return role.arn;
}

type Identity = Pick<X509SourceOptions, "certificate" | "key" | "chain">;
/** A source for what the local authority issued, and for nothing else that it says of it. */
const session = ({ certificate, key, chain }: Identity, change: Partial<X509SourceOptions> = {}) => {
  const { trustAnchorArn, profileArn } = aws.rolesAnywhere;
  return sources.x509({
    trustAnchorArn,
    profileArn,
    roleArn: roleFor("Robot"),
    transport,
    clock: aws.clock,
    env: {},
    endpoint: { url: aws.url.all },
    certificate,
    key,
    ...(chain !== undefined && { chain }),
    ...change,
  });
};

describe("a certificate becomes credentials of a role", () => {
  it.each(["ec", "rsa"] as const)("with a key of %s, and a broker goes on from there", async (kind) => {
    const { certificate, key } = aws.rolesAnywhere.certificate({ key: kind });
    const credentials = session({ certificate, key }, { durationSeconds: 900, roleSessionName: "robot-1" });
    await using broker = createBroker({
      region: aws.region,
      credentials: { id: "robot", provider: memoize(credentials, { clock: aws.clock }) },
      transport,
      clock: aws.clock,
      endpoint: { url: aws.url.sts },
    });
    const next = aws.role(`Next-${kind}`);
    next.update({
      trustPolicy: {
        Version: "2012-10-17",
        Statement: [
          {
            Effect: "Allow",
            Principal: { AWS: aws.role("Robot").arn },
            Action: ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
          },
        ],
      } as never,
    });
    expect((await broker.role({ roleArn: next.arn }).get()).accountId).toBe(aws.user.accountId);
    const calls = aws.calls().filter(({ operation }) => operation === "CreateSession");
    expect(calls.at(-1)).toMatchObject({ status: 201 });
  });

  it("with an authority below the trust anchor", async () => {
    const { certificate, key, chain } = aws.rolesAnywhere.certificate({ intermediate: true });
    await expect(session({ certificate, key, chain })()).resolves.toMatchObject({ accountId: aws.user.accountId });
    await expect(session({ certificate, key })()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
  });

  it("and what Roles Anywhere refuses is an error that says why", async () => {
    await using other = await startAws();
    const stranger = other.rolesAnywhere.certificate();
    await expect(session(stranger)()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(/^x509: IAM Roles Anywhere answered with status 403: ./),
    });
    const revoked = aws.rolesAnywhere.certificate();
    aws.rolesAnywhere.revoke(revoked.certificate);
    await expect(session(revoked)()).rejects.toThrow("status 403");
    const own = aws.rolesAnywhere.certificate();
    await expect(session({ ...own, key: stranger.key })()).rejects.toMatchObject({ code: "SOURCE_INVALID" });
    const expired = aws.rolesAnywhere.certificate({ notAfter: new Date("2020-01-01T00:00:00Z") });
    await expect(session(expired)()).rejects.toThrow("expired at 2020-01-01");
  });

  it("and an edited body, or another key behind the certificate, is refused by the service too", async () => {
    const { certificate, key } = aws.rolesAnywhere.certificate();
    const editing = {
      requestHandler: () => transport.requestHandler(),
      request: (url: string | URL, options: { body?: unknown }) =>
        transport.request(url, { ...options, body: '{"durationSeconds":43200}' } as never),
    } as unknown as Transport;
    await expect(session({ certificate, key }, { durationSeconds: 900, transport: editing })()).rejects.toThrow(
      "status 403",
    );
  });
});

describe("Identity Center of the local AWS", () => {
  it("signs in, gives out a role's credentials, and renews the token", async () => {
    const post = async (path: string, body: object) => {
      const answer = await transport.fetch(`${aws.url.sso}${path}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as Record<string, string>;
    };
    const role = aws.role("Engineer");
    const client = await post("/client/register", { clientName: "test", clientType: "public" });
    const { deviceCode } = await post("/device_authorization", { ...client, startUrl: "https://x.awsapps.com/start" });
    const token = await post("/token", {
      ...client,
      deviceCode,
      grantType: "urn:ietf:params:oauth:grant-type:device_code",
    });
    using home = createHome(
      "[sso-session corp]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-east-1\n",
    );
    const file = `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`;
    const at = (ms: number): string => new Date(aws.clock.now() + ms).toISOString();
    const cached = { ...client, ...token, expiresAt: at(8 * 3_600_000), registrationExpiresAt: at(90 * 86_400_000) };
    home.write(file, JSON.stringify(cached));
    const provide = sources.sso({
      session: "corp",
      accountId: aws.user.accountId ?? "",
      roleName: "Engineer",
      transport,
      clock: aws.clock,
      env: { ...home.env, AWS_ENDPOINT_URL: aws.url.all },
    });
    const first = await provide();
    await aws.clock.advance(9 * 3_600_000);
    const second = await provide();
    expect([first, second].map(({ sessionToken }) => typeof sessionToken)).toEqual(["string", "string"]);
    expect(second.accessKeyId).not.toBe(first.accessKeyId);
    expect(role.arn).toContain(":role/Engineer");
    expect(aws.calls().map(({ operation }) => operation)).toContain("CreateToken");
  });
});

describe("keys that are rotated in the credentials file while a process runs", () => {
  it("sign from the next renewal of a session on, though the old ones still work", async () => {
    using home = createHome();
    await using local = await startAws({ users: [{ name: "old" }, { name: "new" }] });
    const write = (name: string): void => {
      const { accessKeyId, secretAccessKey } = local.users[name] ?? local.user;
      home.write(
        ".aws/credentials",
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
    };
    await using own = createTransport({ ca: local.ca });
    const { clock, region } = local;
    write("old");
    const credentials = sources.profile({ transport: own, clock, env: home.env });
    const endpoint = { url: local.url.sts };
    await using broker = createBroker({ region, credentials, transport: own, clock, endpoint });
    const role = broker.role({ roleArn: local.role("Any").arn });
    await role.get();
    write("new");
    await clock.advance(2 * 3_600_000);
    await role.get();
    const keys = local.calls({ operation: "AssumeRole" }).map(({ accessKeyId }) => accessKeyId);
    expect(keys).toEqual([local.users["old"]?.accessKeyId, local.users["new"]?.accessKeyId]);
  });
});
