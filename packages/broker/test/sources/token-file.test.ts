import { createHash } from "node:crypto";
import {
  chmodSync,
  chownSync,
  lchownSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
} from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { sources } from "../../src/index.ts";
import { readTokenFile, replaceTokenFile } from "../../src/sources/token-file.ts";
import { createHome, recordingTransport } from "./fixture.ts";

it.each([
  ["a file", (file: string) => file],
  [
    "the file that a link leads to",
    (file: string) => {
      symlinkSync(file, `${file}.link`);
      return `${file}.link`;
    },
  ],
  [
    "the file that a chain of relative links leads to",
    (file: string) => {
      symlinkSync(path.basename(file), `${file}.first`);
      symlinkSync(`${path.basename(file)}.first`, `${file}.second`);
      return `${file}.second`;
    },
  ],
])("replaces %s, for its owner alone, and keeps links", (_what, lead) => {
  using home = createHome();
  const file = home.write(".aws/sso/cache/token.json", JSON.stringify({ accessToken: "spent" }), 0o644);
  const given = lead(file);
  const before = readdirSync(path.dirname(file));
  replaceTokenFile(given, { accessToken: "new" });
  expect(readTokenFile(given, "here")).toEqual({ accessToken: "new" });
  expect(JSON.parse(readFileSync(file, "utf8"))).toEqual({ accessToken: "new" });
  expect(lstatSync(file).mode & 0o777).toBe(0o600);
  expect(lstatSync(given).isSymbolicLink()).toBe(given !== file);
  expect(readdirSync(path.dirname(file))).toEqual(before);
});

const SESSION = "arn:aws:iam::111122223333:user/someone";
const CONFIG = `[profile login]
login_session = ${SESSION}
region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Engineer
[sso-session corp]
sso_start_url = https://d-0000000000.awsapps.com/start
sso_region = us-west-2
`;
const later = "2099-01-01T00:00:00Z";
const planted = {
  login: {
    name: `.aws/login/cache/${createHash("sha256").update(SESSION).digest("hex")}.json`,
    content: {
      accessToken: { accessKeyId: "ASIAPLANTED", secretAccessKey: "s", sessionToken: "t", expiresAt: later },
      clientId: "c",
      refreshToken: "r",
      dpopKey: "k",
    },
  },
  sso: {
    name: `.aws/sso/cache/${createHash("sha1").update("corp").digest("hex")}.json`,
    content: { accessToken: "planted", expiresAt: later },
  },
};

it.each([
  ["login", "the file", (file: string) => chmodSync(file, 0o666)],
  ["login", "its folder", (file: string) => chmodSync(path.dirname(file), 0o777)],
  ["sso", "the file", (file: string) => chmodSync(file, 0o602)],
  ["sso", "a folder above it", (file: string) => chmodSync(path.dirname(path.dirname(file)), 0o777)],
  ...(process.getuid?.() === 0
    ? ([
        [
          "login",
          "its folder like /tmp, and the file another user's,",
          (file: string) => {
            chmodSync(path.dirname(file), 0o1777);
            chownSync(file, 65_534, 65_534);
          },
        ],
        [
          "sso",
          "its folder like /tmp, and a link another user's,",
          (file: string) => {
            chmodSync(path.dirname(file), 0o1777);
            renameSync(file, path.join(path.dirname(path.dirname(file)), "own"));
            symlinkSync("../own", file);
            lchownSync(file, 65_534, 65_534);
          },
        ],
      ] as const)
    : []),
  [
    "sso",
    "a folder that a link leads through",
    (file: string) => {
      const folder = path.join(path.dirname(file), "open");
      mkdirSync(folder);
      renameSync(file, path.join(folder, "token"));
      chmodSync(folder, 0o777);
      symlinkSync("open/token", file);
    },
  ],
] as const)(
  "a file that others may write to is not believed: the session of %s, where %s is open",
  async (profile, _, open) => {
    using home = createHome(CONFIG);
    const { name, content } = planted[profile];
    const { transport, asked } = recordingTransport(() => ({
      body: JSON.stringify({
        roleCredentials: {
          accessKeyId: "ASIASSO",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: Date.parse(later),
        },
      }),
    }));
    const provide = sources.profile({ profile, transport, env: home.env });
    const file = home.write(name, JSON.stringify(content), 0o600);
    await expect(provide()).resolves.toMatchObject({ accessKeyId: profile === "sso" ? "ASIASSO" : "ASIAPLANTED" });
    asked.length = 0;
    open(file);
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/must not be cached where every user may write; move it, or run chmod o-w \//),
    });
    expect(asked).toEqual([]);
  },
);
