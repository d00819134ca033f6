import { subscribe, unsubscribe } from "node:diagnostics_channel";
import { once } from "node:events";
import http from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { text } from "node:stream/consumers";
import { connect as connectTls } from "node:tls";
import { createSigner } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createProxy, issueKey, type ListenOptions, type Proxy } from "../src/index.ts";
import { issueCertificates } from "./certificates.ts";

/** Longer than a test: what closes within it does so by itself. */
const GRACE_MS = 3_600_000;
const HOST = "sts.us-east-1.amazonaws.com";

const certificates = issueCertificates();
const key = issueKey();
const transport = createTransport({ allowLoopbackHttp: true });
const accepted: Socket[] = [];
const accept = (message: unknown): void => void accepted.push((message as { readonly socket: Socket }).socket);
let answer: (response: http.ServerResponse) => void;
let proxy: Proxy;
const store = http.createServer((_, response) => answer(response));

beforeAll(async () => {
  await once(store.listen(0, "127.0.0.1"), "listening");
  proxy = await createProxy({
    transport,
    endpoints: { url: `http://127.0.0.1:${(store.address() as AddressInfo).port}` },
    clients: [{ name: "job", key, credentials: issueKey(), allow: [{ actions: ["s3:GetObject"] }] }],
  });
  subscribe("net.server.socket", accept);
});
beforeEach(() => {
  accepted.length = 0;
  answer = (response) => response.end("ok");
});
afterAll(async () => {
  unsubscribe("net.server.socket", accept);
  await proxy.close();
  await transport.close();
  store.close();
});

const dial = (url: string): Socket => connect(Number(new URL(url).port), "127.0.0.1");

/** Ends when the server knows of it too: its ticket comes after the handshake. */
async function handshake(client: ReturnType<typeof connectTls>): Promise<Duplex> {
  await once(client.resume(), "session");
  return client;
}

async function tunnel(url: string): Promise<Socket> {
  const client = dial(url);
  client.write(`CONNECT ${HOST}:443 HTTP/1.1\r\nhost: ${HOST}:443\r\n\r\n`);
  await once(client, "data");
  return client;
}

async function connected(url: string): Promise<Duplex> {
  const client = dial(url);
  await expect.poll(() => accepted.length).toBe(1);
  return client.resume();
}

describe("a listener that closes ends at once a connection without a request", () => {
  it.each<[string, ListenOptions | "forward", (url: string) => Promise<Duplex>]>([
    ["without TLS", {}, connected],
    ["over TLS before its handshake", certificates.server, connected],
    [
      "over TLS after its handshake",
      certificates.server,
      (url) => handshake(connectTls({ port: Number(new URL(url).port), ca: certificates.ca })),
    ],
    ["of HTTPS_PROXY", "forward", connected],
    ["of HTTPS_PROXY with a tunnel", "forward", async (url) => (await tunnel(url)).resume()],
    [
      "of HTTPS_PROXY with a handshake in its tunnel",
      "forward",
      async (url) => handshake(connectTls({ socket: await tunnel(url), servername: HOST, rejectUnauthorized: false })),
    ],
  ])(
    "%s",
    async (_, where, open) => {
      const listening = where === "forward" ? await proxy.listenForward() : await proxy.listen(where);
      const client = (await open(listening.url)).on("error", () => undefined);
      await expect(listening.close(GRACE_MS)).resolves.toBeUndefined();
      client.destroy();
    },
    // A connection that does not begin ends by itself after ten seconds.
    9_000,
  );
});

describe("a listener that closes ends a connection that its client keeps alive", () => {
  const signer = createSigner({ region: "us-east-1", service: "s3", credentials: key });

  /** A request as its bytes. */
  async function request(url: string, name: string): Promise<string> {
    const { headers } = await signer.sign({ method: "GET", url: `${url}/bucket/${name}` });
    const lines = Object.entries(headers).map((pair) => pair.join(": "));
    return [`GET /bucket/${name} HTTP/1.1`, `host: ${new URL(url).host}`, ...lines, "\r\n"].join("\r\n");
  }

  it("after the answer under way, which says so", async () => {
    const asked = new Promise<http.ServerResponse>((resolve) => (answer = resolve));
    const listening = await proxy.listen({});
    const client = dial(listening.url);
    client.write(await request(listening.url, "one"));
    const response = await asked;
    const closed = listening.close(GRACE_MS);
    response.end("whole");
    expect(await text(client)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n\r\nwhole$/iu);
    await closed;
  });

  it("after the answer whose head has left, or after that to the request that came until then", async () => {
    for (const isAskedAgain of [false, true]) {
      const asked = new Promise<http.ServerResponse>((resolve) => (answer = resolve));
      const listening = await proxy.listen({});
      const client = dial(listening.url);
      client.write(await request(listening.url, "one"));
      const response = await asked;
      response.writeHead(200, { "content-length": 5 }).write("wh");
      await once(client, "readable");
      const closed = listening.close(GRACE_MS);
      if (isAskedAgain) {
        const again = new Promise<http.ServerResponse>((resolve) => (answer = resolve));
        client.write(await request(listening.url, "two"));
        (await again).end("second");
      }
      response.end("ole");
      const all = await text(client);
      expect(all).toContain("whole");
      expect(all.endsWith("second")).toBe(isAskedAgain);
      await closed;
    }
  });

  it("after the answer to a request whose first bytes had come", async () => {
    const listening = await proxy.listen({});
    const client = dial(listening.url);
    const sent = await request(listening.url, "one");
    client.write(sent.slice(0, 3));
    await expect.poll(() => accepted[0]?.bytesRead).toBe(3);
    const closed = listening.close(GRACE_MS);
    client.write(sent.slice(3));
    expect(await text(client)).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close\r\n[^]*ok/iu);
    await closed;
  });

  it("of HTTP/2 whose first bytes had come", async () => {
    const listening = await proxy.listen({});
    const client = dial(listening.url);
    client.write("PRI");
    await expect.poll(() => accepted[0]?.bytesRead).toBe(3);
    const closed = listening.close(GRACE_MS);
    client.write(" * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0");
    client.resume();
    await closed;
  });
});
