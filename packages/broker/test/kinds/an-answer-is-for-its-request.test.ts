import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { inspect } from "node:util";
import { createClock } from "@countersign/signer";
import { describe, expect, it } from "vitest";
import { createAuthority, EC } from "../../../signer/test/x509/authority.ts";
import { createBroker, fileStore, sources } from "../../src/index.ts";
import { cliCacheKey } from "../../src/store/cli-cache-key.ts";
import { createHome, recordingTransport } from "../sources/fixture.ts";

const roleArn = "arn:aws:iam::111122223333:role/Inference";
const SECRET = "wJalrXUtnFEMIK7MDENGbPxRfiCYEXAMPLEKEYZZ";
const inAnHour = (): string => new Date(Date.now() + 3_600_000).toISOString();

interface Parts {
  readonly arn?: string;
  readonly id?: string;
  readonly secret?: string;
  readonly token?: string;
  readonly end?: string;
}

function xml(operation: string, parts: Parts): string {
  const {
    arn = "arn:aws:sts::111122223333:assumed-role/Inference/countersign",
    id = "ASIAEXAMPLE",
    secret = "s",
    token = "t",
    end = inAnHour(),
  } = parts;
  return `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result><Credentials><AccessKeyId>${id}</AccessKeyId><SecretAccessKey>${secret}</SecretAccessKey><SessionToken>${token}</SessionToken><Expiration>${end}</Expiration></Credentials><AssumedRoleUser><Arn>${arn}</Arn><AssumedRoleId>A:b</AssumedRoleId></AssumedRoleUser></${operation}Result></${operation}Response>`;
}

/** The three ways to a role: the broker's, a profile's and the token of a file. All get the same answers. */
const ways: Readonly<Record<string, (parts: Parts) => Promise<unknown>>> = {
  async "a role of the broker"(parts) {
    const { transport } = recordingTransport(() => ({ body: xml("AssumeRole", parts) }));
    await using broker = createBroker({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKID", secretAccessKey: SECRET },
      transport: { ...transport, close: async () => undefined } as never,
    });
    return await broker.role({ roleArn }).get();
  },
  async "a profile with a role"(parts) {
    const { transport } = recordingTransport(() => ({ body: xml("AssumeRole", parts) }));
    using home = createHome(
      `[profile x]\nregion = eu-west-1\nrole_arn = ${roleArn}\nsource_profile = x\naws_access_key_id = AKID\naws_secret_access_key = ${SECRET}\nrole_session_name = countersign\n`,
    );
    return await sources.profile({ transport, env: home.env, profile: "x" })();
  },
  async "a web identity"(parts) {
    const { transport } = recordingTransport(() => ({ body: xml("AssumeRoleWithWebIdentity", parts) }));
    using home = createHome();
    const tokenFile = home.write("token", "a.b.c");
    return await sources.webIdentity({ transport, env: home.env, region: "eu-west-1", roleArn, tokenFile })();
  },
};

describe.each(Object.entries(ways))("kind: an answer is for its request: %s", (_name, get) => {
  it("takes the answer that was asked for", async () => {
    await expect(get({})).resolves.toMatchObject({ accessKeyId: "ASIAEXAMPLE", accountId: "111122223333" });
  });

  it.each<[string, Parts]>([
    ["another role", { arn: "arn:aws:sts::111122223333:assumed-role/Admin/countersign" }],
    ["another account", { arn: "arn:aws:sts::999999999999:assumed-role/Inference/countersign" }],
    ["another partition", { arn: "arn:aws-cn:sts::111122223333:assumed-role/Inference/countersign" }],
    ["another session", { arn: "arn:aws:sts::111122223333:assumed-role/Inference/other" }],
    ["no role", { arn: "" }],
    ["a key with a line break", { id: "ASIA&#13;&#10;x: y" }],
    ["a key with a comma", { id: "ASIA,Signature=0" }],
    ["a token beyond ASCII", { token: "tökén" }],
    ["a secret with a control character", { secret: "s&#7;s" }],
  ])("refuses %s", async (_what, parts) => {
    await expect(get(parts)).rejects.toMatchObject({
      name: "BrokerError",
      code: expect.stringMatching(/^(?:STS_RESPONSE_INVALID|SOURCE_UNAVAILABLE)$/u),
    });
  });

  it("believes no session that is longer than asked for", async () => {
    const { expiration } = (await get({ end: "9999-01-01T00:00:00Z" })) as { readonly expiration: Date };
    expect(expiration.getTime()).toBeLessThan(Date.now() + 3_600_000 + 300_000);
  });
});

describe("kind: an answer is for its request: a certificate", () => {
  const anchor = (kind: string): string => `arn:aws:rolesanywhere:eu-west-1:111122223333:${kind}/a`;
  async function get(arn: string | undefined): Promise<unknown> {
    using authority = createAuthority();
    using home = createHome();
    const { certificate, key } = authority.issue("leaf", EC, { by: authority.intermediate });
    const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "s", sessionToken: "t", expiration: inAnHour() };
    const credentialSet = [{ credentials, ...(arn !== undefined && { assumedRoleUser: { arn } }) }];
    const { transport } = recordingTransport(() => ({ status: 201, body: JSON.stringify({ credentialSet }) }));
    const arns = { trustAnchorArn: anchor("trust-anchor"), profileArn: anchor("profile"), roleArn };
    // The certificate is valid from the second in which it was made.
    const clock = createClock({ wall: () => Date.now() + 60_000 });
    const given = { transport, env: home.env, clock, certificate, key, ...arns, roleSessionName: "robot" };
    return await sources.x509(given)();
  }

  it("takes the answer that was asked for", async () => {
    await expect(get("arn:aws:sts::111122223333:assumed-role/Inference/robot")).resolves.toMatchObject({
      accountId: "111122223333",
    });
  });

  it.each([
    ["another role", "arn:aws:sts::111122223333:assumed-role/Admin/robot"],
    ["another account", "arn:aws:sts::999999999999:assumed-role/Inference/robot"],
    ["another partition", "arn:aws-cn:sts::111122223333:assumed-role/Inference/robot"],
    ["another session", "arn:aws:sts::111122223333:assumed-role/Inference/other"],
    ["no role", undefined],
  ])("refuses %s", async (_what, arn) => {
    await expect(get(arn)).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringContaining("must be for the role, account and session name"),
    });
  });
});

describe("kind: foreign errors are not quoted whole: a refusal of STS", () => {
  it.each([
    ["its code is a secret", `<Code>${SECRET}</Code><Message>no</Message>`],
    ["it quotes the secret", `<Code>AccessDenied</Code><Message>key ${SECRET}</Message>`],
    ["it quotes the signature", `<Code>AccessDenied</Code><Message>Signature=${"0a".repeat(32)} no</Message>`],
    ["it quotes a token of an unknown form", `<Code>AccessDenied</Code><Message>${"zQ9_".repeat(30)} no</Message>`],
  ])("where %s", async (_what, error) => {
    const { transport } = recordingTransport(() => ({
      status: 403,
      body: `<ErrorResponse><Error>${error}</Error><RequestId>${SECRET}</RequestId></ErrorResponse>`,
    }));
    await using broker = createBroker({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKID", secretAccessKey: SECRET },
      transport: { ...transport, close: async () => undefined } as never,
    });
    const refused = await broker
      .role({ roleArn })
      .get()
      .catch((cause: unknown) => cause);
    expect(refused).toMatchObject({ name: "BrokerError" });
    expect(inspect(refused, { depth: 9, showHidden: true })).not.toMatch(/wJalr|0a0a0a|zQ9_zQ9_/u);
  });
});

describe("kind: poisoned records are misses with an alarm: a file of the AWS CLI", () => {
  it.each([
    ["a key with a line break", { AccessKeyId: "AKID\r\nx: y" }],
    ["a token beyond ASCII", { SessionToken: "tökén" }],
  ])("with %s", async (_what, poison) => {
    const directory = mkdtempSync(path.join(tmpdir(), "countersign-cache-"));
    const input = { RoleArn: roleArn };
    writeFileSync(
      path.join(directory, `${cliCacheKey(input)}.json`),
      JSON.stringify({
        Credentials: { AccessKeyId: "A", SecretAccessKey: "s", SessionToken: "t", Expiration: inAnHour(), ...poison },
      }),
      { mode: 0o600 },
    );
    const { transport } = recordingTransport(() => ({ body: xml("AssumeRole", {}) }));
    const alarms: unknown[] = [];
    const clock = createClock();
    await using broker = createBroker({
      region: "eu-west-1",
      credentials: { accessKeyId: "AKID", secretAccessKey: SECRET },
      transport: { ...transport, close: async () => undefined } as never,
      store: fileStore({ directory, mode: "read-write" }),
      onEvent: (event) => void (event.name === "store.alarm" && alarms.push(event.code)),
      // A busy machine that reads a file slowly must not look like a store that stalls.
      clock: { ...clock, sleep: (ms, signal) => clock.sleep(100 * ms, signal) },
    });
    await expect(broker.role({ roleArn }).get()).resolves.toMatchObject({ accessKeyId: "ASIAEXAMPLE" });
    expect(alarms).toEqual(["RECORD_MALFORMED"]);
    rmSync(directory, { recursive: true });
  });
});

describe("kind: the error says what is wrong: an endpoint_url without TLS", () => {
  it("of STS is the profile's fault", async () => {
    const { createTransport } = await import("@countersign/transport");
    const transport = createTransport();
    using home = createHome(
      `[profile x]\nregion = eu-west-1\nrole_arn = ${roleArn}\nsource_profile = x\naws_access_key_id = AKID\naws_secret_access_key = s\nendpoint_url = http://sts.test\n`,
    );
    await expect(sources.profile({ transport, env: home.env, profile: "x" })()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/config:\d+: STS: url: must be an https: URL/u),
    });
    await transport.close();
  });
});
