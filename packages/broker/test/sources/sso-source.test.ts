import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { sources } from "../../src/sources/sources.ts";
import { type Answer, createHome, type Home, recordingTransport } from "./fixture.ts";

const START = "https://d-0000000000.awsapps.com/start";
const CONFIG = `[sso-session corp]\nsso_start_url = ${START}\nsso_region = us-west-2\n`;
const role = { accountId: "111122223333", roleName: "Engineer" };
const portal: Answer = {
  body: JSON.stringify({
    roleCredentials: { accessKeyId: "ASIASSO", secretAccessKey: "s", sessionToken: "t", expiration: 4_070_908_800_000 },
  }),
};

function signedIn(home: Home, name: string, change: object = {}): void {
  const token = { accessToken: "sso-token", expiresAt: "2099-01-01T00:00:00Z", ...change };
  home.write(`.aws/sso/cache/${createHash("sha1").update(name).digest("hex")}.json`, JSON.stringify(token));
}

describe("sources.sso", () => {
  it.each([
    ["a session of the shared files", { session: "corp" }, "corp"],
    ["a start URL", { startUrl: START, ssoRegion: "us-west-2" }, START],
  ])("gets the credentials of a role with %s", async (_, options, name) => {
    using home = createHome(CONFIG);
    signedIn(home, name);
    const { transport, asked } = recordingTransport(() => portal);
    const found = await sources.sso({ ...options, ...role, transport, env: home.env })();
    expect(found).toMatchObject({ accessKeyId: "ASIASSO", accountId: "111122223333" });
    expect(asked[0]?.url).toBe(
      "https://portal.sso.us-west-2.amazonaws.com/federation/credentials?role_name=Engineer&account_id=111122223333",
    );
  });

  it.each([
    ["FIPS", { AWS_USE_FIPS_ENDPOINT: "true" }, "portal.sso-fips.us-west-2.amazonaws.com"],
    ["dual-stack", { AWS_USE_DUALSTACK_ENDPOINT: "true" }, "portal.sso.us-west-2.api.aws"],
    [
      "an address of your own",
      { AWS_ENDPOINT_URL_SSO: "https://sso.internal.example/portal/" },
      "sso.internal.example",
    ],
  ])("asks the host of %s", async (_, env, host) => {
    using home = createHome(CONFIG);
    signedIn(home, "corp");
    const { transport, asked } = recordingTransport(() => portal);
    await sources.sso({ session: "corp", ...role, transport, env: { ...home.env, ...env } })();
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([host]);
    expect(asked[0]?.url).toMatch(/[a-z]\/(?:portal\/)?federation\/credentials\?/);
  });

  const registration = { clientId: "id", clientSecret: "cs", registrationExpiresAt: "2099-01-01T00:00:00Z" };
  it("uses a token to its end when it cannot be renewed, and not longer", async () => {
    using home = createHome(CONFIG);
    const { transport, asked } = recordingTransport(({ url }) =>
      url.endsWith("/token") ? { status: 503, body: "" } : portal,
    );
    const provide = sources.sso({ session: "corp", ...role, transport, env: home.env });
    const soon = new Date(Date.now() + 60_000).toISOString();
    signedIn(home, "corp", { expiresAt: soon, refreshToken: "r1", ...registration });
    await expect(provide()).resolves.toMatchObject({ accessKeyId: "ASIASSO" });
    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(["/token", "/federation/credentials"]);
    signedIn(home, "corp", { expiresAt: "2020-01-01T00:00:00Z", refreshToken: "r1", ...registration });
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: "sso: session corp: the token of IAM Identity Center has expired; run aws sso login --sso-session corp",
    });
  });

  it("does not renew a token whose registration has expired", async () => {
    using home = createHome(CONFIG);
    const old = { expiresAt: "2020-01-01T00:00:00Z", refreshToken: "r1", ...registration };
    signedIn(home, "corp", { ...old, registrationExpiresAt: "2020-01-01T00:00:00Z" });
    const { transport, asked } = recordingTransport(() => portal);
    await expect(sources.sso({ session: "corp", ...role, transport, env: home.env })()).rejects.toThrow("has expired");
    expect(asked).toEqual([]);
  });

  it.each([
    ["401", { status: 401, body: "{}" }, /rejected the token; run aws sso login --sso-session corp$/],
    ["403", { status: 403, body: '{"message":"No access"}' }, /answered with status 403: No access$/],
    ["no JSON", { body: "<html>" }, /must have keys, a token and an expiration$/],
    ["half of the keys", { body: '{"roleCredentials":{"accessKeyId":"A"}}' }, /must have keys/],
    ["a list", { body: "[null]" }, /must have keys/],
  ])("an answer of %s is an error that says what to do", async (_, answer, message) => {
    using home = createHome(CONFIG);
    signedIn(home, "corp");
    const { transport } = recordingTransport(() => answer);
    await expect(sources.sso({ session: "corp", ...role, transport, env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
  });

  const { transport } = recordingTransport(() => portal);
  it.each([
    ["neither a session nor a start URL", {}, /^session: must be given/],
    ["a start URL without its Region", { startUrl: START }, /^session: must be given, or both/],
    [
      "a session and a start URL",
      { session: "corp", startUrl: START, ssoRegion: "us-west-2" },
      /^session: must be given alone/,
    ],
    ["a start URL of http:", { startUrl: "http://example.com", ssoRegion: "us-west-2" }, /^startUrl: /],
    ["a short account", { session: "corp", accountId: "1" }, /^accountId: /],
    ["a role that is empty", { session: "corp", roleName: "" }, /^roleName: /],
    ["a misspelt option", { session: "corp", rolename: "x" }, /did you mean roleName/],
  ])("refuses %s", (_, options, message) => {
    expect(() => sources.sso({ ...role, ...options, transport })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });

  it.each([
    ["a session that is missing", "", /^sso: \[sso-session corp\] must be in .*config and have sso_start_url$/],
    ["a session without a Region", `[sso-session corp]\nsso_start_url = ${START}\n`, /have sso_region$/],
    ["a Region with a path", `${CONFIG.trim()}/x\n`, /the Region of sso must be one such as eu-west-1$/],
  ])("refuses %s in the shared files", async (_, config, message) => {
    using home = createHome(config);
    signedIn(home, "corp");
    await expect(sources.sso({ session: "corp", ...role, transport, env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(message),
    });
  });
});
