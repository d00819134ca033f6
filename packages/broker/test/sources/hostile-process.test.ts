import { chmodSync, lchownSync, mkdirSync, renameSync, symlinkSync } from "node:fs";
import path from "node:path";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { sources } from "../../src/index.ts";
import { createHome, recordingTransport } from "./fixture.ts";

const { transport } = recordingTransport(() => ({ body: "" }));
const ANSWER = JSON.stringify({ Version: 1, AccessKeyId: "AKIDPROCESS", SecretAccessKey: "s" });

function run(command: string): Promise<unknown> {
  return sources.process({ transport, env: { PATH: process.env["PATH"] }, command })();
}

describe("foreign and platform errors are not quoted: a credential_process", () => {
  it.each([
    ["has a NUL character in an argument", 'cat "hunter2\0SECRET"'],
    ["has a NUL character in its program", "c\0at hunter2SECRET"],
    ["has an empty program", '"" hunter2SECRET'],
    ["has nothing but quotes", "''"],
  ])("that %s is refused without its command", async (_what, command) => {
    using home = createHome(`[profile x]\ncredential_process = ${command}\n`);
    const profile = sources.profile({ transport, env: home.env, profile: "x" });
    for (const refused of [run(command), profile()]) {
      const error = (await refused.catch((cause: unknown) => cause)) as Error;
      expect(error).toMatchObject({ name: "BrokerError", code: "SOURCE_INVALID" });
      expect(`${error.message}${String(error.cause)}`).not.toMatch(/hunter2|SECRET/);
    }
  });
});

describe("foreign and platform errors are not quoted: what the system cannot start", () => {
  const secret = "hunter2SECRET";
  it.each<[string, string, Record<string, string>]>([
    ["an argument longer than the system takes", `cat ${secret.repeat(20_000)}`, {}],
    ["more arguments than the system takes", `cat ${`${secret}${"x".repeat(100_000)} `.repeat(40)}`, {}],
    ["a path through a file", `/etc/hostname/${secret}`, {}],
    ["a name longer than the system takes", `/${secret.repeat(400)}`, {}],
    ["a variable with a NUL character", "true", { SOME_TOKEN: `${secret}\0` }],
    ["a variable longer than the system takes", "true", { SOME_TOKEN: secret.repeat(20_000) }],
  ])("%s is a typed error without it", async (_what, command, variables) => {
    const env = { PATH: process.env["PATH"], ...variables };
    const error: unknown = await sources
      .process({ transport, env, command })()
      .catch((cause: unknown) => cause);
    expect(error).toMatchObject({
      name: "BrokerError",
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(/could not be started \(E[A-Z_\d]+\)$/),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toMatch(/hunter2/);
  });
});

describe("deadlines are deadlines: a credential_process", () => {
  it.each([
    ["prints for ever on stdout", "sh -c 'while :; do echo xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx; done'"],
    ["prints one line that never ends", "cat /dev/zero"],
  ])("that %s is ended at the limit of an answer", async (_what, command) => {
    await expect(run(command)).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("must print at most 65536 characters"),
    });
  });

  it.each([
    ["stdout", ""],
    ["stderr", ">/dev/null"],
  ])("whose agent keeps %s open is not waited for once it has ended", async (_what, redirected) => {
    const started = performance.now();
    await expect(run(`sh -c 'sleep 20 ${redirected} & echo "$0"' '${ANSWER}'`)).resolves.toMatchObject({
      accessKeyId: "AKIDPROCESS",
    });
    expect(performance.now() - started).toBeLessThan(15_000);
  });
});

describe("what others may write to is not believed: a profile with a credential_process", () => {
  const config = `[profile x]\ncredential_process = sh -c 'echo "$0"' '${ANSWER}'\n`;
  const find = (home: ReturnType<typeof createHome>): Promise<unknown> =>
    sources.profile({ transport, env: home.env, profile: "x" })();

  it.each([
    ["the file", ".aws/config", 0o646],
    ["its folder", ".aws", 0o777],
    ["the folder above", "", 0o777],
  ])("is refused where every user may write to %s, and nothing runs", async (_what, name, mode) => {
    using home = createHome(config);
    chmodSync(path.join(home.folder, name), mode);
    await expect(find(home)).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/config:2: credential_process: .*chmod o-w/),
    });
  });

  it.each<[string, (home: string) => void]>([
    [
      "the folder of the file",
      (home) => symlinkSync(path.join(home, "open/aws/config"), path.join(home, ".aws/config")),
    ],
    ["that folder, by a relative path", (home) => symlinkSync("../open/aws/config", path.join(home, ".aws/config"))],
    [
      "a folder of another link",
      (home) => {
        symlinkSync("aws", path.join(home, "open/link"));
        symlinkSync("../open/link/config", path.join(home, ".aws/config"));
      },
    ],
  ])("is refused where a link leads through what every user may write to: %s", async (_what, link) => {
    using home = createHome(config);
    mkdirSync(path.join(home.folder, "open/aws"), { recursive: true });
    renameSync(path.join(home.folder, ".aws/config"), path.join(home.folder, "open/aws/config"));
    chmodSync(path.join(home.folder, "open"), 0o777);
    link(home.folder);
    await expect(find(home)).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/config:2: credential_process: .*chmod o-w .*\/open$/),
    });
  });

  it.runIf(process.getuid?.() === 0).each<[string, string, (place: string) => void]>([
    ["a file", ".aws/config", () => undefined],
    [
      "a link",
      ".aws/config",
      (place) => {
        renameSync(place, `${place}.own`);
        symlinkSync("config.own", place);
      },
    ],
    ["a folder", ".aws", () => undefined],
  ])("is refused where another user has put %s into a folder such as /tmp", async (_what, name, make) => {
    using home = createHome(config);
    const place = path.join(home.folder, name);
    make(place);
    lchownSync(place, 65_534, 65_534);
    chmodSync(path.dirname(place), 0o1777);
    await expect(find(home)).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/config:2: credential_process: .*every user may write/),
    });
    // Root's are trusted, as this user's are.
    lchownSync(place, 0, 0);
    await expect(find(home)).resolves.toMatchObject({ accessKeyId: "AKIDPROCESS" });
  });

  it.each([
    ["a file of a group", ".aws/config", 0o664],
    ["a file for all to read", ".aws/config", 0o644],
    ["a folder where files can be replaced by their owner alone", ".aws", 0o1777],
  ])("is taken from %s", async (_what, name, mode) => {
    using home = createHome(config);
    chmodSync(path.join(home.folder, name), mode);
    await expect(find(home)).resolves.toMatchObject({ accessKeyId: "AKIDPROCESS" });
  });
});

describe("every parser is linear: a chain of profiles", () => {
  const chain = (length: number): string =>
    Array.from(
      { length },
      (_, index) =>
        `[profile p${index}]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = p${index + 1}\n`,
    ).join("");

  it.each([60, 9000])("of %i steps is refused with file and line", async (length) => {
    using home = createHome(chain(length));
    await expect(sources.profile({ transport, env: home.env, profile: "p0" })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/config:\d+: source_profile: must lead to credentials within 50 profiles/),
    });
  });
});

describe("options are own properties, read once: a polluted Object.prototype", () => {
  it.each([
    ["expiration", "soon"],
    ["expiration", new Date(0)],
    ["Expiration", "2020-01-01T00:00:00Z"],
    ["SessionToken", "polluted"],
  ])("has no effect on what a process prints, as %s", async (name, value) => {
    Reflect.set(Object.prototype, name, value);
    try {
      expect(Object.keys((await run(`echo '${ANSWER}'`)) as object)).toEqual(["accessKeyId", "secretAccessKey"]);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  });

  it.each(["AWS_SESSION_TOKEN", "AWS_ACCOUNT_ID", "AWS_PROFILE", "AWS_EC2_METADATA_DISABLED"])(
    "has no effect as the variable %s",
    async (name) => {
      using home = createHome();
      const env = { HOME: home.folder, AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s" };
      Reflect.set(Object.prototype, name, "polluted");
      try {
        const found = await sources.environment({ transport, env })();
        expect(Object.entries(found)).toEqual([
          ["accessKeyId", "AKID"],
          ["secretAccessKey", "s"],
        ]);
        await expect(sources.profile({ transport, env })()).rejects.toMatchObject({ code: "SOURCE_ABSENT" });
      } finally {
        Reflect.deleteProperty(Object.prototype, name);
      }
    },
  );
});
