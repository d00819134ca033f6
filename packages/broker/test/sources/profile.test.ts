import { inspect } from "node:util";
import { createHash } from "node:crypto";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { defaultChain, type ProfileSourceOptions, sources } from "../../src/sources/sources.ts";
import { type Answer, type Asked, createHome, type Home, recordingTransport, stsAnswer } from "./fixture.ts";

// Sections as people write them. Keys and ids are AWS's documentation examples.
const CONFIG = `[default]
region = eu-west-1

[sso-session corp]
sso_start_url = https://d-0000000000.awsapps.com/start
sso_region = us-west-2
sso_registration_scopes = sso:account:access

[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-central-1

[profile legacy-sso]
sso_start_url = https://d-0000000000.awsapps.com/start
sso_region = us-west-2
sso_account_id = 111122223333
sso_role_name = Engineer
region = eu-central-1

[profile web]
role_arn = arn:aws:iam::111122223333:role/runner
web_identity_token_file = ~/token
region = eu-central-1

[profile chained-on-web]
role_arn = arn:aws:iam::111122223333:role/deploy
source_profile = web
region = eu-central-1

[profile broken-process]
credential_process = sh -c "echo no kerberos ticket >&2; exit 3"
region = eu-west-1

[profile half]
aws_access_key_id = AKIDEXAMPLE
region = eu-west-1

[profile keys]
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = secret-of-keys
region = eu-west-1

[profile mfa]
role_arn = arn:aws:iam::111122223333:role/admin
mfa_serial = arn:aws:iam::111122223333:mfa/user
source_profile = keys
region = eu-west-1
`;

/** The machine around has keys and a container role of its own: they must never stand in. */
function find(
  home: Home,
  options: Partial<ProfileSourceOptions>,
  answer: (asked: Asked) => Answer = () => ({ status: 500, body: "" }),
) {
  const { transport, asked } = recordingTransport(answer);
  const env = {
    ...home.env,
    AWS_ACCESS_KEY_ID: "AKIDMACHINE",
    AWS_SECRET_ACCESS_KEY: "secret-of-machine",
    AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://localhost:1/role",
    ...options.env,
  };
  return { provide: defaultChain({ transport, ...options, env }), asked };
}

const ssoToken = (home: Home, name: string, change: object = {}): void => {
  const token = { accessToken: "sso-token", expiresAt: "2099-01-01T00:00:00Z", ...change };
  home.write(`.aws/sso/cache/${createHash("sha1").update(name).digest("hex")}.json`, JSON.stringify(token));
};
const portal: Answer = {
  body: JSON.stringify({
    roleCredentials: { accessKeyId: "ASIASSO", secretAccessKey: "s", sessionToken: "t", expiration: 4_070_908_800_000 },
  }),
};

describe("Identity Center", () => {
  // aws-sdk-js-v3#6864
  it.each([
    ["sso", "corp"],
    ["legacy-sso", "https://d-0000000000.awsapps.com/start"],
  ])("profile %s asks the portal of the session's own Region", async (profile, name) => {
    using home = createHome(CONFIG);
    ssoToken(home, name);
    const { provide, asked } = find(home, { profile }, () => portal);
    expect(await provide()).toMatchObject({ accessKeyId: "ASIASSO", accountId: "111122223333" });
    expect(asked.map(({ url }) => url)).toEqual([
      "https://portal.sso.us-west-2.amazonaws.com/federation/credentials?role_name=Engineer&account_id=111122223333",
    ]);
    expect(asked[0]?.headers["x-amz-sso_bearer_token"]).toBe("sso-token");
  });

  it("renews an old token of a session, and keeps the new one", async () => {
    using home = createHome(CONFIG);
    const registration = { clientId: "id", clientSecret: "cs", registrationExpiresAt: "2099-01-01T00:00:00Z" };
    ssoToken(home, "corp", { expiresAt: "2020-01-01T00:00:00Z", refreshToken: "r1", ...registration });
    const answer = ({ url }: Asked): Answer =>
      url.endsWith("/token")
        ? { body: JSON.stringify({ accessToken: "new", expiresIn: 28_800, refreshToken: "r2" }) }
        : portal;
    const { provide, asked } = find(home, { profile: "sso" }, answer);
    await provide();
    await provide();
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([
      "oidc.us-west-2.amazonaws.com",
      "portal.sso.us-west-2.amazonaws.com",
      "portal.sso.us-west-2.amazonaws.com",
    ]);
    expect(asked.slice(1).map(({ headers }) => headers["x-amz-sso_bearer_token"])).toEqual(["new", "new"]);
  });

  it.each([
    ["without a token", {}, /there is no token of IAM Identity Center; run aws sso login --profile sso$/],
    ["with an old token", { expiresAt: "2020-01-01T00:00:00Z" }, /has expired; run aws sso login --profile sso$/],
  ])("%s is an error that says what to run", async (_, token, message) => {
    using home = createHome(CONFIG);
    if (Object.keys(token).length > 0) ssoToken(home, "corp", token);
    const { provide, asked } = find(home, { profile: "sso" });
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
    expect(asked).toEqual([]);
  });
});

describe("roles", () => {
  // aws-sdk-js-v3#7452
  it("a web identity is exchanged at STS of the profile's Region, unsigned, over the transport", async () => {
    using home = createHome(CONFIG);
    home.write("token", "jwt\n");
    const { provide, asked } = find(home, { profile: "web" }, (one) => stsAnswer(one));
    expect(await provide()).toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
    expect(asked.map(({ url }) => url)).toEqual(["https://sts.eu-central-1.amazonaws.com/"]);
    expect(asked[0]?.body).toMatch(/WebIdentityToken=jwt(?:&|$)/);
    expect(asked[0]?.headers["authorization"]).toBe(undefined);
  });

  it("a role on top of it is assumed with its credentials, in the same Region", async () => {
    using home = createHome(CONFIG);
    home.write("token", "jwt");
    const { provide, asked } = find(home, { profile: "chained-on-web" }, (one) =>
      stsAnswer(one, one.body.includes("WebIdentity") ? "ASIAWEB" : "ASIADEPLOY"),
    );
    expect(await provide()).toMatchObject({ accessKeyId: "ASIADEPLOY" });
    expect(asked.map(({ url }) => url)).toEqual(Array(2).fill("https://sts.eu-central-1.amazonaws.com/"));
    expect(asked[1]?.headers["authorization"]).toContain("Credential=ASIAWEB/");
  });

  it("with MFA ask for the code, and say so without a terminal", async () => {
    using home = createHome(CONFIG);
    const serials: string[] = [];
    const mfaCode = (serial: string): string => {
      serials.push(serial);
      return "123456";
    };
    const { provide, asked } = find(home, { profile: "mfa", mfaCode }, (one) => stsAnswer(one));
    await provide();
    expect(serials).toEqual(["arn:aws:iam::111122223333:mfa/user"]);
    expect(asked[0]?.body).toContain("TokenCode=123456");
    await expect(find(home, { profile: "mfa" }).provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(/config:\d+: mfa_serial needs a code, and there is no terminal to ask for it$/),
    });
  });
});

describe("one profile is one answer", () => {
  const named: readonly (readonly [string, (profile: string) => Partial<ProfileSourceOptions>])[] = [
    ["the option", (profile) => ({ profile })],
    ["AWS_PROFILE", (profile) => ({ env: { AWS_PROFILE: profile } })],
  ];
  // aws-sdk-go-base#127
  it.each(
    named.flatMap(
      ([by, options]) =>
        [
          [by, "missing", options, "SOURCE_INVALID", /profile "missing": is missing in .*\.aws\/config/],
          [
            by,
            "half",
            options,
            "SOURCE_INVALID",
            /config:\d+: aws_access_key_id needs aws_secret_access_key beside it/,
          ],
          [
            by,
            "broken-process",
            options,
            "SOURCE_UNAVAILABLE",
            /config:\d+: credential_process ended with exit code 3: no kerberos ticket$/,
          ],
        ] as const,
    ),
  )(
    "named by %s: %s is an error that says why, whatever other sources exist",
    async (_, profile, options, code, message) => {
      using home = createHome(CONFIG);
      const { provide, asked } = find(home, options(profile));
      await expect(provide()).rejects.toMatchObject({
        name: "BrokerError",
        code,
        message: expect.stringMatching(message),
      });
      expect(asked).toEqual([]);
    },
  );

  it.each([
    ["stderr of a failure", "sh -c 'echo hunter2SECRET >&2; exit 3'", "exit code 3"],
    ["stdout of a failure", "sh -c 'echo hunter2SECRET; exit 4'", "exit code 4"],
    ["stderr of a process that a signal ends", "sh -c 'echo hunter2SECRET >&2; kill -9 $$'", "signal SIGKILL"],
    ["an argument", "sh -c 'exit 5' hunter2SECRET", "exit code 5"],
  ])("quotes nothing that may be a secret: %s", async (_, command, ended) => {
    using home = createHome(`[profile x]\ncredential_process = ${command}\n`);
    const error = await find(home, { profile: "x" })
      .provide()
      .catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining(`ended with ${ended}; `),
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2");
  });

  it("keys of the environment do not stand in for a profile that is named", async () => {
    using home = createHome(CONFIG);
    expect(await find(home, { profile: "keys" }).provide()).toMatchObject({ accessKeyId: "AKIDEXAMPLE" });
    expect(await find(home, { env: { AWS_PROFILE: "keys" } }).provide()).toMatchObject({ accessKeyId: "AKIDEXAMPLE" });
  });

  it("an empty AWS_PROFILE is as if it were not set", async () => {
    using home = createHome(CONFIG);
    expect(await find(home, { env: { AWS_PROFILE: "" } }).provide()).toMatchObject({ accessKeyId: "AKIDMACHINE" });
  });

  it("a profile with settings only leaves the role of the container", async () => {
    using home = createHome("[profile region-only]\nregion = eu-west-1\n");
    const container = JSON.stringify({ AccessKeyId: "ASIATASK", SecretAccessKey: "s", Token: "t" });
    const { provide, asked } = find(home, { profile: "region-only" }, () => ({ body: container }));
    expect(await provide()).toMatchObject({ accessKeyId: "ASIATASK" });
    expect(asked.map(({ url }) => url)).toEqual(["https://localhost:1/role"]);
  });

  it.each([
    [
      "a circle",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = b\nregion = eu-west-1\n[profile b]\nrole_arn = arn:aws:iam::111122223333:role/y\nsource_profile = a\n",
      /config:7: source_profile: the profiles "a" → "b" → "a" form a circle/,
    ],
    [
      "a missing source",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = b\n",
      /config:3: source_profile: the profile "b" is missing/,
    ],
    [
      "a role without a source",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\n",
      /config:2: role_arn needs either source_profile or credential_source/,
    ],
    [
      "a malformed ARN",
      "[profile a]\nrole_arn = role/x\nsource_profile = a\n",
      /config:2: role_arn: must be the ARN of a role/,
    ],
    [
      "an unknown machine source",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\ncredential_source = Ec2\n",
      /config:3: credential_source: must be Environment, Ec2InstanceMetadata, EcsContainer/,
    ],
    [
      "a role without a Region",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = b\n[profile b]\naws_access_key_id = AKID\naws_secret_access_key = s\n",
      /config:2: role_arn needs a region/,
    ],
    [
      "a duration of a day",
      "[profile a]\nrole_arn = arn:aws:iam::111122223333:role/x\nsource_profile = a\nduration_seconds = 86400\n",
      /config:4: duration_seconds: must be a whole number from 900 to 43200/,
    ],
    [
      "a missing sso-session",
      "[profile a]\nsso_session = x\nsso_account_id = 1\nsso_role_name = r\n",
      /config:2: sso_session: \[sso-session x\] is missing/,
    ],
    ["half of Identity Center", "[profile a]\nsso_account_id = 1\n", /config:2: profile "a": must have sso_start_url/],
  ])("%s is an error with file and line", async (_, config, message) => {
    using home = createHome(config);
    await expect(find(home, { profile: "a" }).provide()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(message),
    });
  });
});

describe("a source", () => {
  it("reads files anew: rotated keys are in force at the next renewal", async () => {
    using home = createHome("", "[default]\naws_access_key_id = AKIDOLD\naws_secret_access_key = s\n");
    const { transport } = recordingTransport(() => ({ body: "" }));
    const provide = sources.profile({ transport, env: home.env });
    expect(await provide()).toMatchObject({ accessKeyId: "AKIDOLD" });
    home.write(".aws/credentials", "[default]\naws_access_key_id = AKIDNEW\naws_secret_access_key = s\n");
    expect(await provide()).toMatchObject({ accessKeyId: "AKIDNEW" });
  });

  it("of a process runs without a shell, and its answer is checked", async () => {
    using home = createHome();
    const { transport } = recordingTransport(() => ({ body: "" }));
    const answer = JSON.stringify({ Version: 1, AccessKeyId: "AKIDPROCESS", SecretAccessKey: "s" });
    const file = home.write("answer.json", answer);
    const run = (command: string) => sources.process({ transport, env: home.env, command })();
    expect(await run(`cat "${file}"`)).toEqual({ accessKeyId: "AKIDPROCESS", secretAccessKey: "s" });
    await expect(run(`echo $HOME; cat ${file}`)).rejects.toMatchObject({ code: "SOURCE_UNAVAILABLE" });
    await expect(run(`cat ${home.write("v2.json", answer.replace("1,", "2,"))}`)).rejects.toThrow('"Version": 1');
    await expect(run("no-such-program-here")).rejects.toThrow("could not be started (ENOENT)");
    await expect(run('cat "')).rejects.toMatchObject({ code: "SOURCE_INVALID" });
  });

  it("that is not set up says where it looked", async () => {
    using home = createHome();
    const { transport } = recordingTransport(() => ({ body: "" }));
    await expect(defaultChain({ transport, env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_ABSENT",
      message: expect.stringMatching(/environment: .*; profile: .*; web identity: .*; container: .*; instance: /),
    });
  });

  it.each([
    ["a file without a section", "region = x\n", /config:1: must begin with a section/],
    ["a line without a setting", "[default]\nregion\n", /config:2: must be a setting/],
    ["a setting given twice", "[default]\nregion = a\nregion = b\n", /config:3: region: must be given once/],
    [
      "a nested setting given twice",
      "[services s]\nsts =\n  endpoint_url = https://a.example\n  endpoint_url = https://b.example\n[profile y]\naws_access_key_id = AKID\naws_secret_access_key = s\n[default]\nservices = s\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/r\nsource_profile = y\n",
      /config:4: endpoint_url: must be given once/,
    ],
  ])("refuses %s", async (_, config, message) => {
    using home = createHome(config);
    const { transport } = recordingTransport(() => ({ body: "" }));
    await expect(defaultChain({ transport, env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(message),
    });
    expect(path.isAbsolute(home.folder)).toBe(true);
  });

  it("refuses keys that are swapped in a profile, with the line and without the secret", async () => {
    using home = createHome("", "[a]\naws_access_key_id = wJal/secret\naws_secret_access_key = AKIAIOSFODNN7EXAMPLE\n");
    const { transport } = recordingTransport(() => ({ body: "" }));
    await expect(defaultChain({ transport, profile: "a", env: home.env })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/credentials:\d: aws_secret_access_key must have the secret(?!.*wJal)/),
    });
  });

  it.each([
    [
      "AWS_ACCESS_KEY_ID without its secret",
      { AWS_ACCESS_KEY_ID: "AKID" },
      /environment: AWS_ACCESS_KEY_ID needs AWS_SECRET_ACCESS_KEY/,
    ],
    [
      "a secret without its id",
      { AWS_SECRET_ACCESS_KEY: "s" },
      /environment: AWS_SECRET_ACCESS_KEY needs AWS_ACCESS_KEY_ID/,
    ],
    [
      "an expiry that is not a date",
      { AWS_ACCESS_KEY_ID: "AKID", AWS_SECRET_ACCESS_KEY: "s", AWS_CREDENTIAL_EXPIRATION: "soon" },
      /AWS_CREDENTIAL_EXPIRATION must be a date/,
    ],
    [
      "keys that are swapped",
      { AWS_ACCESS_KEY_ID: "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYab", AWS_SECRET_ACCESS_KEY: "AKIAIOSFODNN7EXAMPLE" },
      /^environment: AWS_SECRET_ACCESS_KEY must have the secret, and has a key id: put each in its own place$/,
    ],
    [
      "keys that are swapped, with a secret that no key id could be,",
      { AWS_ACCESS_KEY_ID: "wJal/XUtn,FEMI", AWS_SECRET_ACCESS_KEY: "ASIAIOSFODNN7EXAMPLE" },
      /^environment: AWS_SECRET_ACCESS_KEY must have the secret/,
    ],
    ["a token file without a role", { AWS_WEB_IDENTITY_TOKEN_FILE: "/t" }, /needs AWS_ROLE_ARN/],
  ])("refuses %s in the environment", async (_, env, message) => {
    using home = createHome();
    const { transport } = recordingTransport(() => ({ body: "" }));
    await expect(defaultChain({ transport, env: { ...home.env, ...env } })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["no transport", {}, /^transport: must be a transport/],
    [
      "a misspelt option",
      { transport: recordingTransport(() => ({ body: "" })).transport, profil: "x" },
      /did you mean profile/,
    ],
    [
      "a Region with a path",
      { transport: recordingTransport(() => ({ body: "" })).transport, region: "eu/x" },
      /^region: must be a Region/,
    ],
  ])("refuses %s", (_, options, message) => {
    expect(() => defaultChain(options as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) }),
    );
    expect(() => sources.profile(options as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
