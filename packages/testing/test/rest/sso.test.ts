import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { control, send } from "../send.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({ roles: ["engineer"] });
});
afterAll(() => aws.close());

async function ask(method: string, path: string, body?: object, headers: Record<string, string> = {}) {
  const sent = await send(aws, aws.url.sso + path, {
    method,
    credentials: null,
    headers: { "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: sent.status,
    code: sent.headers["x-amzn-errortype"],
    json: JSON.parse(sent.text) as Record<string, unknown>,
  };
}

async function signIn() {
  const { json: client } = await ask("POST", "/client/register", { clientName: "test", clientType: "public" });
  const { clientId, clientSecret } = client;
  const { json: device } = await ask("POST", "/device_authorization", {
    clientId,
    clientSecret,
    startUrl: "https://x.awsapps.com/start",
  });
  const grantType = "urn:ietf:params:oauth:grant-type:device_code";
  const { json } = await ask("POST", "/token", { clientId, clientSecret, grantType, deviceCode: device["deviceCode"] });
  return { client: { clientId, clientSecret }, deviceCode: device["deviceCode"], token: json };
}

const bearer = (token: unknown) => ({ "x-amz-sso_bearer_token": String(token) });
const credentialsPath = "/federation/credentials?role_name=engineer&account_id=123456789012";

describe("IAM Identity Center", () => {
  it("signs a device in and gives out credentials of a role that work", async () => {
    const { token } = await signIn();
    const { json } = await ask("GET", credentialsPath, undefined, bearer(token["accessToken"]));
    const { expiration, ...credentials } = json["roleCredentials"] as Aws["user"] & { expiration: number };
    expect(expiration).toBeGreaterThan(aws.clock.now());
    expect((await control(aws, "ListModels", {}, { credentials })).status).toBe(200);
    const roles = await ask(
      "GET",
      "/assignment/roles?account_id=123456789012",
      undefined,
      bearer(token["accessToken"]),
    );
    expect(roles.json["roleList"]).toEqual([{ roleName: "engineer", accountId: "123456789012" }]);
  });

  it("refreshes a token, and refuses a code that was used", async () => {
    const { client, deviceCode, token } = await signIn();
    const refreshed = await ask("POST", "/token", {
      ...client,
      grantType: "refresh_token",
      refreshToken: token["refreshToken"],
    });
    expect(refreshed.json["accessToken"]).not.toBe(token["accessToken"]);
    const grantType = "urn:ietf:params:oauth:grant-type:device_code";
    expect(await ask("POST", "/token", { ...client, grantType, deviceCode })).toMatchObject({
      status: 400,
      code: "InvalidGrantException",
      json: { error: "invalid_grant" },
    });
    expect((await ask("POST", "/token", { ...client, clientSecret: "x", grantType, deviceCode })).code).toBe(
      "InvalidClientException",
    );
  });

  it("refuses unknown and expired tokens, unknown roles, and a session after logout", async () => {
    const { token } = await signIn();
    const headers = bearer(token["accessToken"]);
    expect((await ask("GET", credentialsPath, undefined, bearer("x"))).code).toBe("UnauthorizedException");
    expect((await ask("GET", credentialsPath.replace("engineer", "other"), undefined, headers)).status).toBe(403);
    await ask("POST", "/logout", {}, headers);
    expect((await ask("GET", credentialsPath, undefined, headers)).status).toBe(401);
    const again = bearer((await signIn()).token["accessToken"]);
    await aws.clock.advance(8 * 3_600_000);
    expect((await ask("GET", credentialsPath, undefined, again)).status).toBe(401);
  });
});
