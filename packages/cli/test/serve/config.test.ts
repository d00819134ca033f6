import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { run } from "../run.ts";

const ROLE = "arn:aws:iam::123456789012:role/inference";
const folder = mkdtempSync(path.join(tmpdir(), "countersign-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function check(content: unknown): Promise<string> {
  const file = path.join(folder, "broker.json");
  writeFileSync(file, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  const { code, err } = await run(["serve", file, "--check"], { ...process.env, AWS_REGION: "us-east-1" });
  expect(code).toBe(2);
  return err.replaceAll(file, "FILE");
}

const commandLine = { roles: [ROLE] };
const task = { kind: "container", roleArn: ROLE, tokenSha256: ["0".repeat(64)] };
const vending = { hosts: ["a"], grants: { task } };

function browserGrant(part: string, change: object = {}): object {
  const resources = [`arn:aws:sagemaker:eu-west-1:123456789012:endpoint/${part}`];
  const web = {
    kind: "browser",
    roleArn: ROLE,
    allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources }],
    ...change,
  };
  const identityProvider = { issuer: "i", audience: "a", jwksUrl: "https://id.example.com/jwks" };
  return {
    listen: [{ port: 0 }],
    vending: { ...vending, origins: ["https://app.example.com"], identityProvider, grants: { web } },
  };
}

describe("a configuration is refused by --check, with file, line, field and limit:", () => {
  it.each<[string, unknown, RegExp]>([
    [
      "a placeholder in a name",
      { commandLine, source: "${SOURCE}" },
      /FILE:7: \/source: must be the value itself: \$\{SOURCE\} is not filled in here; envsubst/u,
    ],
    ["objects in objects", '{"a":'.repeat(100_000) + "1" + "}".repeat(100_000), /FILE: must have at most 50 levels/u],
    ["lists in lists", `{"listen": ${"[".repeat(5000)}${"]".repeat(5000)}}`, /FILE: must have at most 50 levels/u],
    ["a placeholder alone", { commandLine, profile: "$PROFILE" }, /\/profile: must be the value itself: \$PROFILE is/u],
    [
      "a placeholder in a list",
      { listen: [{ port: 0 }], vending: { ...vending, hosts: ["a", "${HOST}:8443"] } },
      /\/vending\/hosts\/1: must be the value itself: \$\{HOST\}/u,
    ],
    [
      "a placeholder in a path",
      { commandLine, log: { file: "${LOGS}/broker.log" } },
      /\/log\/file: must be the value itself: \$\{LOGS\}/u,
    ],
    ["a field twice", '{"version":1,"region":"a",\n"region":"b"}', /FILE:2: \/region: must be given once; remove one/],
    ["null", "null", /FILE:1: the file: must be an object/],
    ["a list", "[]", /FILE:1: the file: must be an object/],
    ["text", '"x"', /FILE:1: the file: must be an object/],
    ["an unknown field", { commandLine, regoin: "x" }, /FILE:7: \/regoin: is not a field; did you mean region\?/],
    ["listen of null", { listen: null, vending }, /FILE:2: \/listen: must be a list/],
    ["an address of null", { listen: [null], vending }, /FILE:3: \/listen\/0: must be an object/],
    ["an address of text", { listen: ["0.0.0.0:80"], vending }, /FILE:3: \/listen\/0: must be an object/],
    [
      "an address without a port",
      { listen: [{}], vending },
      /FILE:3: \/listen\/0\/port: must be a whole number of ports from 0 to 65535/,
    ],
    ["a port in words", { listen: [{ port: "80" }], vending }, /FILE:4: \/listen\/0\/port: must be/],
    [
      "a host of a number",
      { listen: [{ host: 5, port: 1 }], vending },
      /FILE:4: \/listen\/0\/host: must be a host name/,
    ],
    [
      "a misspelt field of an address",
      { listen: [{ port: 1, cert: "c" }], vending },
      /\/listen\/0\/cert: is not a field/,
    ],
    [
      "a certificate of a number",
      { listen: [{ port: 1, certificate: 1, key: 2 }], vending },
      /\/listen\/0\/certificate: must be text/,
    ],
    [
      "half a certificate",
      { listen: [{ port: 1, key: "k" }], vending },
      /\/listen\/0: must have both certificate and key/,
    ],
    ["commandLine of null", { commandLine: null }, /FILE:2: \/commandLine: must be an object/],
    ["commandLine of a list", { commandLine: [ROLE] }, /FILE:2: \/commandLine: must be an object/],
    ["no roles", { commandLine: { roles: [] } }, /\/commandLine\/roles: must be a list of 1 to 1000 entries/],
    ["roles of text", { commandLine: { roles: ROLE } }, /\/commandLine\/roles: must be a list/],
    ["a role of null", { commandLine: { roles: [null] } }, /\/commandLine\/roles\/0: must be the ARN of a role/],
    [
      "a user's ARN",
      { commandLine: { roles: ["arn:aws:iam::123456789012:user/x"] } },
      /roles\/0: must be the ARN of a role/,
    ],
    [
      "a socket of a number",
      { commandLine: { ...commandLine, socket: 5 } },
      /FILE:6: \/commandLine\/socket: must be text/,
    ],
    [
      "a socket's path that is too long",
      { commandLine: { ...commandLine, socket: `/${"x".repeat(107)}` } },
      /socket: must be a path of 1 to 10\d bytes; it has 108/,
    ],
    ["vending of null", { vending: null }, /FILE:2: \/vending: must be an object/],
    ["vending of text", { listen: [{ port: 0 }], vending: "x" }, /\/vending: must be an object/],
    [
      "an option that the daemon sets",
      { listen: [{ port: 0 }], vending: { ...vending, clock: {} } },
      /\/vending\/clock: is not a field/,
    ],
    [
      "keys of an identity provider over plain HTTP",
      {
        listen: [{ port: 0 }],
        vending: {
          ...vending,
          identityProvider: { issuer: "i", audience: "a", jwksUrl: "http://id.example.com/jwks" },
        },
      },
      /FILE:\d+: \/vending\/identityProvider\/jwksUrl: must be an https: URL/,
    ],
    [
      "two claims in one part",
      browserGrant("{tenant}-{team}"),
      /FILE:\d+: \/vending\/grants\/web\/allow\/0\/resources: must have : or \//,
    ],
    ["two claims side by side", browserGrant("{tenant}{team}"), /\/allow\/0\/resources: must have : or \//],
    ["a claim beside a wildcard", browserGrant("{tenant}*"), /\/allow\/0\/resources: must have a separator/],
    [
      "60 tags",
      browserGrant("{tenant}", {
        tags: Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`t${index}`, "sub"])),
      }),
      /FILE:\d+: \/vending\/grants\/web\/tags: must be an object of at most 50 fields/,
    ],
    [
      "the digest of an empty token",
      {
        listen: [{ port: 0 }],
        vending: {
          ...vending,
          grants: {
            task: { ...task, tokenSha256: ["e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"] },
          },
        },
      },
      /FILE:\d+: \/vending\/grants\/task\/tokenSha256: must not be the digest of an empty token/,
    ],
    [
      "an address twice",
      { listen: [{ port: 8443 }, { host: "127.0.0.1", port: 8443 }], vending },
      /FILE:\d+: \/listen\/1\/port: must not be the address of another listener/,
    ],
    [
      "the operators' address among the public ones",
      { listen: [{ port: 1 }], admin: { port: 1 }, vending },
      /FILE:\d+: \/admin\/port: must not/,
    ],
    ["another version", { version: 2, commandLine }, /FILE:2: \/version: must be 1/],
    ["grants of null", { listen: [{ port: 0 }], vending: { hosts: ["a"], grants: null } }, /\/vending\/grants: /],
    [
      "a grant of null",
      { listen: [{ port: 0 }], vending: { hosts: ["a"], grants: { task: null } } },
      /\/vending\/grants\/task/,
    ],
    ["a region of a number", { region: 5, commandLine }, /FILE:2: \/region: must be a Region/],
    ["a region with a path", { region: "eu-west-1/x", commandLine }, /FILE:2: \/region: must be a Region/],
    ["an empty profile", { profile: "", commandLine }, /FILE:2: \/profile: must be text/],
    ["vending without an address", { vending }, /FILE:1: \/listen: must have an address/],
    [
      "an address without vending",
      { listen: [{ port: 0 }], commandLine },
      /FILE:2: \/listen: must be empty without vending/,
    ],
  ])("%s", async (_, content, message) => {
    expect(await check(content)).toMatch(message);
  });

  it("a folder that others can write to", async () => {
    const socket = path.join(tmpdir(), "countersign-test.sock");
    expect(await check({ commandLine: { ...commandLine, socket } })).toMatch(/other users can write/);
  });
});

it("a variable of IAM is not a placeholder", async () => {
  const file = path.join(folder, "variable.json");
  const grant = browserGrant("${aws:PrincipalTag/team}-model") as { vending: { grants: { web: object } } };
  writeFileSync(file, JSON.stringify(grant));
  const { err } = await run(["serve", file, "--check"], { ...process.env, AWS_REGION: "us-east-1" });
  expect(err).not.toContain("must be the value itself");
});

it.skipIf(process.platform === "win32").each(["/dev/zero", "/dev/urandom"])(
  "%s has no end and is refused",
  async (file) => {
    const { code, err } = await run(["serve", file, "--check"], process.env);
    expect(code).toBe(2);
    expect(err).toContain(`${file}: must be at most 4 MiB (FILE_UNREADABLE)`);
  },
);
