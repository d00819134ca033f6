import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { control, credentialsIn, element, sts, type SendOptions } from "../send.ts";

let aws: Aws;
beforeEach(async () => {
  aws = await startAws({ roles: ["worker"], users: [{ name: "product" }, { name: "none", policies: [] }] });
});
afterEach(() => aws.close());

const allow = (...Action: string[]): string =>
  JSON.stringify({ Version: "2012-10-17", Statement: { Effect: "Allow", Action, Resource: "*" } });
const statusOf = async (operation: string, credentials: SendOptions["credentials"]): Promise<number> =>
  (await control(aws, operation, {}, { credentials: credentials ?? null })).status;

describe("GetScopedCredentials", () => {
  const scoped = (parameters: Record<string, string>, credentials: SendOptions["credentials"]) =>
    sts(aws, { Action: "GetScopedCredentials", ...parameters }, { credentials: credentials ?? null });

  it("narrows a session each time, keeps its identity and counts the policies", async () => {
    const parent = aws.role("worker").session({ sessionName: "s", tags: { team: "a" } });
    const once = await scoped({ Policy: allow("sagemaker:List*", "sts:*") }, parent);
    const twice = await scoped(
      { Policy: allow("sagemaker:ListModels", "sagemaker:CreateModel") },
      credentialsIn(once.text),
    );
    expect([once, twice].map(({ text }) => element(text, "ScopedPoliciesCount"))).toEqual(["1", "2"]);
    const arn = "arn:aws:sts::123456789012:assumed-role/worker/s";
    expect([element(twice.text, "Arn"), element(twice.text, "ScopedSessionId")]).toEqual([
      arn,
      expect.stringMatching(/^AROA.*:s$/) as string,
    ]);
    const [first, second] = [credentialsIn(once.text), credentialsIn(twice.text)];
    expect(await Promise.all(["ListModels", "ListEndpoints"].map((name) => statusOf(name, first)))).toEqual([200, 200]);
    expect(await Promise.all(["ListModels", "ListEndpoints"].map((name) => statusOf(name, second)))).toEqual([
      200, 400,
    ]);
    const identity = await sts(aws, { Action: "GetCallerIdentity" }, { credentials: second });
    expect(element(identity.text, "Arn")).toBe(arn);
    // The second scope allows no sts action, so that session cannot be narrowed further.
    expect(element((await scoped({ Policy: allow("*") }, second)).text, "Code")).toBe("AccessDenied");
  });

  it("shortens a session and never lengthens it", async () => {
    const parent = aws.role("worker").session({ durationSeconds: 900 });
    const end = new Date((parent.expiration as Date).getTime());
    const inherited = await scoped({ Policy: allow("*") }, parent);
    expect(credentialsIn(inherited.text).expiration).toEqual(end);
    const shorter = await scoped({ DurationSeconds: "60" }, parent);
    expect(credentialsIn(shorter.text).expiration?.getTime()).toBe(end.getTime() - 840_000);
    expect(element((await scoped({ DurationSeconds: "901" }, parent)).text, "Code")).toBe(
      "InsufficientSessionLifetime",
    );
    await aws.clock.advance(61_000);
    // Without the time of expiry the signer signs, and the service refuses.
    const { expiration: _expiration, ...expired } = credentialsIn(shorter.text);
    expect(await statusOf("ListModels", expired)).toBe(400);
    expect(await statusOf("ListModels", credentialsIn(inherited.text))).toBe(200);
  });

  it("refuses long-term keys, empty requests, a fourth policy and a broken one", async () => {
    let session = credentialsIn((await sts(aws, { Action: "GetSessionToken" })).text);
    const code = async (...asked: Parameters<typeof scoped>) => element((await scoped(...asked)).text, "Code");
    expect(await code({ Policy: allow("*") }, aws.user)).toBe("AccessDenied");
    expect(await code({}, session)).toBe("ValidationError");
    expect(await code({ DurationSeconds: "0" }, session)).toBe("ValidationError");
    expect(await code({ Policy: "{}" }, session)).toBe("MalformedPolicyDocument");
    expect(await code({ DurationSeconds: "60", MinimumSessionTokenSize: "4097" }, session)).toBe("ValidationError");
    for (let layer = 1; layer <= 3; layer += 1) {
      session = credentialsIn((await scoped({ Policy: allow("*") }, session)).text);
    }
    expect(await code({ Policy: allow("*") }, session)).toBe("AccessDenied");
    expect(await code({ DurationSeconds: "60" }, session)).toBeUndefined();
  });

  it("is revoked with the role's sessions", async () => {
    const { text } = await scoped({ Policy: allow("*") }, aws.role("worker").session());
    expect(aws.revoke({ roleArn: "worker" })).toBe(2);
    expect(await statusOf("ListModels", credentialsIn(text))).toBe(400);
  });
});

describe("GetDelegatedAccessToken", () => {
  const exchange = (TradeInToken: string, user = "product") =>
    sts(aws, { Action: "GetDelegatedAccessToken", TradeInToken }, { credentials: aws.users[user] ?? null });

  it("exchanges a trade-in token for a session of the role that was delegated", async () => {
    const token = aws.role("worker").tradeInToken({
      sessionName: "delegated",
      durationSeconds: 900,
      policies: [{ Statement: { Effect: "Allow", Action: "sagemaker:ListModels", Resource: "*" } }],
    });
    const { text } = await exchange(token);
    expect(element(text, "AssumedPrincipal")).toBe("arn:aws:iam::123456789012:role/worker");
    const credentials = credentialsIn(text);
    expect(credentials.expiration?.getTime()).toBe(Math.floor(aws.clock.now() / 1000) * 1000 + 900_000);
    expect(await Promise.all(["ListModels", "ListEndpoints"].map((name) => statusOf(name, credentials)))).toEqual([
      200, 400,
    ]);
  });

  it("refuses tokens that are unknown, expired or of a role that was removed, and callers without permission", async () => {
    const code = async (...asked: Parameters<typeof exchange>) => element((await exchange(...asked)).text, "Code");
    const role = aws.role("worker");
    const [short, long] = [role.tradeInToken({ expiresIn: 60 }), role.tradeInToken()];
    expect(await code("unknown-token")).toBe("AccessDenied");
    expect(await code(long, "none")).toBe("AccessDenied");
    await aws.clock.advance(60_000);
    expect([await code(short), await code(long)]).toEqual(["ExpiredTradeInTokenException", undefined]);
    role.remove();
    expect(await code(long)).toBe("AccessDenied");
    expect(() => role.tradeInToken({ expiresIn: 0 })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    expect(() => role.tradeInToken()).toThrow(expect.objectContaining({ code: "UNKNOWN_PRINCIPAL" }));
  });
});

it.each(["AssumeRole", "GetSessionToken", "GetFederationToken"])("%s sizes session tokens as asked", async (Action) => {
  const roleArn = aws.role("worker").arn;
  const asked = { Action, RoleArn: roleArn, RoleSessionName: "session", Name: "federated" };
  const { text } = await sts(aws, { ...asked, MinimumSessionTokenSize: "2048" });
  expect([element(text, "SessionTokenSize"), element(text, "SessionTokenUtilization")]).toEqual(["2048", "50"]);
  const { sessionToken = "" } = credentialsIn(text);
  expect(sessionToken).toHaveLength(2048);
  const identity = await sts(aws, { Action: "GetCallerIdentity" }, { credentials: credentialsIn(text) });
  expect(identity.status).toBe(200);
  const large = await sts(aws, { ...asked, MinimumSessionTokenSize: "4097" });
  expect(element(large.text, "Message")).toContain("'minimumSessionTokenSize' failed to satisfy constraint");
});

it.each([[{ SubjectMode: "Both" }], [{ SubjectMode: "OriginIdentity", Scope: "read" }], [{ Scope: "read" }]])(
  "GetWebIdentityToken refuses %j, because no local session has an origin identity",
  async (more) => {
    const asked = {
      Action: "GetWebIdentityToken",
      "Audience.member.1": "https://a.example",
      SigningAlgorithm: "ES384",
    };
    const { status, text } = await sts(aws, { ...asked, ...more });
    expect([status, element(text, "Code")]).toEqual([400, "ValidationError"]);
  },
);
