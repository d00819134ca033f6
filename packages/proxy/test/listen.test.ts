import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { createHash, X509Certificate } from "node:crypto";
import { connect as connectTcp, type Socket } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";
import { createSigner } from "@countersign/signer";
import { Registry } from "prom-client";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import {
  checkProxyConfig,
  createProxy,
  issueKey,
  listenAdmin,
  type ListenOptions,
  ProxyError,
  type ProxyOptions,
} from "../src/index.ts";
import { createMetrics } from "../src/observe/metrics.ts";
import { issueCertificates } from "./certificates.ts";
import { type Local, startProxy } from "./local.ts";

let local: Local;
let folder: string;
/** A folder that every user can write to. */
const open = mkdtempSync(path.join(tmpdir(), "open-"));
chmodSync(open, 0o777);
const certificates = issueCertificates();

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "proxy-"));
  local = await startProxy({
    certificateSha256: createHash("sha256").update(new X509Certificate(certificates.client.cert).raw).digest("hex"),
  });
});
afterAll(async () => {
  await local.close();
  for (const one of [folder, open]) rmSync(one, { recursive: true, force: true });
});

const invoke = "/endpoints/churn/invocations";

/** A request whose signature is made with a key that the proxy does not know: the channel is the proof. */
async function signedElsewhere(host: string): Promise<Record<string, string>> {
  const signer = createSigner({ region: local.aws.region, credentials: issueKey(), clock: local.aws.clock });
  const { headers } = await signer.sign({ method: "POST", url: `https://${host}${invoke}`, body: "{}" });
  return { ...headers, host };
}

function post(
  options: object,
  send: typeof httpRequest = httpRequest,
): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((resolve, reject) => {
    const request = send({ method: "POST", path: invoke, ...options }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => (body += text));
      response.on("end", () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on("error", reject);
    request.end("{}");
  });
}

describe("a Unix socket", () => {
  it("is its client's, and only this user can open it", async () => {
    const socketPath = path.join(folder, "a.sock");
    const { url } = await local.proxy.listen({ socket: socketPath, client: "notebook" });
    expect([url, statSync(socketPath).mode & 0o777]).toEqual([socketPath, 0o600]);
    expect(await post({ socketPath, headers: await signedElsewhere("localhost") })).toEqual({
      status: 200,
      body: "{}",
    });
  });

  it.each<[string, ListenOptions, string]>([
    [
      "a path of 108 bytes",
      { socket: `/tmp/${"x".repeat(103)}` },
      "socket: must be a path of 1 to 107 bytes; it has 108",
    ],
    [
      "a folder that others can write to",
      { socket: path.join(open, "x.sock") },
      `socket: ${path.join(open, "x.sock")}: other users can write to ${open}; run chmod go-w on it`,
    ],
    ["a relative path", { socket: "x.sock" }, "socket: must be an absolute path"],
    [
      "an unknown client",
      { socket: "/nowhere/x.sock", client: "other" },
      "client: must be the name of a client; other is unknown",
    ],
    [
      "a client without a socket",
      { client: "notebook" },
      "client: must come with socket; other listeners know clients by key or certificate",
    ],
    [
      "a public address without TLS",
      { host: "0.0.0.0" },
      "host: must be a loopback address, or come with cert and key",
    ],
    ["half a certificate", { cert: "x" }, "cert: must come with key"],
    ["an unknown option", { prot: 1 } as never, "prot: is not an option; did you mean port?"],
  ])("%s is refused, and nothing listens", async (_, options, message) => {
    await expect(local.proxy.listen(options)).rejects.toThrow(
      expect.objectContaining({ code: "INVALID_OPTION", message }),
    );
  });
});

describe("a listener with client certificates", () => {
  it("knows its client by the certificate, and takes no other", async () => {
    const { url } = await local.proxy.listen({ ...certificates.server, clientCa: certificates.ca });
    const { host, port } = new URL(url);
    const at = { port, host: "127.0.0.1", servername: "localhost", ca: certificates.ca };
    const headers = await signedElsewhere(host);
    expect(await post({ ...at, ...certificates.client, headers }, httpsRequest)).toEqual({ status: 200, body: "{}" });
    expect(await post({ ...at, ...certificates.stranger, headers }, httpsRequest)).toMatchObject({ status: 403 });
    await expect(post({ ...at, headers }, httpsRequest)).rejects.toThrow(
      /certificate required|ECONNRESET|socket hang up/u,
    );
  });

  it("speaks nothing without forward secrecy", async () => {
    const { url } = await local.proxy.listen({ ...certificates.server });
    const { port } = new URL(url);
    const weak = {
      port,
      host: "127.0.0.1",
      servername: "localhost",
      ca: certificates.ca,
      maxVersion: "TLSv1.2",
      ciphers: "AES128-GCM-SHA256:@SECLEVEL=0",
    };
    await expect(post(weak, httpsRequest)).rejects.toThrow(/handshake/iu);
  });
});

describe.each<[string, (port: number) => Duplex]>([
  ["without TLS", (port) => connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true })],
  [
    "over TLS",
    (port) =>
      connectTls({
        socket: connectTcp({ host: "127.0.0.1", port, allowHalfOpen: true }),
        servername: "localhost",
        ca: certificates.ca,
        ALPNProtocols: ["h2"],
      }),
  ],
])("a client of HTTP/2 %s that leaves its side open", (how, dial) => {
  const beginning = Buffer.concat([
    Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]),
  ]);
  const goaway = Buffer.from([0, 0, 8, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  const ping = Buffer.from([0, 0, 8, 6, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);

  afterEach(() => vi.useRealTimers());

  it.each([
    ["after its GOAWAY", true],
    ["when its listener closes", false],
  ])(
    "%s keeps its connection while it acknowledges what it reads, and two minutes at most when it sends nothing",
    async (_, isFirst) => {
      vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
      const accepted: Socket[] = [];
      const accept = (message: unknown): void => void accepted.push((message as { readonly socket: Socket }).socket);
      subscribe("net.server.socket", accept);
      const listening = await local.proxy.listen(how === "over TLS" ? certificates.server : {});
      const client = dial(Number(new URL(listening.url).port));
      const begun = once(client, "data");
      const ended = once(client, "end");
      client.write(beginning);
      await begun;
      client.resume();
      unsubscribe("net.server.socket", accept);
      if (isFirst) {
        client.write(goaway);
        await ended;
      }
      let isClosed = false;
      // Every connection has ended when it resolves.
      const closed = listening.close(3_600_000).then(() => (isClosed = true));
      await ended;
      // The grace of the listener, and the watch over the connection.
      await expect.poll(() => vi.getTimerCount()).toBe(2);
      for (let minute = 0; minute < 3; minute += 1) {
        const before = accepted[0]?.bytesRead ?? 0;
        client.write(ping);
        await expect.poll(() => accepted[0]?.bytesRead).toBeGreaterThan(before);
        vi.advanceTimersByTime(60_000);
      }
      expect(isClosed).toBe(false);
      vi.advanceTimersByTime(120_000);
      await closed;
      client.destroy();
    },
  );
});

it("operators read health, readiness and metrics", async () => {
  const registry = new Registry();
  let isReady = false;
  const admin = await listenAdmin({ port: 0, registry, isReady: () => isReady });
  const status = async (page: string): Promise<number> => (await fetch(admin.url + page)).status;
  expect([await status("/healthz"), await status("/readyz"), await status("/metrics"), await status("/")]).toEqual([
    200, 503, 200, 404,
  ]);
  isReady = true;
  expect(await status("/readyz")).toBe(200);
  await admin.close();
});

it.each([
  ["127.0.0.1", "evil.test", 403],
  ["localhost", "evil.test:80", 403],
  ["127.0.0.1", "127.0.0.1.evil.test", 403],
  ["127.0.0.1", "a b", 403],
  ["127.0.0.1", "localhost:9090", 200],
  ["127.0.0.1", "[::1]:9090", 200],
  ["0.0.0.0", "metrics.internal", 200],
])("the operators' listener on %s answers a request for the host %j with %d", async (host, asked, status) => {
  const admin = await listenAdmin({ host, port: 0, registry: new Registry(), isReady: () => true });
  const { port } = new URL(admin.url);
  const received = await new Promise((resolve, reject) => {
    const sent = httpRequest({
      host: host === "0.0.0.0" ? "127.0.0.1" : host,
      port,
      path: "/metrics",
      headers: { host: asked },
    });
    sent
      .on("response", (response) => resolve(response.resume().statusCode))
      .on("error", reject)
      .end();
  });
  expect(received).toBe(status);
  await admin.close();
});

it("metrics count by client and action, and an unproven client makes up no label", async () => {
  const registry = new Registry();
  const counted = await startProxy({}, { registry });
  await fetch(`${counted.listening.url}${invoke}`, {
    method: "POST",
    body: "{}",
    headers: { "x-amz-target": "SageMaker.Evil" },
  });
  const text = await registry.metrics();
  expect(text).toContain(
    'countersign_proxy_requests_total{client="",action="",decision="refused",code="MissingAuthenticationToken"} 1',
  );
  await counted.close();
});

it("metrics of a client that makes up actions stay few, and those of other clients keep theirs", async () => {
  const registry = new Registry();
  const metrics = await createMetrics(registry);
  const count = (client: string, action: string): void =>
    metrics.started()({
      time: "",
      requestId: "",
      client,
      actions: [action],
      resource: null,
      region: null,
      decision: "sent",
      code: null,
      detail: null,
      status: 400,
      bytesIn: 0,
      bytesOut: 0,
      milliseconds: 1,
      upstreamTls: null,
    });
  for (let index = 0; index < 700; index += 1) count("job", `sagemaker:A${index}`);
  count("job", "sagemaker:A1");
  count("other-job", "sagemaker:InvokeEndpoint");
  const text = await registry.metrics();
  const sent = text.split("\n").filter((line) => line.startsWith("countersign_proxy_requests_total{"));
  expect(sent).toHaveLength(502);
  expect(text).toContain('{client="job",action="other",decision="sent",code=""} 200');
  expect(text).toContain('{client="job",action="sagemaker:A1",decision="sent",code=""} 2');
  expect(text).toContain('{client="other-job",action="sagemaker:InvokeEndpoint",decision="sent",code=""} 1');
});

describe("replaced clients", () => {
  it("count from the next request on; wrong ones change nothing, and a socket whose client is gone takes no request", async () => {
    const own = await startProxy();
    const socketPath = path.join(folder, "replaced.sock");
    await own.proxy.listen({ socket: socketPath, client: "notebook" });
    const other = issueKey();
    const send = async (credentials = own.key): Promise<number> => {
      const signer = createSigner({ region: "us-east-1", credentials, clock: own.aws.clock });
      const signed = await signer.sign({ method: "POST", url: own.listening.url + invoke, body: "{}" });
      return (await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status;
    };
    const change = (): void => own.proxy.replaceClients([{ name: "a" } as never]);
    expect(change).toThrow(expect.objectContaining({ name: "ProxyError", code: "INVALID_OPTION" }));
    expect(await send()).toBe(200);
    own.proxy.replaceClients([
      { name: "other", key: other, credentials: own.session, allow: [{ actions: ["sagemaker:*"] }] },
    ]);
    expect([await send(), await send(other)]).toEqual([403, 200]);
    const signer = createSigner({ region: "us-east-1", credentials: other, clock: own.aws.clock });
    const { headers } = await signer.sign({ method: "POST", url: `http://localhost${invoke}`, body: "{}" });
    expect(await post({ socketPath, headers: { ...headers, host: "localhost" } })).toMatchObject({
      status: 403,
      body: "",
    });
    await own.close();
  });

  it("are held to what the clients of their names have sent already", async () => {
    const own = await startProxy({ requestsPerSecond: 2 });
    const signer = createSigner({ region: "us-east-1", credentials: own.key, clock: own.aws.clock });
    const send = async (): Promise<number> => {
      const signed = await signer.sign({ method: "POST", url: own.listening.url + invoke, body: "{}" });
      return (await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status;
    };
    const replace = (name: string, requestsPerSecond?: number): void =>
      own.proxy.replaceClients([
        { name, key: own.key, credentials: own.session, allow: [{ actions: ["sagemaker:*"] }], requestsPerSecond },
      ]);
    expect([await send(), await send(), await send()]).toEqual([200, 200, 429]);
    replace("notebook", 2);
    expect(await send()).toBe(429);
    replace("notebook", 1000);
    expect(await send()).toBe(429);
    await own.aws.clock.advance(1_000);
    expect([await send(), await send(), await send()]).toEqual([200, 200, 200]);
    replace("notebook", 1);
    expect([await send(), await send()]).toEqual([200, 429]);
    replace("notebook");
    expect([await send(), await send()]).toEqual([200, 200]);
    replace("another", 1);
    expect([await send(), await send()]).toEqual([200, 429]);
    await own.close();
  });

  it("and a renewed certificate is presented to the next connection", async () => {
    const listening = await local.proxy.listen({ ...certificates.server });
    const { port } = new URL(listening.url);
    const at = { port, host: "127.0.0.1", servername: "localhost", ca: certificates.ca };
    const wrong = (given: object) => (): void => listening.renew?.(given);
    for (const given of [{}, { ...certificates.client, key: certificates.server.key }, { cert: "x", key: "y" }]) {
      expect(wrong(given)).toThrow(expect.objectContaining({ name: "ProxyError", code: "INVALID_OPTION" }));
    }
    listening.renew?.({ ...certificates.client });
    const served = await new Promise<string | string[] | undefined>((resolve, reject) => {
      const socket = connectTls({ ...at, port: Number(port) }, () => {
        resolve(socket.getPeerCertificate().subject.CN);
        socket.destroy();
      });
      socket.on("error", reject);
    });
    expect(served).toBe("client");
  });
});

describe("options", () => {
  const client = {
    name: "a",
    key: issueKey(),
    credentials: async () => ({ accessKeyId: "AKID", secretAccessKey: "s" }),
    allow: [],
  };
  const transport = { request: async () => undefined as never };
  const refusal = (message: string): unknown =>
    expect.objectContaining({ name: "ProxyError", code: "INVALID_OPTION", message });

  it.each<[unknown, string]>([
    [undefined, "clients: must be a list"],
    [{ clients: [], transport }, "clients: must have at least one client"],
    [{ clients: [client], transport: {} }, "transport: must be a transport from createTransport()"],
    [{ clients: [client, client], transport }, "clients: name must differ between clients"],
    [{ clients: [{ ...client, alow: [] }], transport }, "clients[0].alow: is not an option; did you mean allow?"],
    [
      { clients: [{ ...client, allow: [{ actions: ["*"] }] }], transport },
      "clients[0].allow[0].actions: must be a list of actions as IAM names them, such as sagemaker:InvokeEndpoint",
    ],
    [
      { clients: [{ ...client, allow: [{ actions: ["sts:x"], resource: [] }] }], transport },
      "clients[0].allow[0].resource: is not an option; did you mean resources?",
    ],
    [{ clients: [{ ...client, guard: {} }], transport }, "clients[0].guard: must be a guard from createGuard()"],
    [
      { clients: [{ ...client, key: { accessKeyId: "short", secretAccessKey: "x".repeat(40) } }], transport },
      "clients[0].key.accessKeyId: must be the id of a placeholder key, 16 to 128 letters, digits and underscores",
    ],
    [{ clients: [client], transport, clock: { now: Date.now } }, "clock: must be a clock from createClock()"],
  ])("%# are refused by name: %s", async (given, message) => {
    await expect(createProxy(given as ProxyOptions)).rejects.toThrow(refusal(message));
  });

  const own = { name: "a", keyFile: "k", allow: [] };
  const file = { version: 1, listen: [{ port: 1 }], clients: [own] };
  it.each<[unknown, string]>([
    [null, "config: must be an object"],
    [{ ...file, version: 2 }, "/version: must be 1"],
    [{ ...file, clients: [] }, "/clients: must be a list of 1 to 10000 entries"],
    [{ ...file, listen: undefined }, "/listen: must have at least one address, or forward must be given"],
    [{ ...file, listen: [null] }, "/listen/0: must be an object"],
    [{ ...file, listen: [{ prot: 1 }] }, "/listen/0/prot: is not a field; did you mean port?"],
    [
      { ...file, listen: [{ host: "0.0.0.0", port: 1 }] },
      "/listen/0: must have certificateFile and keyFile: other machines reach 0.0.0.0",
    ],
    [{ ...file, listen: [{ keyFile: "k" }] }, "/listen/0: must have both certificateFile and keyFile, or neither"],
    [
      { ...file, listen: [{ clientCaFile: "k" }] },
      "/listen/0/clientCaFile: must come with certificateFile and keyFile",
    ],
    [{ ...file, listen: [{ socket: "a.sock" }] }, "/listen/0/socket: must be an absolute path"],
    [
      { ...file, listen: [{ socket: "/a", port: 1 }] },
      "/listen/0: must have socket alone or host and port; a socket has no certificate",
    ],
    [
      { ...file, listen: [{ client: "a" }] },
      "/listen/0/client: must come with socket; other listeners know clients by key or certificate",
    ],
    [{ ...file, listen: [{ socket: "/a", client: "b" }] }, "/listen/0/client: must be the name of a client"],
    [
      { ...file, listen: [{ socket: "/a" }, { socket: "/a" }] },
      "/listen/1/socket: must not be the socket of another listener",
    ],
    [
      { ...file, forward: { host: "10.0.0.1", port: 0, caFile: "c" } },
      "/forward/host: must be a loopback address: what a client says before its tunnel is in the clear",
    ],
    [
      { ...file, clients: [{ name: "a", allow: [] }] },
      "/clients/0: must have keyFile, certificateSha256, or a socket in listen that names it",
    ],
    [{ ...file, clients: [own, { ...own, keyFile: "l" }] }, "/clients/1/name: must not be that of another client"],
    [{ ...file, clients: [own, { ...own, name: "b" }] }, "/clients/1/keyFile: must not be that of another client"],
    [
      { ...file, clients: [{ ...own, externalId: "ab" }] },
      "/clients/0/externalId: must come with roleArn: it is a condition of the role's trust policy",
    ],
    [
      { ...file, clients: [{ ...own, allow: [{ actions: ["iam:*"] }] }] },
      "/clients/0/allow/0/actions/0: must be an action of sagemaker, sts, s3 or ecr as IAM names it, such as sagemaker:InvokeEndpoint",
    ],
    [{ ...file, maxSkewMs: 900_001 }, "/maxSkewMs: must be a whole number from 0 to 900000"],
  ])("in a file (%#) are refused by field: %s", (given, message) => {
    const check = (): unknown =>
      checkProxyConfig(given, (pointer, text) => {
        throw new ProxyError("INVALID_OPTION", `${pointer || "config"}: ${text}`);
      });
    expect(check).toThrow(refusal(message));
    expect(() => checkProxyConfig(given)).toThrow(refusal(message));
  });

  it("in a file that is right are copied, and a polluted prototype adds none", () => {
    // oxlint-disable-next-line no-extend-native -- the attack itself
    Object.defineProperty(Object.prototype, "fips", { value: true, configurable: true });
    try {
      const checked = checkProxyConfig(file);
      expect(checked).toEqual(file);
      expect(Object.hasOwn(checked, "fips")).toBe(false);
    } finally {
      delete (Object.prototype as { fips?: unknown }).fips;
    }
  });
});
