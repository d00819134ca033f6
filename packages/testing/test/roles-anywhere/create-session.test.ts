import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, sign, X509Certificate } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, type LocalCertificate, startAws } from "../../src/index.ts";
import { type Sent, send, sts } from "../send.ts";

const allActions = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"];
const trust = (Condition?: object, Action: readonly string[] = allActions) =>
  ({
    Statement: {
      Effect: "Allow",
      Principal: { Service: "rolesanywhere.amazonaws.com" },
      Action,
      ...(Condition === undefined ? {} : { Condition }),
    },
  }) as never;

let aws: Aws;
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(path.join(tmpdir(), "roles-anywhere-"));
  aws = await startAws({ roles: [{ arn: "worker", trustPolicy: trust(), maxSessionDuration: 7200 }, "plain"] });
});
afterAll(async () => {
  await aws.close();
  rmSync(directory, { recursive: true });
});

type Signing = Readonly<{ certificate: string; key: string; chain?: string }>;

interface Session extends Signing {
  readonly input?: object;
  readonly query?: string;
  readonly date?: Date;
  readonly region?: string;
  readonly algorithm?: string;
  readonly serialNumber?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What happens on the way, after the signature. */
  readonly tamper?: (parts: { headers: Record<string, string>; body: string }) => void;
}

const der = (pem: string): string => new X509Certificate(pem).raw.toString("base64");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
const serialOf = (pem: string): string => BigInt(`0x${new X509Certificate(pem).serialNumber}`).toString();

/** Signs as the user guide of IAM Roles Anywhere says, without any code of the signer. */
async function createSession(to: Aws, session: Session): Promise<Sent & { readonly json: Record<string, never> }> {
  const { certificate, key, chain = "", query = "", date = new Date(to.clock.now()), region = "us-east-1" } = session;
  const { trustAnchorArn, profileArn } = to.rolesAnywhere;
  const input = { trustAnchorArn, profileArn, roleArn: to.role("worker").arn, ...session.input };
  const host = new URL(to.url.rolesAnywhere).host;
  const timestamp = date.toISOString().replaceAll(/[-:]|\.\d{3}/g, "");
  const privateKey = createPrivateKey(key);
  const { algorithm = privateKey.asymmetricKeyType === "rsa" ? "AWS4-X509-RSA-SHA256" : "AWS4-X509-ECDSA-SHA256" } =
    session;
  const chained = chain.match(/-----BEGIN[^-]+-----[^-]+-----END[^-]+-----/g) ?? [];
  const headers: Record<string, string> = {
    "content-type": "application/json",
    host,
    "x-amz-date": timestamp,
    "x-amz-x509": der(certificate),
    ...(chained.length === 0 ? {} : { "x-amz-x509-chain": chained.map(der).join(",") }),
    ...session.headers,
  };
  const body = JSON.stringify(input);
  const names = Object.keys(headers).toSorted();
  const canonical = [
    "POST",
    "/sessions",
    query,
    ...names.map((name) => `${name}:${headers[name]}`),
    "",
    names.join(";"),
    sha256(body),
  ];
  const scope = `${timestamp.slice(0, 8)}/${region}/rolesanywhere/aws4_request`;
  const stringToSign = [algorithm, timestamp, scope, sha256(canonical.join("\n"))].join("\n");
  const signature = sign("sha256", Buffer.from(stringToSign), privateKey).toString("hex");
  const credential = `${session.serialNumber ?? serialOf(certificate)}/${scope}`;
  headers["authorization"] =
    `${algorithm} Credential=${credential}, SignedHeaders=${names.join(";")}, Signature=${signature}`;
  const parts = { headers, body };
  session.tamper?.(parts);
  const sent = await send(to, `${to.url.rolesAnywhere}/sessions${query === "" ? "" : `?${query}`}`, {
    credentials: null,
    ...parts,
  });
  return { ...sent, json: JSON.parse(sent.text) as Record<string, never> };
}

/** What the one entry of `credentialSet` holds. */
interface Vended {
  readonly credentials: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly expiration: Date;
  readonly set: Readonly<Record<string, unknown>>;
}

function vended({ json }: { readonly json: Record<string, never> }): Vended {
  const [set = {}] = json["credentialSet"] as unknown as Record<string, unknown>[];
  const { expiration, ...credentials } = set["credentials"] as Vended["credentials"] & { readonly expiration: string };
  return { credentials, expiration: new Date(expiration), set };
}

const codeOf = ({ status, headers, json }: Awaited<ReturnType<typeof createSession>>) =>
  [status, headers["x-amzn-errortype"], json["message"]] as const;
const refused = (message: string) => [403, "AccessDeniedException", message];

describe("CreateSession", () => {
  it.each(["ec", "rsa"] as const)("gives a certificate with an %s key credentials that work", async (key) => {
    const own = aws.rolesAnywhere.certificate({ key, subject: { CN: "node-7", OU: "ml" } });
    const answer = await createSession(aws, own);
    expect(answer.status).toBe(201);
    const { credentials, expiration, set } = vended(answer);
    const serialHex = BigInt(own.serialNumber).toString(16).padStart(32, "0");
    expect(set).toMatchObject({
      roleArn: aws.role("worker").arn,
      sourceIdentity: "CN=node-7",
      assumedRoleUser: { arn: `arn:aws:sts::123456789012:assumed-role/worker/${serialHex}` },
    });
    expect(answer.json["subjectArn"]).toMatch(/^arn:aws:rolesanywhere:us-east-1:123456789012:subject\/[\da-f-]{36}$/);
    expect(expiration.getTime() - aws.clock.now()).toBeGreaterThan(7_100_000);
    const { text } = await sts(aws, { Action: "GetCallerIdentity" }, { credentials });
    expect(text).toContain(`assumed-role/worker/${serialHex}`);
    expect(aws.calls({ operation: "CreateSession" }).at(-1)?.service).toBe("rolesanywhere");
  });

  it("takes parameters from the query, as AWS's own helper sends them, and a chain", async () => {
    const own = aws.rolesAnywhere.certificate({ intermediate: true });
    const query = [
      ["profileArn", aws.rolesAnywhere.profileArn],
      ["roleArn", aws.role("worker").arn],
      ["trustAnchorArn", aws.rolesAnywhere.trustAnchorArn],
    ]
      .map(([name, value]) => `${name}=${encodeURIComponent(value ?? "")}`)
      .join("&");
    const input = { trustAnchorArn: undefined, profileArn: undefined, roleArn: undefined, durationSeconds: 900 };
    expect((await createSession(aws, { ...own, query, input })).status).toBe(201);
    expect(codeOf(await createSession(aws, { ...own, chain: "" }))).toEqual(refused("Untrusted signing certificate"));
  });

  const cases: Readonly<
    Record<string, readonly [(own: LocalCertificate, other: LocalCertificate) => Session, string]>
  > = {
    "another key": [(own, other) => ({ ...own, key: other.key }), "Invalid signature"],
    "another serial number": [(own) => ({ ...own, serialNumber: "7" }), "Invalid signature"],
    "an edited body": [
      (own) => ({ ...own, tamper: (parts) => (parts.body = parts.body.replace("worker", "plain")) }),
      "Invalid signature",
    ],
    "an edited header": [
      (own) => ({ ...own, tamper: ({ headers }) => (headers["content-type"] = "text/plain") }),
      "Invalid signature",
    ],
    "a header that is not signed": [
      (own) => ({ ...own, tamper: ({ headers }) => (headers["x-amz-meta"] = "1") }),
      "Invalid signature",
    ],
    "a foreign certificate, signed by its own key": [
      (own, other) => ({ ...own, tamper: ({ headers }) => (headers["x-amz-x509"] = der(other.certificate)) }),
      "Invalid signature",
    ],
    "the algorithm of another kind of key": [
      (own) => ({ ...own, algorithm: "AWS4-X509-RSA-SHA256" }),
      "Invalid signature",
    ],
    "a hash that is not the body's": [
      (own) => ({ ...own, headers: { "x-amz-content-sha256": sha256("other") } }),
      "Invalid signature",
    ],
    "another region": [
      (own) => ({ ...own, region: "eu-west-1" }),
      "Credential should be scoped to TODAY/us-east-1/rolesanywhere/aws4_request",
    ],
    "a certificate that is not base64": [
      (own) => ({ ...own, headers: { "x-amz-x509": "AAAA" } }),
      "Untrusted certificate. Insufficient certificate",
    ],
    "a role that is not there": [
      (own) => ({ ...own, input: { roleArn: "arn:aws:iam::123456789012:role/none" } }),
      "Unable to assume role for arn:aws:iam::123456789012:role/none",
    ],
    "a role that does not trust the service": [
      (own) => ({ ...own, input: { roleArn: "arn:aws:iam::123456789012:role/plain" } }),
      "Unable to assume role for arn:aws:iam::123456789012:role/plain",
    ],
  };
  it.each(Object.entries(cases))("refuses %s", async (_name, [session, message]) => {
    const [own, other] = [aws.rolesAnywhere.certificate(), aws.rolesAnywhere.certificate()];
    const today = new Date(aws.clock.now()).toISOString().slice(0, 10).replaceAll("-", "");
    expect(codeOf(await createSession(aws, session(own, other)))).toEqual(refused(message.replace("TODAY", today)));
  });

  it("refuses a clock that is six minutes off, both ways", async () => {
    const own = aws.rolesAnywhere.certificate();
    for (const [ms, message] of [
      [-360_000, /^Signature expired: /],
      [360_000, /^Signature not yet current: /],
    ] as const) {
      const [status, code, text] = codeOf(await createSession(aws, { ...own, date: new Date(aws.clock.now() + ms) }));
      expect([status, code]).toEqual([403, "AccessDeniedException"]);
      expect(text).toMatch(message);
    }
  });

  it("refuses a certificate before and after its validity, and one that is revoked", async () => {
    const now = aws.clock.now();
    const message = "Untrusted certificate. Certificate is expired or not yet valid";
    const expired = aws.rolesAnywhere.certificate({ notAfter: new Date(now - 60_000) });
    const early = aws.rolesAnywhere.certificate({ notBefore: new Date(now + 60_000) });
    expect(codeOf(await createSession(aws, expired))).toEqual(refused(message));
    expect(codeOf(await createSession(aws, early))).toEqual(refused(message));
    const revoked = aws.rolesAnywhere.certificate();
    expect((await createSession(aws, revoked)).status).toBe(201);
    aws.rolesAnywhere.revoke(revoked.certificate);
    expect(codeOf(await createSession(aws, revoked))).toEqual(refused("Certificate revoked"));
  });

  it("refuses an unsigned request, and wrong members by name", async () => {
    const own = aws.rolesAnywhere.certificate();
    const unsigned = await createSession(aws, { ...own, tamper: ({ headers }) => delete headers["authorization"] });
    expect(codeOf(unsigned).slice(0, 2)).toEqual([403, "MissingAuthenticationTokenException"]);
    for (const input of [{ roleArn: undefined }, { durationSeconds: 60 }, { roleSessionName: "a b" }]) {
      const [status, code, message] = codeOf(await createSession(aws, { ...own, input }));
      expect([status, code]).toEqual([400, "ValidationException"]);
      expect(message).toContain(Object.keys(input)[0]);
    }
    const elsewhere = "arn:aws:rolesanywhere:us-east-1:123456789012:profile/none";
    expect(codeOf(await createSession(aws, { ...own, input: { profileArn: elsewhere } }))[0]).toBe(404);
  });
});

describe("the role's trust policy", () => {
  const own = (): LocalCertificate =>
    aws.rolesAnywhere.certificate({
      subject: { CN: "Alice", OU: "ml", O: "Example" },
      dnsNames: ["alice.example", "second.example"],
      uris: ["spiffe://example/alice"],
    });
  const allowed: readonly object[] = [
    { StringEquals: { "aws:PrincipalTag/x509Subject/CN": "Alice", "aws:PrincipalTag/x509Subject/OU": "ml" } },
    { StringEquals: { "aws:PrincipalTag/x509Issuer/CN": "Countersign local workloads" } },
    { StringEquals: { "aws:PrincipalTag/x509SAN/DNS": "alice.example" } },
    { StringLike: { "aws:PrincipalTag/x509SAN/URI": "spiffe://example/*" } },
    { StringEquals: { "sts:SourceIdentity": "CN=Alice", "aws:SourceAccount": "123456789012" } },
    { ArnEquals: { "aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/*" } },
    { StringEquals: { "aws:RequestTag/x509Subject/O": "Example" } },
  ];
  it.each(allowed)("sees what the certificate says: %j", async (condition) => {
    aws.role("worker").update({ trustPolicy: trust(condition) });
    expect((await createSession(aws, own())).status).toBe(201);
  });
  const denied: readonly (readonly [object | undefined, readonly string[]])[] = [
    [{ StringEquals: { "aws:PrincipalTag/x509Subject/CN": "Bob" } }, allActions],
    [{ StringEquals: { "aws:PrincipalTag/x509SAN/DNS": "second.example" } }, allActions],
    [{ StringEquals: { "sts:SourceIdentity": "Alice" } }, allActions],
    [{ ArnEquals: { "aws:SourceArn": "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/other" } }, allActions],
    [undefined, ["sts:AssumeRole", "sts:TagSession"]],
    [undefined, ["sts:AssumeRole", "sts:SetSourceIdentity"]],
  ];
  it.each(denied)("refuses: %j %j", async (condition, actions) => {
    aws.role("worker").update({ trustPolicy: trust(condition, actions) });
    expect(codeOf(await createSession(aws, own()))).toEqual(
      refused(`Unable to assume role for ${aws.role("worker").arn}`),
    );
  });
  it("leaves the certificate's attributes to the session's policies", async () => {
    const Condition = { StringEquals: { "aws:PrincipalTag/x509Subject/CN": "Alice" } };
    const Statement = { Effect: "Allow", Action: "sts:*", Resource: "*", Condition } as const;
    aws.role("worker").update({ trustPolicy: trust(), policies: [{ Statement }] });
    for (const [CN, expected] of [
      ["Alice", 200],
      ["Bob", 403],
    ] as const) {
      const { credentials } = vended(await createSession(aws, aws.rolesAnywhere.certificate({ subject: { CN } })));
      const sent = await sts(
        aws,
        { Action: "AssumeRole", RoleArn: aws.role("plain").arn, RoleSessionName: "next" },
        { credentials },
      );
      expect(sent.status).toBe(expected);
    }
  });
});

describe("trust anchors and profiles of an account", () => {
  const openssl = (...args: readonly string[]): void => {
    execFileSync("openssl", args, { cwd: directory, stdio: "pipe" });
  };
  const file = (name: string): string => readFileSync(path.join(directory, name), "utf8");
  const anchorArn = "arn:aws:rolesanywhere:us-east-1:123456789012:trust-anchor/corporate";
  const profileArn = "arn:aws:rolesanywhere:us-east-1:123456789012:profile/batch";

  /** Issues a certificate by openssl: an oracle for what is read of certificates that others made. */
  function issue(name: string, extensions: string): Signing {
    writeFileSync(path.join(directory, `${name}.ext`), extensions);
    openssl(
      "req",
      "-newkey",
      "rsa:2048",
      "-nodes",
      "-keyout",
      `${name}.key`,
      "-out",
      `${name}.csr`,
      "-subj",
      "/C=DE/O=Example/OU=a/OU=b/CN=Jürgen",
      "-utf8",
    );
    openssl(
      "x509",
      "-req",
      "-in",
      `${name}.csr`,
      "-CA",
      "ca.pem",
      "-CAkey",
      "ca.key",
      "-days",
      "30",
      "-sha256",
      "-extfile",
      `${name}.ext`,
      "-out",
      `${name}.pem`,
    );
    return { certificate: file(`${name}.pem`), key: file(`${name}.key`) };
  }
  const usable = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n";

  let own: Aws;
  beforeAll(async () => {
    openssl(
      "req",
      "-x509",
      "-newkey",
      "ec",
      "-pkeyopt",
      "ec_paramgen_curve:P-384",
      "-nodes",
      "-keyout",
      "ca.key",
      "-out",
      "ca.pem",
      "-days",
      "30",
      "-subj",
      "/CN=Corporate",
      "-addext",
      "keyUsage=critical,keyCertSign",
    );
    const sessionPolicy = { Statement: { Effect: "Deny", Action: "sagemaker:*", Resource: "*" } } as const;
    own = await startAws({
      roles: [
        { arn: "worker", trustPolicy: trust() },
        { arn: "other", trustPolicy: trust() },
      ],
      rolesAnywhere: {
        trustAnchors: [
          { arn: anchorArn, certificates: file("ca.pem") },
          { arn: `${anchorArn}-off`, certificates: file("ca.pem"), enabled: false },
        ],
        profiles: [
          {
            arn: profileArn,
            roleArns: ["arn:aws:iam::123456789012:role/worker"],
            durationSeconds: 1800,
            sessionPolicy,
          },
        ],
      },
    });
    // openssl dates certificates from the second in which it makes them.
    await own.clock.advance(60_000);
  });
  afterAll(() => own.close());
  const input = { trustAnchorArn: anchorArn, profileArn };

  it("reads certificates that openssl made, with names in every form", async () => {
    const signing = issue("good", `${usable}subjectAltName=dirName:dn,URI:spiffe://x/y\n[dn]\nOU=unit\nCN=alt\n`);
    own.role("worker").update({
      trustPolicy: trust({
        StringEquals: {
          "aws:PrincipalTag/x509Subject/CN": "Jürgen",
          "aws:PrincipalTag/x509Subject/OU": "a/b",
          "aws:PrincipalTag/x509SAN/Name/CN": "alt",
          "aws:PrincipalTag/x509SAN/URI": "spiffe://x/y",
        },
      }),
    });
    const answer = await createSession(own, { ...signing, input });
    expect(answer.status).toBe(201);
    const seconds = (vended(answer).expiration.getTime() - own.clock.now()) / 1000;
    expect(Math.abs(seconds - 1800)).toBeLessThan(2);
    expect(codeOf(await createSession(own, { ...signing, input: { ...input, roleSessionName: "mine" } }))).toEqual(
      refused("The profile does not accept a custom role session name"),
    );
    const other = "arn:aws:iam::123456789012:role/other";
    expect(codeOf(await createSession(own, { ...signing, input: { ...input, roleArn: other } }))).toEqual(
      refused(`Unable to assume role for ${other}`),
    );
    const off = { ...input, trustAnchorArn: `${anchorArn}-off` };
    expect(codeOf(await createSession(own, { ...signing, input: off }))).toEqual(refused("Trust anchor is disabled"));
    // The local authority's anchor did not issue it.
    const foreign = { ...input, trustAnchorArn: own.rolesAnywhere.trustAnchorArn };
    expect(codeOf(await createSession(own, { ...signing, input: foreign }))).toEqual(
      refused("Untrusted signing certificate"),
    );
  });

  it.each([
    ["without digital signature", "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,keyEncipherment\n"],
    ["without key usage", "basicConstraints=critical,CA:FALSE\n"],
    ["of an authority", "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,digitalSignature,keyCertSign\n"],
    ["with an unknown critical extension", `${usable}1.2.3.4=critical,ASN1:UTF8String:x\n`],
  ])("refuses a certificate %s", async (name, extensions) => {
    const signing = issue(name.replaceAll(" ", "-"), extensions);
    expect(codeOf(await createSession(own, { ...signing, input }))).toEqual(
      refused("Untrusted certificate. Insufficient certificate"),
    );
  });

  it("refuses a certificate that another end entity issued", async () => {
    const middle = issue("middle", usable);
    openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=leaf");
    openssl(
      "x509",
      "-req",
      "-in",
      "leaf.csr",
      "-CA",
      "middle.pem",
      "-CAkey",
      "middle.key",
      "-days",
      "30",
      "-sha256",
      "-extfile",
      "middle.ext",
      "-out",
      "leaf.pem",
    );
    const signing = { certificate: file("leaf.pem"), key: file("leaf.key"), chain: middle.certificate };
    expect(codeOf(await createSession(own, { ...signing, input }))).toEqual(refused("Untrusted signing certificate"));
  });

  it("refuses an end entity as an anchor, and options of a wrong shape, by name", async () => {
    issue("plain", usable);
    const start = (rolesAnywhere: object) => startAws({ rolesAnywhere } as never);
    await expect(start({ trustAnchors: [{ arn: anchorArn, certificates: file("plain.pem") }] })).rejects.toThrow(
      "rolesAnywhere.trustAnchors[0].certificates: must be certificates of authorities",
    );
    await expect(start({ trustAnchors: [{ arn: "arn:x", certificates: "" }] })).rejects.toThrow("trustAnchors[0].arn");
    await expect(start({ profile: [] })).rejects.toThrow("profiles");
    expect(() => own.rolesAnywhere.certificate({ subject: { XX: "1" } })).toThrow("subject");
  });
});
