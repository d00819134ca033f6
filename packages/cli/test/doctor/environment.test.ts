import { describe, expect, it } from "vitest";
import { checkEnvironment } from "../../src/doctor/environment.ts";

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
