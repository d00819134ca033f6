import { createHash, generateKeyPairSync } from "node:crypto";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import type { AwsCredentials } from "@countersign/signer";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority, EC, type Issued } from "../../../signer/test/x509/authority.ts";
import { type ProfileSourceOptions, sources } from "../../src/sources/sources.ts";
import { createHome, type Home } from "./fixture.ts";

let aws: Aws;
let authority: Authority;
let leaf: Issued;
/** A server whose trusted certificate is not for the hosts that sources ask. */
let otherNames: { readonly port: number; readonly received: () => string; readonly close: () => void };
beforeAll(async () => {
  // One server of this AWS offers static RSA key exchange only.
  aws = await startAws({ tls: { ecr: "static-rsa" } });
  authority = createAuthority();
  leaf = authority.issue("leaf", EC, { by: authority.root });
  const { certificate: cert, key } = authority.issue("other.example", EC, { by: authority.root });
  let received = "";
  const server = createTlsServer({ cert, key }, (socket) => {
    socket.on("error", () => socket.destroy()).on("data", (part) => (received += part.toString("latin1")));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  otherNames = { port, received: () => received, close: () => server.close() };
});
afterAll(async () => {
  otherNames.close();
  authority[Symbol.dispose]();
  await aws.close();
});

const SECRET = "a-secret-token";
const ROLE = "arn:aws:iam::111122223333:role/r";
const LOGIN = "arn:aws:iam::111122223333:user/u";
const PROFILES = `[profile web]
role_arn = ${ROLE}
web_identity_token_file = ~/token
region = us-east-1
[profile role]
role_arn = ${ROLE}
source_profile = role
aws_access_key_id = AKIDEXAMPLE
aws_secret_access_key = ${SECRET}
region = us-east-1
[sso-session corp]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[sso-session old]
sso_start_url = https://example.awsapps.com/start
sso_region = us-east-1
[profile sso]
sso_session = corp
sso_account_id = 111122223333
sso_role_name = r
[profile login]
login_session = ${LOGIN}
region = us-east-1
`;

type Ask = (options: ProfileSourceOptions) => Promise<AwsCredentials>;
const account = { accountId: "111122223333", roleName: "r" };
const rolesAnywhere = "arn:aws:rolesanywhere:us-east-1:111122223333:";
/** Each source that asks over TLS, and the host that it asks. */
const SOURCES: readonly (readonly [name: string, host: string, ask: Ask])[] = [
  ["the web identity of a profile", "sts.us-east-1.amazonaws.com", (o) => sources.profile({ ...o, profile: "web" })()],
  [
    "a web identity",
    "sts.us-east-1.amazonaws.com",
    (o) => sources.webIdentity({ ...o, region: "us-east-1", roleArn: ROLE, tokenFile: "~/token" })(),
  ],
  ["a role", "sts.us-east-1.amazonaws.com", (o) => sources.profile({ ...o, profile: "role" })()],
  [
    "Identity Center by a profile",
    "portal.sso.us-east-1.amazonaws.com",
    (o) => sources.profile({ ...o, profile: "sso" })(),
  ],
  [
    "Identity Center",
    "portal.sso.us-east-1.amazonaws.com",
    (o) => sources.sso({ ...o, session: "corp", ...account })(),
  ],
  [
    "the renewal of Identity Center's token",
    "oidc.us-east-1.amazonaws.com",
    (o) => sources.sso({ ...o, session: "old", ...account })(),
  ],
  ["the renewal of aws login", "us-east-1.signin.aws.amazon.com", (o) => sources.profile({ ...o, profile: "login" })()],
  [
    "a certificate",
    "rolesanywhere.us-east-1.amazonaws.com",
    ({ transport, env }) =>
      sources.x509({
        transport,
        env,
        certificate: leaf.certificate,
        key: leaf.key,
        trustAnchorArn: `${rolesAnywhere}trust-anchor/a`,
        profileArn: `${rolesAnywhere}profile/p`,
        roleArn: ROLE,
      })(),
  ],
  ["a container", "container.example.com", (o) => sources.container(o)()],
];

function prepared(): Home {
  const home = createHome(PROFILES);
  home.write("token", SECRET);
  const cache = (name: string, change: object): void => {
    const file = `.aws/sso/cache/${createHash("sha1").update(name).digest("hex")}.json`;
    home.write(file, JSON.stringify({ accessToken: SECRET, expiresAt: "2099-01-01T00:00:00Z", ...change }));
  };
  cache("corp", {});
  const registration = { clientId: "id", clientSecret: SECRET, registrationExpiresAt: "2099-01-01T00:00:00Z" };
  cache("old", { expiresAt: "2020-01-01T00:00:00Z", refreshToken: SECRET, ...registration });
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const accessToken = {
    accessKeyId: "A",
    secretAccessKey: SECRET,
    sessionToken: SECRET,
    accountId: "111122223333",
    expiresAt: "2020-01-01T00:00:00Z",
  };
  const dpopKey = privateKey.export({ type: "sec1", format: "pem" });
  home.write(
    `.aws/login/cache/${createHash("sha256").update(LOGIN).digest("hex")}.json`,
    JSON.stringify({ accessToken, clientId: "id", refreshToken: SECRET, dpopKey }),
  );
  return home;
}

/** The codes of an error and of its causes. */
function codesOf(error: unknown): readonly unknown[] {
  const codes: unknown[] = [];
  for (let link = error; link instanceof Error; link = link.cause) codes.push((link as { code?: unknown }).code);
  return codes;
}

async function refusal(ask: Ask, options: ProfileSourceOptions): Promise<Error> {
  const thrown = await ask(options).then(
    () => new Error("it was answered"),
    (error: unknown) => error as Error,
  );
  expect(JSON.stringify([thrown.message, thrown])).not.toContain(SECRET);
  return thrown;
}

const container = { AWS_CONTAINER_AUTHORIZATION_TOKEN: SECRET };

describe("no byte of a secret leaves for", () => {
  it.each(SOURCES)("a server without forward secrecy: %s", async (_, _host, ask) => {
    using home = prepared();
    await using transport = createTransport({ ca: aws.ca });
    const before = aws.calls().length;
    const url = aws.url.ecr;
    const env = { ...home.env, ...container, AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
    expect(codesOf(await refusal(ask, { transport, env }))).toContain("TLS_CIPHER_REFUSED");
    expect(aws.calls()).toHaveLength(before);
  });

  it.each(SOURCES)("a server with an unknown authority: %s", async (_, _host, ask) => {
    using home = prepared();
    await using transport = createTransport();
    const url = aws.url.sts;
    const env = { ...home.env, ...container, AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
    const before = aws.calls().length;
    expect(codesOf(await refusal(ask, { transport, env }))).toContain("TLS_CERTIFICATE_INVALID");
    expect(aws.calls()).toHaveLength(before);
  });

  it.each(SOURCES)("a plain server: %s", async (_, _host, ask) => {
    using home = prepared();
    await using transport = createTransport();
    const proxy = await recordingProxy(0);
    const url = `http://proxied.example:${proxy.port}`;
    const env = { ...home.env, ...container, AWS_ENDPOINT_URL: url, AWS_CONTAINER_CREDENTIALS_FULL_URI: url };
    expect((await refusal(ask, { transport, env })).name).toBe("BrokerError");
    expect(proxy.seen()).toBe("");
  });
});

interface RecordingProxy {
  readonly port: number;
  /** Everything that clients sent. */
  seen(): string;
}

const proxies: { readonly server: Server; readonly sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of proxies.splice(0)) {
    server.close();
    for (const socket of sockets) socket.destroy();
  }
});

/** A proxy that writes down what passes, and leads every tunnel to one port of this machine. */
async function recordingProxy(target: number): Promise<RecordingProxy> {
  const sockets = new Set<Socket>();
  let seen = "";
  const server = createServer((client) => {
    sockets.add(client);
    let upstream: Socket | undefined;
    client.on("error", () => upstream?.destroy());
    client.on("data", (part) => {
      seen += part.toString("latin1");
      if (upstream !== undefined) {
        upstream.write(part);
        return;
      }
      upstream = connect(target, "127.0.0.1", () => client.write("HTTP/1.1 200 Connection Established\r\n\r\n"));
      sockets.add(upstream);
      upstream.on("error", () => client.destroy()).pipe(client);
    });
  });
  proxies.push({ server, sockets });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { port: (server.address() as AddressInfo).port, seen: () => seen };
}

describe("a proxy sees the host of each source, and no byte of a secret, when it leads", () => {
  it.each(
    SOURCES.flatMap(([name, host, ask]) =>
      (["without forward secrecy", "with other names"] as const).map((kind) => [name, kind, host, ask] as const),
    ),
  )("%s to a server %s", async (_, kind, host, ask) => {
    using home = prepared();
    const isWeak = kind === "without forward secrecy";
    const proxy = await recordingProxy(isWeak ? Number(new URL(aws.url.ecr).port) : otherNames.port);
    const ca = aws.ca + authority.root.certificate;
    await using transport = createTransport({ ca, proxy: `http://127.0.0.1:${proxy.port}` });
    const env = { ...home.env, ...container, AWS_CONTAINER_CREDENTIALS_FULL_URI: "https://container.example.com/role" };
    const before = aws.calls().length;
    const codes = codesOf(await refusal(ask, { transport, env }));
    expect(codes).toContain(isWeak ? "TLS_CIPHER_REFUSED" : "TLS_HOST_MISMATCH");
    expect(proxy.seen()).toMatch(new RegExp(`^CONNECT ${host.replaceAll(".", "\\.")}:443 HTTP/1\\.1\r\n`, "u"));
    expect(proxy.seen()).not.toContain(SECRET);
    expect(aws.calls()).toHaveLength(before);
    expect(otherNames.received()).toBe("");
  });
});
