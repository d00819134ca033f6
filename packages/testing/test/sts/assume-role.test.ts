import { createHash } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { control, credentialsIn, element, sts } from "../send.ts";

let aws: Aws;
afterEach(() => aws.close());

const worker = "arn:aws:iam::123456789012:role/worker";

describe("AssumeRole", () => {
  it("answers with a session that signs, under AWS's names, until it expires", async () => {
    aws = await startAws({ roles: [worker] });
    const answer = await sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one" });
    expect(answer.status).toBe(200);
    expect(element(answer.text, "Arn")).toBe("arn:aws:sts::123456789012:assumed-role/worker/one");
    expect(element(answer.text, "AssumedRoleId")).toMatch(/^AROA[A-Z2-7]{17}:one$/);
    expect(element(answer.text, "Expiration")).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    expect(answer.headers["x-amzn-requestid"]).toBe(element(answer.text, "RequestId"));

    const credentials = credentialsIn(answer.text);
    expect(credentials.accessKeyId).toMatch(/^ASIA[A-Z2-7]{16}$/);
    expect(credentials.sessionToken).toHaveLength(684);
    expect((await sts(aws, { Action: "GetCallerIdentity" }, { credentials })).status).toBe(200);

    await aws.clock.advance(3_600_000);
    // The signer would refuse credentials that it knows to have expired.
    const undated = { ...credentials, expiration: undefined };
    const expired = await sts(aws, { Action: "GetCallerIdentity" }, { credentials: undated });
    expect([expired.status, element(expired.text, "Code")]).toEqual([403, "ExpiredToken"]);
  });

  it("denies a role that does not exist in the words for one that is not allowed", async () => {
    aws = await startAws();
    const answer = await sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one" });
    expect(answer.status).toBe(403);
    expect(element(answer.text, "Code")).toBe("AccessDenied");
    expect(element(answer.text, "Message")).toBe(
      `User: arn:aws:iam::123456789012:user/countersign is not authorized to perform: sts:AssumeRole on resource: ${worker}`,
    );
  });

  it("demands the external id of the trust policy", async () => {
    aws = await startAws({
      roles: [
        {
          arn: worker,
          trustPolicy: {
            Version: "2012-10-17",
            Statement: {
              Effect: "Allow",
              Principal: { AWS: "123456789012" },
              Action: "sts:AssumeRole",
              Condition: { StringEquals: { "sts:ExternalId": "tenant-7" } },
            },
          },
        },
      ],
    });
    const ask = (externalId?: string) =>
      sts(aws, {
        Action: "AssumeRole",
        RoleArn: worker,
        RoleSessionName: "one",
        ...(externalId === undefined ? {} : { ExternalId: externalId }),
      });
    expect((await ask()).status).toBe(403);
    expect((await ask("tenant-8")).status).toBe(403);
    expect((await ask("tenant-7")).status).toBe(200);
  });

  it("holds sessions to the role's longest, and to an hour down a chain, in AWS's words", async () => {
    aws = await startAws({ roles: [{ arn: worker, maxSessionDuration: 7200 }, "second"] });
    const ask = (seconds: string, o = {}) =>
      sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one", DurationSeconds: seconds }, o);
    expect(element((await ask("899")).text, "Message")).toBe(
      "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
    );
    expect(element((await ask("7201")).text, "Message")).toBe(
      "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    expect((await ask("7200")).status).toBe(200);
    const chained = await ask("3601", { credentials: aws.role("second").session() });
    expect([chained.status, element(chained.text, "Message")]).toEqual([
      400,
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
    ]);
  });

  it("names every invalid parameter at once", async () => {
    aws = await startAws();
    const answer = await sts(aws, { Action: "AssumeRole", RoleArn: "short", RoleSessionName: "a b" });
    expect(answer.status).toBe(400);
    expect(element(answer.text, "Code")).toBe("ValidationError");
    expect(element(answer.text, "Message")).toMatch(
      /^2 validation errors detected: .*'roleArn'.*; .*'roleSessionName'/,
    );
  });

  it("limits the session to its policy", async () => {
    aws = await startAws({ roles: [worker] });
    const policy = {
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Action: "sagemaker:List*", Resource: "*" }],
    };
    const answer = await sts(aws, {
      Action: "AssumeRole",
      RoleArn: worker,
      RoleSessionName: "one",
      Policy: JSON.stringify(policy),
    });
    expect(Number(element(answer.text, "PackedPolicySize"))).toBeGreaterThan(0);
    const credentials = credentialsIn(answer.text);
    expect((await control(aws, "ListModels", {}, { credentials })).status).toBe(200);
    const denied = await control(aws, "CreateModel", { ModelName: "m" }, { credentials });
    expect(denied.json).toMatchObject({
      __type: "AccessDeniedException",
      message: expect.stringContaining("because no session policy allows the sagemaker:CreateModel action") as string,
    });
  });

  it("refuses an invalid policy and a policy that is too large", async () => {
    aws = await startAws({ roles: [worker] });
    const ask = (policy: string) =>
      sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one", Policy: policy });
    expect(element((await ask("{}")).text, "Code")).toBe("MalformedPolicyDocument");
    expect(element((await ask("x".repeat(2049))).text, "Code")).toBe("ValidationError");
    const tags = Object.fromEntries(
      Array.from({ length: 50 }, (_, n) => [
        [`Tags.member.${n + 1}.Key`, `key-${n}`],
        [`Tags.member.${n + 1}.Value`, createHash("sha512").update(String(n)).digest("base64")],
      ]).flat() as [string, string][],
    );
    const big = await sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one", ...tags });
    expect([big.status, element(big.text, "Code")]).toEqual([400, "PackedPolicyTooLarge"]);
  });

  it("passes transitive tags and the source identity down the chain, unchanged", async () => {
    const second = "arn:aws:iam::123456789012:role/second";
    aws = await startAws({ roles: [worker, second] });
    const first = await sts(aws, {
      Action: "AssumeRole",
      RoleArn: worker,
      RoleSessionName: "one",
      SourceIdentity: "alice",
      "Tags.member.1.Key": "team",
      "Tags.member.1.Value": "blue",
      "TransitiveTagKeys.member.1": "team",
    });
    const credentials = credentialsIn(first.text);
    const again = (extra: Record<string, string>) =>
      sts(aws, { Action: "AssumeRole", RoleArn: second, RoleSessionName: "two", ...extra }, { credentials });
    expect(element((await again({})).text, "SourceIdentity")).toBe("alice");
    expect((await again({ SourceIdentity: "mallory" })).status).toBe(403);
    const retagged = await again({ "Tags.member.1.Key": "TEAM", "Tags.member.1.Value": "red" });
    expect(element(retagged.text, "Code")).toBe("InvalidParameterValue");
    aws.role(second).update({
      policies: [
        {
          Statement: {
            Effect: "Allow",
            Action: "sagemaker:ListModels",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalTag/team": "blue", "aws:SourceIdentity": "alice" } },
          },
        },
      ],
    });
    const chained = credentialsIn((await again({})).text);
    expect((await control(aws, "ListModels", {}, { credentials: chained })).status).toBe(200);
  });

  it("needs sts:TagSession and sts:SetSourceIdentity in the trust policy", async () => {
    aws = await startAws({
      roles: [
        {
          arn: worker,
          trustPolicy: { Statement: { Effect: "Allow", Principal: { AWS: "*" }, Action: "sts:AssumeRole" } },
        },
      ],
    });
    const ask = (extra: Record<string, string>) =>
      sts(aws, { Action: "AssumeRole", RoleArn: worker, RoleSessionName: "one", ...extra });
    expect((await ask({})).status).toBe(200);
    const tagged = await ask({ "Tags.member.1.Key": "team", "Tags.member.1.Value": "blue" });
    expect(element(tagged.text, "Message")).toContain("sts:TagSession");
    expect(element((await ask({ SourceIdentity: "alice" })).text, "Message")).toContain("sts:SetSourceIdentity");
  });

  it("wants both sides' consent across accounts, and either side's within one", async () => {
    const foreign = "arn:aws:iam::210987654321:role/shared";
    const statement = (aws: string) =>
      ({ Statement: { Effect: "Allow", Principal: { AWS: aws }, Action: "sts:AssumeRole" } }) as const;
    aws = await startAws({
      accounts: ["123456789012", "210987654321"],
      users: [{ name: "mighty" }, { name: "meek", policies: [] }],
      roles: [
        { arn: foreign, trustPolicy: statement("arn:aws:iam::123456789012:user/meek") },
        { arn: worker, trustPolicy: statement("arn:aws:iam::123456789012:user/meek") },
      ],
    });
    const ask = (RoleArn: string, user: string) =>
      sts(aws, { Action: "AssumeRole", RoleArn, RoleSessionName: "one" }, { credentials: aws.users[user] ?? null });
    expect((await ask(worker, "meek")).status).toBe(200);
    expect((await ask(foreign, "meek")).status).toBe(403);
    expect((await ask(worker, "mighty")).status).toBe(403);
    aws.role(foreign).update({ trustPolicy: statement("123456789012") });
    expect((await ask(foreign, "mighty")).status).toBe(200);
  });

  it("keeps tags whatever they are called, and takes no key twice in another case", async () => {
    aws = await startAws({ roles: [worker] });
    const Condition = { StringEquals: { "aws:PrincipalTag/__proto__": "x" } };
    aws.role(worker).update({ policies: [{ Statement: { Effect: "Allow", Action: "*", Resource: "*", Condition } }] });
    const ask = (...keys: string[]) =>
      sts(aws, {
        Action: "AssumeRole",
        RoleArn: worker,
        RoleSessionName: "one",
        ...Object.fromEntries(
          keys.flatMap((key, n) => [
            [`Tags.member.${n + 1}.Key`, key],
            [`Tags.member.${n + 1}.Value`, "x"],
          ]),
        ),
      });
    const credentials = credentialsIn((await ask("__proto__")).text);
    expect((await control(aws, "ListModels", {}, { credentials })).status).toBe(200);
    expect(element((await ask("team", "Team")).text, "Message")).toMatch(/^Duplicate tag keys found/);
  });

  it("takes an MFA code once", async () => {
    const serialNumber = "arn:aws:iam::123456789012:mfa/alice";
    aws = await startAws({ users: [{ name: "alice", mfa: { serialNumber, codes: ["123456"] } }], roles: [worker] });
    const ask = (TokenCode: string) =>
      sts(aws, {
        Action: "AssumeRole",
        RoleArn: worker,
        RoleSessionName: "one",
        SerialNumber: serialNumber,
        TokenCode,
      });
    expect((await ask("654321")).status).toBe(403);
    expect((await ask("123456")).status).toBe(200);
    const again = await ask("123456");
    expect(element(again.text, "Message")).toBe(
      "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    );
  });
});
