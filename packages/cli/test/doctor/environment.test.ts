import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { rootCertificates } from "node:tls";
import { settingsOf } from "@countersign/broker";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/doctor/environment.ts";
import { checkSettings } from "../../src/doctor/settings.ts";

const failures = (env: Readonly<Record<string, string>>, flags: readonly string[] = []): string[] =>
  checkEnvironment(env, process.versions, flags)
    .filter(({ status }) => status === "fail")
    .map(({ name }) => name);

describe("a log of session keys is found", () => {
  it.each(["--tls-keylog=/tmp/keys", "--tls_keylog=keys", '--no-warnings "--tls-keylog=keys"', "--tls-keylog keys"])(
    "in NODE_OPTIONS as %s",
    (options) => expect(failures({ NODE_OPTIONS: options })).toEqual(["NODE_OPTIONS"]),
  );

  it("among the arguments of Node itself", () => {
    expect(failures({}, ["--tls-keylog=keys"])).toEqual(["NODE_OPTIONS"]);
  });

  it("and no other flag is taken for it", () => {
    expect(failures({ NODE_OPTIONS: "--max-old-space-size=100 --tls-min-v1.3" }, ["--tls-keylogger"])).toEqual([]);
  });
});

it.each([
  ["http://user:p@ss@proxy.test:3128", "http://…@proxy.test:3128"],
  ["http://user:p/ss@proxy.test:3128", "http://…@proxy.test:3128"],
  ["http://user:p#s?s@proxy.test:3128", "http://…@proxy.test:3128"],
  ["user:pass@proxy.test:3128", "…@proxy.test:3128"],
  ["socks5h://proxy.test:1080/?password=pass", "socks5h://proxy.test:1080/?…"],
  ["http://proxy.test:3128/#password=pass", "http://proxy.test:3128/#…"],
  ["http://proxy.test:3128", "http://proxy.test:3128"],
])("shows no part of a password, whatever it is made of: %s", (proxy, shown) => {
  expect(checkEnvironment({ HTTPS_PROXY: proxy }, process.versions)).toContainEqual({
    name: "HTTPS_PROXY",
    status: "pass",
    detail: shown,
  });
});

describe.skipIf(process.platform === "win32")("authorities that no request could use fail", () => {
  let folder = "";
  beforeAll(() => {
    folder = mkdtempSync(path.join(tmpdir(), "countersign-authorities-"));
    execFileSync("mkfifo", [path.join(folder, "pipe")]);
    mkdirSync(path.join(folder, "empty"));
    mkdirSync(path.join(folder, "certificates"));
    writeFileSync(path.join(folder, "text.pem"), "no certificate");
    writeFileSync(path.join(folder, "certificates", "one.pem"), rootCertificates[0] ?? "");
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each([
    ["pipe", "fail"],
    ["missing.pem", "fail"],
    ["text.pem", "fail"],
    ["empty", "fail"],
    ["certificates", "pass"],
    ["certificates/one.pem", "pass"],
  ])("%s: %s, in the environment and in a profile", (name, status) => {
    const file = path.join(folder, name);
    const [found] = checkEnvironment({ AWS_CA_BUNDLE: file }, process.versions).slice(1);
    expect(found).toMatchObject({ name: "AWS_CA_BUNDLE", status });
    const config = path.join(folder, "config");
    writeFileSync(config, `[default]\nca_bundle = ${file}\n`);
    const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: "/dev/null" };
    const settings = settingsOf({ env });
    expect(checkSettings(settings, [], { env, region: undefined })).toContainEqual(
      expect.objectContaining({ name: "authorities", status, detail: expect.stringContaining(file) as string }),
    );
  });
});
