import { afterAll, afterEach, expect, it, vi } from "vitest";
import { checkEnvironment } from "../../src/policy/environment.ts";
import { createAuthority } from "../authority.ts";
import { refusal, sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();
const other = createAuthority("Other Root");
afterAll(() => other.dispose());
afterEach(() => {
  vi.unstubAllEnvs();
  return sendBy(undefined);
});

const outcome = (env: Record<string, string>, execArgv: string[] = []): string => {
  try {
    checkEnvironment({ env, execArgv });
    return "safe";
  } catch (error) {
    return (error as { code: string }).code;
  }
};

it.each([
  ["an untouched process", {}, [], "safe"],
  ["NODE_TLS_REJECT_UNAUTHORIZED=1", { NODE_TLS_REJECT_UNAUTHORIZED: "1" }, [], "safe"],
  ["NODE_TLS_REJECT_UNAUTHORIZED=0", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, [], "ENVIRONMENT_UNSAFE"],
  ["--tls-keylog as a flag", {}, ["--tls-keylog=/tmp/keys"], "ENVIRONMENT_UNSAFE"],
  ["--tls-keylog with its value apart", {}, ["--tls-keylog", "/tmp/keys"], "ENVIRONMENT_UNSAFE"],
  ["--tls_keylog, which Node takes too", {}, ["--tls_keylog=/tmp/keys"], "ENVIRONMENT_UNSAFE"],
  ["--tls-keylog in NODE_OPTIONS", { NODE_OPTIONS: "--no-warnings --tls-keylog=/tmp/keys" }, [], "ENVIRONMENT_UNSAFE"],
  ["--tls-keylog in quotes", { NODE_OPTIONS: '"--tls-keylog=/tmp/my keys"' }, [], "ENVIRONMENT_UNSAFE"],
  ["--tls-keylog with an escape in quotes", { NODE_OPTIONS: '"--tls\\-keylog=/tmp/keys"' }, [], "ENVIRONMENT_UNSAFE"],
  ["--tls_keylog in several quotes", { NODE_OPTIONS: '--no-warnings --t"ls_"k\\eylog=k' }, [], "ENVIRONMENT_UNSAFE"],
  ["flags that options override", { NODE_OPTIONS: "--tls-min-v1.0 --tls-cipher-list=AES256-SHA" }, [], "safe"],
])("%s", (_name, env, execArgv, expected) => {
  expect(outcome(env, execArgv)).toBe(expected);
});

it("names the setting and the remedy", () => {
  expect(() => checkEnvironment({ env: { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, execArgv: [] })).toThrow(
    /NODE_TLS_REJECT_UNAUTHORIZED.*unset it and pass the private CA as `ca`/,
  );
});

it.each(Object.entries(ways))("has no effect when it is set after the start: %s", async (_way, send) => {
  const { url, requests } = await parts.server();
  const t = parts.transport({ ca: other.root.cert });
  vi.stubEnv("NODE_TLS_REJECT_UNAUTHORIZED", "0");
  expect((await refusal(send(t, url))).code).toBe("TLS_CERTIFICATE_INVALID");
  expect(requests()).toBe(0);
});
