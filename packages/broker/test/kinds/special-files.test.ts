import { execFileSync } from "node:child_process";
import { rmSync, symlinkSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { sources } from "../../src/index.ts";
import { createHome, recordingTransport } from "../sources/fixture.ts";

const { transport } = recordingTransport(() => ({ body: "" }));
const roleArn = "arn:aws:iam::111122223333:role/r";
const anchor = (kind: string): string => `arn:aws:rolesanywhere:eu-west-1:111122223333:${kind}/a`;

type Home = ReturnType<typeof createHome>;
type Find = (home: Home, file: string) => () => Promise<unknown>;

/** Every source that reads a file whose path comes from outside. */
const doors: Readonly<Record<string, Find>> = {
  "the configuration": ({ env }, file) =>
    sources.profile({ transport, env: { ...env, AWS_CONFIG_FILE: file }, profile: "x" }),
  "the credentials file": ({ env }, file) =>
    sources.profile({ transport, env: { ...env, AWS_SHARED_CREDENTIALS_FILE: file }, profile: "x" }),
  "a web identity token": ({ env }, file) =>
    sources.webIdentity({ transport, env, region: "eu-west-1", roleArn, tokenFile: file }),
  "a container's token": ({ env }, file) =>
    sources.container({
      transport,
      env: {
        ...env,
        AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
        AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file,
      },
    }),
  "a certificate": ({ env }, file) =>
    sources.x509({
      transport,
      env,
      certificate: { file },
      key: { file },
      trustAnchorArn: anchor("trust-anchor"),
      profileArn: anchor("profile"),
      roleArn,
    }),
};

describe.each(Object.entries(doors))("kind: a gate that cannot judge refuses: %s", (_name, find) => {
  it.each([
    ["a pipe that nothing is written to", "NOT_A_FILE", (file: string) => void execFileSync("mkfifo", [file])],
    ["a device without an end", "TOO_LARGE", (file: string) => symlinkSync("/dev/zero", file)],
    ["a folder", "NOT_A_FILE", (file: string) => symlinkSync("/", file)],
  ])("that is %s is refused and blocks nothing", async (_what, code, make) => {
    using home = createHome("[default]\n");
    const file = path.join(home.folder, "given");
    make(file);
    const refused = (await find(home, file)().catch((error: unknown) => error)) as Error;
    expect(refused).toMatchObject({ name: "BrokerError", code: "SOURCE_INVALID" });
    expect(refused.message).toContain(code);
  });
});

describe("kind: a gate that cannot judge refuses: the shared files", () => {
  it("are empty where they are /dev/null", async () => {
    using home = createHome("", "[x]\naws_access_key_id = AKID\naws_secret_access_key = s\n");
    const env = { ...home.env, AWS_CONFIG_FILE: "/dev/null" };
    await expect(sources.profile({ transport, env, profile: "x" })()).resolves.toMatchObject({ accessKeyId: "AKID" });
  });

  it("are read where they are larger than one part", async () => {
    using home = createHome(
      `#${"x".repeat(200_000)}\n[profile x]\naws_access_key_id = AKID\naws_secret_access_key = s\n`,
    );
    await expect(sources.profile({ transport, env: home.env, profile: "x" })()).resolves.toMatchObject({
      accessKeyId: "AKID",
    });
  });

  it("and the cached tokens of AWS's tools count as missing where they are pipes", async () => {
    using home = createHome("[profile x]\nlogin_session = s\nregion = eu-west-1\n");
    // The file's name is the SHA-256 digest of the session.
    const file = home.write(
      ".aws/login/cache/043a718774c572bd8a25adbeb1bfcd5c0256ae11cecf9f9c3f925d0e52beaf89.json",
      "",
    );
    rmSync(file);
    execFileSync("mkfifo", [file]);
    await expect(sources.profile({ transport, env: home.env, profile: "x" })()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("there is no session of aws login"),
    });
  });

  it.each(['[profile "x"]', "[profile 'x']", "[profile   x]"])("refuse %s beside [profile x]", async (second) => {
    const keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    using home = createHome(`[profile x]\n${keys}${second}\n${keys}`);
    await expect(sources.profile({ transport, env: home.env, profile: "x" })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringContaining(":4: "),
    });
  });
});
