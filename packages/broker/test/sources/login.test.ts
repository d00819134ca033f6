import { createHash, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { sources } from "../../src/sources/sources.ts";
import { type Answer, createHome, type Home, recordingTransport } from "./fixture.ts";

const SESSION = "arn:aws:iam::111122223333:user/someone";
const CONFIG = `[profile dev]\nlogin_session = ${SESSION}\nregion = eu-west-1\n`;
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
const dpopKey = keys.privateKey.export({ type: "sec1", format: "pem" });
const NAME = `${createHash("sha256").update(SESSION).digest("hex")}.json`;

/** Writes the session as `aws login` caches it. */
function loggedIn(home: Home, expiresAt: number, folder = ".aws/login/cache", change: object = {}): string {
  const accessToken = {
    accessKeyId: "ASIALOGIN",
    secretAccessKey: "s",
    sessionToken: "t",
    accountId: "111122223333",
    expiresAt: new Date(expiresAt).toISOString(),
  };
  const session = {
    accessToken,
    clientId: "arn:aws:signin:::devtools/same-device",
    refreshToken: "r1",
    dpopKey,
    ...change,
  };
  return home.write(`${folder}/${NAME}`, JSON.stringify(session), 0o644);
}
const hour = (count: number): number => Date.now() + count * 3_600_000;
const renewal: Answer = {
  body: JSON.stringify({
    accessToken: { accessKeyId: "ASIANEW", secretAccessKey: "s2", sessionToken: "t2" },
    expiresIn: 900,
    refreshToken: "r2",
  }),
};

describe("a session of aws login", () => {
  it("is used while it is valid, from the folder of the environment too", async () => {
    using home = createHome(CONFIG);
    loggedIn(home, hour(1));
    const { transport, asked } = recordingTransport(() => renewal);
    const options = { profile: "dev", transport, env: home.env };
    expect(await sources.profile(options)()).toMatchObject({ accessKeyId: "ASIALOGIN", accountId: "111122223333" });
    loggedIn(home, hour(1), "elsewhere", { clientId: "other" });
    const env = { ...home.env, AWS_LOGIN_CACHE_DIRECTORY: "~/elsewhere" };
    expect(await sources.profile({ ...options, env })()).toMatchObject({ accessKeyId: "ASIALOGIN" });
    expect(asked).toEqual([]);
  });

  it("is renewed with a proof of its key, and kept for AWS's own tools, readable for its owner only", async () => {
    using home = createHome(CONFIG);
    const file = loggedIn(home, hour(-1));
    const { transport, asked } = recordingTransport(() => renewal);
    const options = { profile: "dev", transport, env: home.env };
    const found = await sources.profile(options)();
    expect(found).toMatchObject({ accessKeyId: "ASIANEW", accountId: "111122223333" });
    expect(found.expiration?.getTime()).toBeGreaterThan(Date.now() + 890_000);

    const [request] = asked;
    expect(request?.url).toBe("https://eu-west-1.signin.aws.amazon.com/v1/token");
    expect(JSON.parse(request?.body ?? "")).toEqual({
      clientId: "arn:aws:signin:::devtools/same-device",
      refreshToken: "r1",
      grantType: "refresh_token",
    });
    // RFC 9449, section 4.2
    const [header = "", claims = "", signature = ""] = (request?.headers["dpop"] ?? "").split(".");
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
    expect(read(header)).toMatchObject({ typ: "dpop+jwt", alg: "ES256" });
    expect(read(claims)).toMatchObject({
      htm: "POST",
      htu: request?.url,
      iat: expect.any(Number),
      jti: expect.any(String),
    });
    const key = createPublicKey({ key: read(header)["jwk"] as never, format: "jwk" });
    expect(key.equals(keys.publicKey)).toBe(true);
    const given = { key, dsaEncoding: "ieee-p1363" } as const;
    expect(verify("sha256", Buffer.from(`${header}.${claims}`), given, Buffer.from(signature, "base64url"))).toBe(true);
    expect(JSON.stringify(read(header))).not.toContain('"d"');

    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      accessToken: { accessKeyId: "ASIANEW", accountId: "111122223333" },
      refreshToken: "r2",
      dpopKey,
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    await sources.profile(options)();
    expect(asked).toHaveLength(1);
  });

  it.each([
    ["FIPS", "use_fips_endpoint = true", "signin-fips.eu-west-1.amazonaws.com"],
    ["dual-stack", "use_dualstack_endpoint = true", "signin.eu-west-1.api.aws"],
    ["China", "region = cn-north-1", "cn-north-1.signin.amazonaws.cn"],
    ["GovCloud", "region = us-gov-west-1", "us-gov-west-1.signin.amazonaws-us-gov.com"],
  ])("is renewed at the host of %s", async (_, setting, host) => {
    using home = createHome(
      `[profile dev]\nlogin_session = ${SESSION}\n${setting}\n${setting.startsWith("region") ? "" : "region = eu-west-1\n"}`,
    );
    loggedIn(home, hour(-1));
    const { transport, asked } = recordingTransport(() => renewal);
    await sources.profile({ profile: "dev", transport, env: home.env })();
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([host]);
  });

  it.each([
    ["that is missing", undefined, {}, /login_session: there is no session of aws login; run aws login --profile dev$/],
    ["without its key", -1, { dpopKey: undefined }, /there is no session of aws login/],
    [
      "with a key that cannot be read",
      -1,
      { dpopKey: "no key" },
      /has expired: its key cannot be read; run aws login --profile dev$/,
    ],
    [
      "that the service refuses",
      -1,
      {},
      /has expired: the sign-in service answered with status 400: TOKEN_EXPIRED; run aws login/,
    ],
  ])("%s is an error with file and line that says what to run", async (_, expiry, change, message) => {
    using home = createHome(CONFIG);
    if (expiry !== undefined) loggedIn(home, hour(expiry), undefined, change);
    const { transport } = recordingTransport(() => ({ status: 400, body: '{"message":"TOKEN_EXPIRED"}' }));
    await expect(sources.profile({ profile: "dev", transport, env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    await expect(sources.profile({ profile: "dev", transport, env: home.env })()).rejects.toThrow(/config:2: /);
  });

  it("is used to its end when it cannot be renewed", async () => {
    using home = createHome(CONFIG);
    loggedIn(home, hour(0.05));
    const { transport, asked } = recordingTransport(() => ({ status: 503, body: "" }));
    await expect(sources.profile({ profile: "dev", transport, env: home.env })()).resolves.toMatchObject({
      accessKeyId: "ASIALOGIN",
    });
    expect(asked).toHaveLength(1);
  });
});
