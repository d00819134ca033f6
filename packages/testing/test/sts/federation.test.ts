import { generateKeyPairSync, sign } from "node:crypto";
import { afterEach, describe, expect, it } from "vitest";
import { type Aws, type AwsOptions, startAws } from "../../src/index.ts";
import { control, credentialsIn, element, sts } from "../send.ts";

let aws: Aws;
afterEach(() => aws.close());

const web = "arn:aws:iam::123456789012:role/web";
const provider = "arn:aws:iam::123456789012:oidc-provider/oidc.local-aws.test";
const trust = (Federated: string, Condition = {}): NonNullable<AwsOptions["roles"]>[number] => ({
  arn: web,
  trustPolicy: {
    Statement: {
      Effect: "Allow",
      Principal: { Federated },
      Action: ["sts:AssumeRoleWithWebIdentity", "sts:AssumeRoleWithSAML", "sts:TagSession", "sts:SetSourceIdentity"],
      Condition,
    },
  },
});
const withToken = (WebIdentityToken: string) =>
  sts(
    aws,
    { Action: "AssumeRoleWithWebIdentity", RoleArn: web, RoleSessionName: "pod", WebIdentityToken },
    { credentials: null },
  );

describe("AssumeRoleWithWebIdentity", () => {
  it("takes a token of the issuer, unsigned, for the subject the role trusts", async () => {
    aws = await startAws({
      roles: [
        trust(provider, {
          StringEquals: { "oidc.local-aws.test:sub": "system:pod", "oidc.local-aws.test:aud": "sts.amazonaws.com" },
        }),
      ],
    });
    const answer = await withToken(aws.issuer.token({ subject: "system:pod" }));
    expect(answer.status).toBe(200);
    expect([
      element(answer.text, "SubjectFromWebIdentityToken"),
      element(answer.text, "Audience"),
      element(answer.text, "Provider"),
    ]).toEqual(["system:pod", "sts.amazonaws.com", aws.issuer.arn()]);
    const credentials = credentialsIn(answer.text);
    expect(element((await sts(aws, { Action: "GetCallerIdentity" }, { credentials })).text, "Arn")).toBe(
      "arn:aws:sts::123456789012:assumed-role/web/pod",
    );
    const other = await withToken(aws.issuer.token({ subject: "system:other" }));
    expect([other.status, element(other.text, "Message")]).toEqual([
      403,
      "Not authorized to perform sts:AssumeRoleWithWebIdentity",
    ]);
  });

  it("refuses tokens that are old, for others, changed, foreign, or none", async () => {
    aws = await startAws({ roles: [trust(provider)] });
    const codeOf = async (token: string) => element((await withToken(token)).text, "Code");
    const good = aws.issuer.token({ subject: "s" });
    expect(await codeOf(aws.issuer.token({ subject: "s", expiresIn: -1 }))).toBe("ExpiredTokenException");
    expect(await codeOf(aws.issuer.token({ subject: "s", audience: "another" }))).toBe("InvalidIdentityToken");
    const [head, , signature] = good.split(".");
    const forged = Buffer.from(
      JSON.stringify({ iss: aws.issuer.url, sub: "admin", aud: "sts.amazonaws.com", exp: 9e9 }),
    ).toString("base64url");
    expect(await codeOf(`${head}.${forged}.${signature}`)).toBe("InvalidIdentityToken");
    const unsigned = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
    expect(await codeOf(`${unsigned}.${forged}.`)).toBe("InvalidIdentityToken");
    expect(await codeOf("aaaa.bbbb.cccc")).toBe("InvalidIdentityToken");
    await aws.clock.advance(3_600_000);
    expect(await codeOf(good)).toBe("ExpiredTokenException");
  });

  it("takes other issuers by their keys, and says when a key cannot be found", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const token = (kid: string) => {
      const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const text = `${encode({ alg: "RS256", kid })}.${encode({ iss: "https://ci.example", sub: "repo:x", aud: ["a", "deploy"], exp: 9_000_000_000 })}`;
      return `${text}.${sign("sha256", Buffer.from(text), privateKey).toString("base64url")}`;
    };
    aws = await startAws({
      roles: [trust("arn:aws:iam::123456789012:oidc-provider/ci.example")],
      webIdentityProviders: [
        {
          issuer: "https://ci.example",
          audiences: ["deploy"],
          verification: { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "k1" }] },
        },
      ],
    });
    expect((await withToken(token("k1"))).status).toBe(200);
    expect(element((await withToken(token("k2"))).text, "Message")).toMatch(/^Couldn't retrieve verification key/);
  });

  it("tags the session as the token says", async () => {
    aws = await startAws({ roles: [trust(provider)] });
    const claims = {
      "https://aws.amazon.com/tags": { principal_tags: { team: ["blue"] }, transitive_tag_keys: ["team"] },
      "https://aws.amazon.com/source_identity": "alice",
    };
    const answer = await withToken(aws.issuer.token({ subject: "s", claims }));
    expect(element(answer.text, "SourceIdentity")).toBe("alice");
    aws.role(web).update({
      policies: [
        {
          Statement: {
            Effect: "Allow",
            Action: "*",
            Resource: "*",
            Condition: { StringEquals: { "aws:PrincipalTag/team": "blue" } },
          },
        },
      ],
    });
    expect((await control(aws, "ListModels", {}, { credentials: credentialsIn(answer.text) })).status).toBe(200);
  });

  it("shows no token back in its errors", async () => {
    aws = await startAws();
    const answer = await withToken("abc");
    expect(answer.text).toContain("'***sensitive***'");
    expect(answer.text).not.toContain("abc");
  });
});

describe("AssumeRoleWithSAML", () => {
  it("takes an assertion that its provider vouches for", async () => {
    const adfs = "arn:aws:iam::123456789012:saml-provider/adfs";
    aws = await startAws({
      roles: [trust(adfs, { StringEquals: { "SAML:aud": "https://signin.aws.amazon.com/saml" } })],
      samlProviders: [
        {
          arn: adfs,
          verify: (xml) =>
            xml === "<good/>"
              ? { subject: "alice", issuer: "https://adfs.example", sessionName: "alice", roles: [web] }
              : undefined,
        },
      ],
    });
    const ask = (xml: string) =>
      sts(
        aws,
        {
          Action: "AssumeRoleWithSAML",
          RoleArn: web,
          PrincipalArn: adfs,
          SAMLAssertion: Buffer.from(xml).toString("base64"),
        },
        { credentials: null },
      );
    const answer = await ask("<good/>");
    expect([
      element(answer.text, "Subject"),
      element(answer.text, "SubjectType"),
      element(answer.text, "Issuer"),
    ]).toEqual(["alice", "persistent", "https://adfs.example"]);
    expect(element((await ask("<forged/>")).text, "Code")).toBe("InvalidIdentityToken");
  });
});

describe("long-term keys", () => {
  it("get a session token, which may call little of STS", async () => {
    aws = await startAws({ roles: ["worker"] });
    const answer = await sts(aws, { Action: "GetSessionToken", DurationSeconds: "900" });
    const credentials = credentialsIn(answer.text);
    expect((await control(aws, "ListModels", {}, { credentials })).status).toBe(200);
    expect(
      (
        await sts(
          aws,
          { Action: "AssumeRole", RoleArn: aws.role("worker").arn, RoleSessionName: "s1" },
          { credentials },
        )
      ).status,
    ).toBe(200);
    for (const Action of ["GetSessionToken", "GetFederationToken", "GetAccessKeyInfo"]) {
      const refused = await sts(aws, { Action, Name: "bob" }, { credentials });
      expect(element(refused.text, "Message")).toBe(`Cannot call ${Action} with session credentials`);
    }
  });

  it("get a federation token that may do what both sides allow, and nothing without a policy", async () => {
    aws = await startAws();
    const ask = (extra: Record<string, string>) => sts(aws, { Action: "GetFederationToken", Name: "bob", ...extra });
    const bare = await ask({});
    expect(element(bare.text, "Arn")).toBe("arn:aws:sts::123456789012:federated-user/bob");
    expect((await control(aws, "ListModels", {}, { credentials: credentialsIn(bare.text) })).status).toBe(400);
    const Policy = JSON.stringify({ Statement: { Effect: "Allow", Action: "sagemaker:List*", Resource: "*" } });
    const limited = credentialsIn((await ask({ Policy })).text);
    expect((await control(aws, "ListModels", {}, { credentials: limited })).status).toBe(200);
    expect((await control(aws, "CreateModel", { ModelName: "m" }, { credentials: limited })).status).toBe(400);
    expect(
      (await sts(aws, { Action: "GetFederationToken", Name: "x" }, { credentials: aws.role("worker").session() }))
        .status,
    ).toBe(403);
  });
});

describe("AssumeRoot", () => {
  it("opens a member account for one task", async () => {
    aws = await startAws({ accounts: ["123456789012", "210987654321"] });
    const ask = (TargetPrincipal: string, task = "IAMAuditRootUserCredentials") =>
      sts(aws, {
        Action: "AssumeRoot",
        TargetPrincipal,
        "TaskPolicyArn.arn": `arn:aws:iam::aws:policy/root-task/${task}`,
      });
    const answer = await ask("210987654321");
    const credentials = credentialsIn(answer.text);
    expect(element((await sts(aws, { Action: "GetCallerIdentity" }, { credentials })).text, "Arn")).toBe(
      "arn:aws:iam::210987654321:root",
    );
    expect((await control(aws, "ListModels", {}, { credentials })).status).toBe(400);
    const refused = await sts(
      aws,
      { Action: "AssumeRole", RoleArn: aws.role("worker").arn, RoleSessionName: "s1" },
      { credentials },
    );
    expect(element(refused.text, "Message")).toBe("Roles may not be assumed by root accounts.");
    expect((await ask("999999999999")).status).toBe(403);
    expect((await ask("123456789012")).status).toBe(403);
    expect((await ask("210987654321", "Everything")).status).toBe(400);
  });
});
