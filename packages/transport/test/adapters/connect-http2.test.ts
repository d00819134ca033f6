import { once } from "node:events";
import type http2 from "node:http2";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { describe, expect, it } from "vitest";
import { type TransportOptions, serverTlsOptions } from "../../src/index.ts";
import type { Identity } from "../authority.ts";
import { type Http2Server, startHttp2Server } from "../http2-server.ts";
import { refusal, useParts, ways } from "../parts.ts";
import { startServer } from "../server.ts";

const parts = useParts();

async function http2Server(
  options: http2.SecureServerOptions = {},
  identity: Identity = parts.identity,
): Promise<Http2Server> {
  return parts.closing(await startHttp2Server(identity, options));
}

async function text(stream: http2.ClientHttp2Stream): Promise<string> {
  let all = "";
  for await (const part of stream.setEncoding("utf8") as AsyncIterable<string>) all += part;
  return all;
}

it("opens sessions that satisfy the policy", async () => {
  const { url } = await http2Server(serverTlsOptions());
  const session = await parts.transport().connectHttp2(url);
  expect(session.encrypted).toBe(true);
  expect(await text(session.request({ ":path": "/" }))).toBe("over h2");
});

it("refuses a server without forward secrecy before a frame leaves", async () => {
  const rsa = parts.authority.issue({ key: "rsa" });
  const target = await http2Server({ ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" }, rsa);
  expect((await refusal(parts.transport().connectHttp2(target.url))).code).toBe("TLS_CIPHER_REFUSED");
  expect(target.streams()).toBe(0);
});

it("refuses a server that speaks HTTP/1.1 alone", async () => {
  const { url } = await parts.server({ ALPNProtocols: ["http/1.1"] });
  expect((await refusal(parts.transport().connectHttp2(url))).code).toBe("TLS_PROTOCOL_REFUSED");
});

it("kind: evidence, not inference: RFC 9113, 9.2.2: refuses CBC suites, which a policy may allow for HTTP/1.1", async () => {
  const rsa = parts.authority.issue({ key: "rsa" });
  const target = await http2Server({ ciphers: "ECDHE-RSA-AES128-SHA256", maxVersion: "TLSv1.2" }, rsa);
  const tls: TransportOptions["tls"] = { ciphers: ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"] };
  const error = await refusal(parts.transport({ tls }).connectHttp2(target.url));
  expect(error.code).toBe("TLS_PROTOCOL_REFUSED");
  expect(error.message).toContain("CBC");
});

it.each(["request", "fetch", "dispatcher"] as const)("refuses CBC suites over HTTP/2 by %s too", async (way) => {
  const rsa = parts.authority.issue({ key: "rsa" });
  const cbc = { ciphers: "ECDHE-RSA-AES128-SHA256", maxVersion: "TLSv1.2" } as const;
  const target = await http2Server(cbc, rsa);
  const tls: TransportOptions["tls"] = { ciphers: ["TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256"] };
  const error = await refusal(ways[way](parts.transport({ tls, http2: true }), target.url));
  expect(error).toMatchObject({ code: "TLS_PROTOCOL_REFUSED", phase: "handshake", sent: false });
  expect(target.streams()).toBe(0);
  // Over HTTP/1.1 the policy allows the suite.
  const plain = parts.closing(await startServer(rsa, cbc));
  expect(await ways[way](parts.transport({ tls, http2: true }), plain.url)).toBe("GET /");
});

describe("a session that is destroyed ends its connection although the server leaves its own side open", () => {
  /** Room for what a client sends and the server leaves unread. */
  const WIDE = { settings: { initialWindowSize: 100_000_000 } };

  /** A server whose side of each connection stays open. @param near receives the sockets of its clients. */
  async function stayingOpen(near: Socket[], onStream: (stream: http2.ServerHttp2Stream) => void): Promise<string> {
    const { port } = parts.closing(await startHttp2Server(parts.identity, WIDE, onStream));
    const relay = createServer({ allowHalfOpen: true }, (one) => {
      near.push(one);
      const far = connect(port, "127.0.0.1");
      one.on("data", (bytes) => far.write(bytes)).on("error", () => far.destroy());
      far.on("data", (bytes) => one.write(bytes)).on("error", () => one.destroy());
      one.once("close", () => far.destroy());
    });
    await once(relay.listen(0, "127.0.0.1"), "listening");
    parts.closing({
      async close() {
        for (const one of near) one.destroy();
        relay.close();
      },
    });
    return `https://localhost:${(relay.address() as AddressInfo).port}`;
  }

  it.each<[string, (session: http2.ClientHttp2Session) => void]>([
    ["destroyed", (session) => session.destroy()],
    ["closed", (session) => session.close()],
  ])("and has sent GOAWAY before it was %s", async (_, end) => {
    const url = await stayingOpen([], (stream) => {
      stream.respond({ ":status": 200 });
      stream.session?.goaway(0);
      stream.end("over h2");
    });
    const t = parts.transport();
    const session = await t.connectHttp2(url);
    const goaway = once(session, "goaway");
    expect(await text(session.request({ ":path": "/" }))).toBe("over h2");
    await goaway;
    end(session);
    await expect.poll(() => t.stats().open, { timeout: 10_000 }).toBe(0);
  });

  it("and reads nothing", async () => {
    const near: Socket[] = [];
    const url = await stayingOpen(near, (stream) => {
      stream.session?.setLocalWindowSize(100_000_000);
      stream.respond({ ":status": 200 });
    });
    const t = parts.transport();
    const session = await t.connectHttp2(url);
    const stream = session.request({ ":path": "/", ":method": "POST" }, { endStream: false });
    await once(
      stream.on("error", () => {}),
      "response",
    );
    near[0]?.pause();
    // More than the kernel takes, so that the rest waits in the process.
    stream.write(Buffer.alloc(50_000_000));
    await expect.poll(() => session.socket.bytesWritten).toBeGreaterThan(1_000_000);
    session.destroy();
    await expect.poll(() => t.stats().open, { timeout: 10_000 }).toBe(0);
  });
});

it("closes its sessions with the transport", async () => {
  const { url } = await http2Server();
  const t = parts.transport();
  const session = await t.connectHttp2(url);
  await t.close();
  expect(session.destroyed).toBe(true);
  expect(t.stats().open).toBe(0);
});

it("serves fetch and request over HTTP/2 on demand", async () => {
  const { url } = await http2Server();
  const t = parts.transport({ http2: true });
  expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("over h2");
  expect(await (await t.fetch(url)).text()).toBe("over h2");
});
