import type http2 from "node:http2";
import { expect, it } from "vitest";
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
