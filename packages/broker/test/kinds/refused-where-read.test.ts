import { describe, expect, it } from "vitest";
import { sources } from "../../src/index.ts";
import { createHome, recordingTransport } from "../sources/fixture.ts";

const silent = recordingTransport(() => ({ body: "" })).transport;
const keys = { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "hunter2" };

function printing(answer: object): () => Promise<unknown> {
  const command = `sh -c 'echo "$0"' '${JSON.stringify({ Version: 1, AccessKeyId: "AKID", SecretAccessKey: "hunter2", ...answer })}'`;
  return sources.process({ transport: silent, env: { PATH: process.env["PATH"] }, command });
}

describe("kind: a time without a zone is refused", () => {
  it.each([
    "2099-01-01T00:00:00",
    "2099-01-01",
    "2099",
    "4102444800",
    "Thu, 01 Jan 2099 00:00:00 GMT",
    "2099-13-01T00:00:00Z",
    "+275760-09-13T00:00:00Z",
    `2099-01-01T00:00:00.${"0".repeat(60)}Z`,
  ])("%s of a credential_process and of the environment", async (end) => {
    await expect(printing({ Expiration: end })()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    const env = { ...keys, AWS_CREDENTIAL_EXPIRATION: end };
    await expect(sources.environment({ transport: silent, env })()).rejects.toMatchObject({ code: "SOURCE_INVALID" });
  });

  it.each([
    "2099-01-01T00:00:00Z",
    "2099-01-01t00:00:00z",
    "2099-01-01T00:00:00.123456789Z",
    "2099-01-01 00:00:00+00:00",
    "2099-01-01T01:00:00+0100",
    "2099-01-01T00:00:00UTC",
  ])("%s is one", async (end) => {
    const { expiration } = (await printing({ Expiration: end })()) as { readonly expiration: Date };
    expect(Math.floor(expiration.getTime() / 1000)).toBe(Date.UTC(2099, 0, 1) / 1000);
  });

  it.each([-1, 0, 1e300, "3600", null])("expiresIn %s of the sign-in service renews nothing", async (expiresIn) => {
    const token = { accessKeyId: "AKID", secretAccessKey: "s", sessionToken: "t" };
    const { transport } = recordingTransport(() => ({
      body: JSON.stringify({ accessToken: token, refreshToken: "r", expiresIn }),
    }));
    using home = createHome("[profile x]\nlogin_session = s\nregion = eu-west-1\n");
    const { generateKeyPairSync } = await import("node:crypto");
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    home.write(
      ".aws/login/cache/043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89.json",
      JSON.stringify({
        accessToken: { ...token, expiresAt: "2020-01-01T00:00:00Z" },
        clientId: "c",
        refreshToken: "r",
        dpopKey: privateKey.export({ type: "sec1", format: "pem" }),
      }),
    );
    await expect(sources.profile({ transport, env: home.env, profile: "x" })()).rejects.toMatchObject({
      name: "BrokerError",
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("must have keys, tokens and expiresIn"),
    });
  });
});

describe("kind: a key that cannot sign is refused where it was read", () => {
  it.each([
    ["AWS_ACCESS_KEY_ID", "AK\nID"],
    ["AWS_ACCESS_KEY_ID", "AKID\n"],
    ["AWS_ACCESS_KEY_ID", "AK ID"],
    ["AWS_ACCESS_KEY_ID", "AK\0ID"],
    ["AWS_SECRET_ACCESS_KEY", "hunter2\r\n"],
    ["AWS_SECRET_ACCESS_KEY", " hunter2"],
    ["AWS_SESSION_TOKEN", "hunter2\r\nx-evil: 1"],
    ["AWS_SESSION_TOKEN", "hunter2\n"],
    ["AWS_SESSION_TOKEN", "hunter2\u200B"],
  ])("%s = %j, with the variable and what it must be", async (name, value) => {
    const refused = sources.environment({ transport: silent, env: { ...keys, [name]: value } })();
    const error = (await refused.catch((cause: unknown) => cause)) as Error;
    expect(error).toMatchObject({ name: "BrokerError", code: "SOURCE_INVALID" });
    expect(error.message).toMatch(new RegExp(`^environment: ${name}: must be .*white space`, "u"));
    expect(error.message).not.toMatch(/hunter2|promise/u);
  });

  it.each([
    ["aws_access_key_id = AK ID\naws_secret_access_key = hunter2", "config:2: aws_access_key_id"],
    ["aws_access_key_id = AKID\naws_secret_access_key = hunter2\n  continued", "config:3: aws_secret_access_key"],
    [
      "aws_access_key_id = AKID\naws_secret_access_key = hunter2\n\naws_session_token = hunter2 t",
      "config:5: aws_session_token",
    ],
  ])("a key of a profile, with its file and line: %j", async (lines, place) => {
    using home = createHome(`[profile x]\n${lines}\n`);
    const error = (await sources
      .profile({ transport: silent, env: home.env, profile: "x" })()
      .catch((cause: unknown) => cause)) as Error;
    expect(error).toMatchObject({ code: "SOURCE_INVALID" });
    expect(error.message).toContain(`${place}: must be`);
    expect(error.message).not.toMatch(/hunter2|promise/u);
  });

  it("a token of a container", async () => {
    await expect(printing({ SessionToken: "hunter2é" })()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: "process: credential_process: sessionToken: must be visible ASCII without white space, or left out",
    });
  });
});

describe("kind: what is checked is what is used: a credential_process", () => {
  it.each([
    { Version: 1.5 },
    { Version: "1" },
    { Version: [1] },
    { Version: null },
    { Version: undefined, A: { Version: 1 } },
  ])("that prints %j is refused", async (answer) => {
    await expect(printing(answer)()).rejects.toMatchObject({ message: expect.stringContaining('"Version": 1') });
  });
});

describe("kind: honest forms are read as AWS's tools read them: a credential_process", () => {
  it.each([{ SessionToken: null }, { Expiration: null }, { SessionToken: null, Expiration: null, AccountId: null }])(
    "that prints %j does not have it",
    async (answer) => {
      const printed = await printing(answer)();
      for (const name of Object.keys(answer))
        expect(printed).not.toHaveProperty(name[0]?.toLowerCase() + name.slice(1));
    },
  );

  it.each([{ AccessKeyId: null }, { SecretAccessKey: null }, { SessionToken: "" }, { Expiration: "" }])(
    "that prints %j is refused",
    async (answer) => {
      await expect(printing(answer)()).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    },
  );
});

describe("kind: options are own properties: a credential_process", () => {
  it.each(["LD_PRELOAD", "NODE_OPTIONS", "EVIL"])("gets no %s of a polluted Object.prototype", async (name) => {
    const command = `sh -c 'echo "{\\"Version\\":1,\\"AccessKeyId\\":\\"AKID\\",\\"SecretAccessKey\\":\\"s\${${name}}\\"}"'`;
    // eslint-disable-next-line no-extend-native
    Object.defineProperty(Object.prototype, name, {
      value: "/polluted",
      enumerable: true,
      configurable: true,
      writable: true,
    });
    const find = sources.process({ transport: silent, env: { PATH: process.env["PATH"] }, command });
    const printed = await find().finally(() => Reflect.deleteProperty(Object.prototype, name));
    expect(printed).toMatchObject({ secretAccessKey: "s" });
  });
});

describe("kind: deadlines are deadlines: a credential_process", () => {
  it("that ignores that it was asked to end is ended", async () => {
    const abort = new AbortController();
    const command = `sh -c 'trap "" TERM; echo $$ >&2; while :; do sleep 0.1; done'`;
    const find = sources.process({ transport: silent, env: { PATH: process.env["PATH"] }, command });
    setTimeout(() => abort.abort("enough"), 200);
    await expect(find({ signal: abort.signal })).rejects.toBe("enough");
    const { execFileSync } = await import("node:child_process");
    await expect
      .poll(() => execFileSync("ps", ["-eo", "ppid,args"], { encoding: "utf8" }).includes(`${process.pid} sh -c trap`))
      .toBe(false);
  });
});
