import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Broker } from "../../src/model/broker.ts";
import { createBroker } from "../../src/broker/create-broker.ts";
import type { Role } from "../../src/model/role.ts";

const MEMBER = "210987654321";
const SERIAL = "arn:aws:iam::123456789012:mfa/alice";
const IDP = "arn:aws:iam::123456789012:saml-provider/idp";

let aws: Aws;
let transport: Transport;
let broker: Broker;

beforeAll(async () => {
  aws = await startAws({
    accounts: ["123456789012", MEMBER],
    users: [{ name: "alice", mfa: { serialNumber: SERIAL, codes: ["111111", "222222"] } }],
    samlProviders: [
      {
        arn: IDP,
        verify: (xml) =>
          xml === "<alice/>"
            ? { subject: "alice", issuer: "https://idp.example", sessionName: "alice", roles: [aws.role("Saml").arn] }
            : undefined,
      },
    ],
  });
  transport = createTransport({ ca: aws.ca });
  broker = createBroker({ region: aws.region, credentials: aws.user, endpoint: { url: aws.url.sts }, transport });
});
afterAll(async () => {
  await broker?.close();
  await transport?.close();
  await aws?.close();
});

/** Who AWS says the holder of a role's credentials is. */
async function whoIs(role: Role): Promise<string | undefined> {
  const client = new STSClient({
    region: aws.region,
    endpoint: aws.url.sts,
    requestHandler: transport.requestHandler(),
    credentials: role.provider,
  });
  return (await client.send(new GetCallerIdentityCommand({}))).Arn;
}

test("AssumeRoleWithWebIdentity: the token is the only proof, and the session is its subject's", async () => {
  const federated = aws.role("Federated");
  federated.update({
    trustPolicy: {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { Federated: aws.issuer.arn() },
        Action: "sts:AssumeRoleWithWebIdentity",
      },
    },
  });
  const role = broker.webIdentity({
    roleArn: federated.arn,
    token: () => aws.issuer.token({ subject: "alice", audience: "sts.amazonaws.com" }),
    sessionName: "alice",
  });
  expect(await whoIs(role)).toMatch(/assumed-role\/Federated\/alice$/u);
  const [call] = aws.calls({ operation: "AssumeRoleWithWebIdentity" });
  expect(call?.headers).not.toHaveProperty("authorization");
});

test("AssumeRoleWithWebIdentity: an expired token is read again, and then refused once", async () => {
  const before = aws.calls({ operation: "AssumeRoleWithWebIdentity" }).length;
  const expired = aws.issuer.token({ subject: "alice", audience: "sts.amazonaws.com", expiresIn: -60 });
  const role = broker.webIdentity({ roleArn: aws.role("Federated").arn, token: () => expired, subject: "expired" });
  await expect(role.get()).rejects.toMatchObject({ code: "SOURCE_REJECTED" });
  expect(aws.calls({ operation: "AssumeRoleWithWebIdentity" })).toHaveLength(before + 1);
});

test("AssumeRoleWithSAML, and an assertion that does not hold", async () => {
  const roleArn = aws.role("Saml").arn;
  aws.role("Saml").update({
    trustPolicy: {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Principal: { Federated: IDP }, Action: "sts:AssumeRoleWithSAML" },
    },
  });
  const role = broker.saml({ roleArn, principalArn: IDP, assertion: () => btoa("<alice/>") });
  expect(await whoIs(role)).toMatch(/assumed-role\/Saml\/alice$/u);
  const mallory = broker.saml({ roleArn, principalArn: IDP, assertion: () => btoa("<mallory/>") });
  await expect(mallory.get()).rejects.toMatchObject({
    code: "SOURCE_REJECTED",
    cause: { name: expect.stringContaining("InvalidIdentityToken") },
  });
});

test("GetSessionToken with a one-time code, and a role that demands it", async () => {
  const guarded = aws.role("Guarded");
  guarded.update({
    trustPolicy: {
      Version: "2012-10-17",
      Statement: {
        Effect: "Allow",
        Principal: { AWS: "123456789012" },
        Action: "sts:AssumeRole",
        Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
      },
    },
  });
  await expect(broker.role({ roleArn: guarded.arn }).get()).rejects.toMatchObject({ code: "ACCESS_DENIED" });
  const codes = ["111111"];
  const user = broker.sessionToken({
    mfa: { serialNumber: SERIAL, code: async () => codes.shift() as string },
    durationSeconds: 3600,
  });
  const role = broker.role({ roleArn: guarded.arn, via: user });
  expect(await whoIs(role)).toContain("assumed-role/Guarded/");
  expect(codes).toEqual([]);
});

test("AssumeRole with a one-time code that is wrong is refused for good", async () => {
  const mfa = { serialNumber: SERIAL, code: async () => "999999" };
  await expect(broker.role({ roleArn: aws.role("Mfa").arn, mfa }).get()).rejects.toMatchObject({
    code: "ACCESS_DENIED",
    message: expect.stringContaining("MultiFactorAuthentication failed"),
  });
});

test("GetFederationToken, with the policy that it has its permissions from", async () => {
  const role = broker.federationToken({
    name: "guest",
    policy: {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "sagemaker:InvokeEndpoint", Resource: "*" },
    },
  });
  expect(await whoIs(role)).toMatch(/federated-user\/guest$/u);
});

test("AssumeRoot in a member account, for one task", async () => {
  const role = broker.assumeRoot({
    targetPrincipal: MEMBER,
    taskPolicyArn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy",
  });
  const credentials = await role.get();
  expect(credentials.accountId).toBe(MEMBER);
  expect(credentials.expiration.getTime() - aws.clock.now()).toBeLessThanOrEqual(900_000);
});
