import { createPrivateKey, createPublicKey, verify, X509Certificate } from "node:crypto";
import { writeFileSync } from "node:fs";
import { createClock } from "@countersign/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority, EC, type Issued } from "../../../signer/test/x509/authority.ts";
import { sources } from "../../src/sources/sources.ts";
import type { X509SourceOptions } from "../../src/sources/x509-source.ts";
import { type Answer, createHome, recordingTransport } from "./fixture.ts";

let authority: Authority;
let leaf: Issued;
beforeAll(() => {
  authority = createAuthority();
  leaf = authority.issue("leaf", EC, { by: authority.intermediate, serial: "0x2a" });
});
afterAll(() => authority[Symbol.dispose]());

const arns = {
  trustAnchorArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:trust-anchor/5f1c0c1e-0000-4000-8000-000000000001",
  profileArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:profile/5f1c0c1e-0000-4000-8000-000000000002",
  roleArn: "arn:aws:iam::111122223333:role/robot",
};
// The certificates are valid from the second in which they were made.
const clock = createClock({ wall: () => Date.now() + 60_000 });
const session: Answer = {
  status: 201,
  body: JSON.stringify({
    credentialSet: [
      {
        assumedRoleUser: { arn: "arn:aws:sts::111122223333:assumed-role/robot/2a", assumedRoleId: "AROA:2a" },
        credentials: {
          accessKeyId: "ASIAROBOT",
          secretAccessKey: "s",
          sessionToken: "t",
          expiration: "2099-01-01T00:00:00Z",
        },
      },
    ],
    subjectArn: "arn:aws:rolesanywhere:eu-west-1:111122223333:subject/x",
  }),
};

function make(change: Partial<X509SourceOptions> = {}, answer: Answer = session) {
  const home = createHome();
  const { transport, asked } = recordingTransport(() => answer);
  const { certificate, key } = leaf;
  const options = { certificate, key, ...arns, transport, env: home.env, clock, ...change };
  return { provide: sources.x509(options), asked, home };
}

describe("sources.x509", () => {
  it("creates a session in the Region of the trust anchor, signed with the certificate's key", async () => {
    const chain = authority.intermediate.certificate;
    const named = { ...session, body: session.body.replaceAll("robot/2a", "robot/robot-1") };
    const { provide, asked } = make({ chain, durationSeconds: 900, roleSessionName: "robot-1" }, named);
    expect(await provide()).toEqual({
      accessKeyId: "ASIAROBOT",
      secretAccessKey: "s",
      sessionToken: "t",
      expiration: new Date("2099-01-01T00:00:00Z"),
      accountId: "111122223333",
    });
    const [{ url, headers, body } = { url: "", headers: {}, body: "" }] = asked;
    const { origin, pathname, searchParams } = new URL(url);
    expect([origin, pathname]).toEqual(["https://rolesanywhere.eu-west-1.amazonaws.com", "/sessions"]);
    expect(Object.fromEntries(searchParams)).toEqual(arns);
    expect(JSON.parse(body)).toEqual({ durationSeconds: 900, roleSessionName: "robot-1" });
    expect(headers["authorization"]).toMatch(
      /^AWS4-X509-ECDSA-SHA256 Credential=42\/\d{8}\/eu-west-1\/rolesanywhere\/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-x509;x-amz-x509-chain, /,
    );
    expect(new X509Certificate(Buffer.from(headers["x-amz-x509"] ?? "", "base64")).subject).toBe("CN=leaf");
  });

  it.each([
    ["FIPS", { AWS_USE_FIPS_ENDPOINT: "true" }, undefined, "rolesanywhere-fips.eu-west-1.amazonaws.com"],
    ["dual-stack", {}, { dualStack: true }, "rolesanywhere.eu-west-1.api.aws"],
    ["your own", { AWS_ENDPOINT_URL_ROLESANYWHERE: "https://ra.example" }, undefined, "ra.example"],
  ])("asks the host of %s", async (_, env, endpoint, host) => {
    using home = createHome();
    const { provide, asked } = make({ env: { ...home.env, ...env }, endpoint });
    await provide();
    expect(asked.map(({ url }) => new URL(url).host)).toEqual([host]);
  });

  it("reads files anew, so a renewed certificate is in force at the next session", async () => {
    const own = authority.issue("rotating", EC, { by: authority.intermediate, serial: "0x01" });
    const file = (name: string): { readonly file: string } => ({ file: name });
    const { provide, asked } = make({
      certificate: file(own.certificateFile),
      key: file(own.keyFile),
      chain: file(authority.intermediate.certificateFile),
    });
    await provide();
    const next = authority.issue("next", EC, { by: authority.intermediate, serial: "0x02" });
    writeFileSync(own.certificateFile, next.certificate);
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_INVALID",
      message: expect.stringMatching(/^x509: key: /),
    });
    writeFileSync(own.keyFile, next.key);
    await provide();
    expect(asked.map(({ headers }) => /Credential=(\d+)\//.exec(headers["authorization"] ?? "")?.[1])).toEqual([
      "1",
      "2",
    ]);
  });

  it("takes a function for a key that cannot be exported", async () => {
    const signed: Uint8Array[] = [];
    const key = async (data: Uint8Array): Promise<Uint8Array> => {
      signed.push(data);
      const { sign } = await import("node:crypto");
      return sign("sha256", data, createPrivateKey(leaf.key));
    };
    const { provide, asked } = make({ key });
    await provide();
    const signature = /Signature=([\da-f]+)$/.exec(asked[0]?.headers["authorization"] ?? "")?.[1] ?? "";
    expect(
      verify("sha256", signed[0] ?? Buffer.alloc(0), createPublicKey(leaf.key), Buffer.from(signature, "hex")),
    ).toBe(true);
  });

  it.each<readonly [string, () => Partial<X509SourceOptions>, string, RegExp]>([
    [
      "an expired certificate",
      () => ({ clock: createClock({ wall: () => Date.now() + 40 * 86_400_000 }) }),
      "SOURCE_INVALID",
      /^x509: certificate: expired at/,
    ],
    [
      "a certificate that is not valid yet",
      () => ({ clock: createClock({ wall: () => Date.now() - 86_400_000 }) }),
      "SOURCE_INVALID",
      /becomes valid at/,
    ],
    ["the key of another certificate", () => ({ key: authority.root.key }), "SOURCE_INVALID", /^x509: key: /],
    [
      "a file that is missing",
      () => ({ certificate: { file: "/no/such.pem" } }),
      "SOURCE_INVALID",
      /^x509: certificate: must be a file that can be read \(ENOENT\)$/,
    ],
    [
      "a key that fails",
      () => ({ key: () => Promise.reject(new Error("PIN 1234 is locked")) }),
      "SOURCE_UNAVAILABLE",
      /^x509: key: failed with Error/,
    ],
  ])("%s is refused before a call", async (_, change, code, message) => {
    const { provide, asked } = make(change());
    await expect(provide()).rejects.toMatchObject({
      name: "BrokerError",
      code,
      message: expect.stringMatching(message),
    });
    expect(asked).toEqual([]);
  });

  it.each([
    [
      "a refusal",
      { status: 403, body: '{"message":"Untrusted certificate. Insufficient certificate"}' },
      /status 403: Untrusted certificate/,
    ],
    ["an answer without credentials", { status: 201, body: "{}" }, /must have keys, a token and an expiration/],
    ["an answer other than JSON", { status: 201, body: "<html>" }, /must have keys/],
  ])("%s is an error", async (_, answer, message) => {
    const { provide } = make({}, answer);
    await expect(provide()).rejects.toMatchObject({
      code: "SOURCE_UNAVAILABLE",
      message: expect.stringMatching(message),
    });
  });

  it.each([
    ["a profile instead of a trust anchor", { trustAnchorArn: arns.profileArn }, /^trustAnchorArn: /],
    [
      "a profile of another Region",
      { profileArn: arns.profileArn.replace("eu-west-1", "eu-west-2") },
      /^profileArn: .* in eu-west-1$/,
    ],
    ["a role's name instead of its ARN", { roleArn: "robot" }, /^roleArn: /],
    ["a duration of a minute", { durationSeconds: 60 }, /^durationSeconds: .* from 900 to 43200/],
    ["a name with a space", { roleSessionName: "a b" }, /^roleSessionName: /],
    ["a key without its file", { key: { file: 1 } }, /^key: /],
    ["no certificate", { certificate: undefined }, /^certificate: /],
    ["no transport", { transport: undefined }, /^transport: /],
    ["a misspelt option", { certficate: "x" }, /did you mean certificate/],
    ["an endpoint with a misspelt option", { endpoint: { fip: true } }, /^endpoint.fip: /],
  ])("refuses %s", (_, change, message) => {
    expect(() => make(change as never)).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringMatching(message) }),
    );
  });
});
