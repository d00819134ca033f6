import https from "node:https";
import type { LookupFunction } from "node:net";
import tls from "node:tls";
import { request as undiciRequest } from "undici";
import { afterEach, describe, expect, it } from "vitest";
import type { Transport } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { refusal, useParts } from "../parts.ts";
import { startServer } from "../server.ts";

const parts = useParts();

const here: LookupFunction = (_name, options, callback) =>
  options.all === true ? callback(null, [{ address: "127.0.0.1", family: 4 }]) : callback(null, "127.0.0.1", 4);

const sdkRequest = (port: number) => ({
  protocol: "https:",
  hostname: "a.test",
  port,
  method: "GET",
  path: "/",
  headers: { host: "evil.test" },
});

/** Every way to name another host than the one that the connection goes to. */
const misleading: Readonly<Record<string, (t: Transport, port: number) => Promise<unknown>>> = {
  "request, Host by name": (t, port) =>
    t
      .request(`https://a.test:${port}/`, { method: "GET", headers: { host: "evil.test" } })
      .then(({ body }) => body.text()),
  "request, Host in a list": (t, port) =>
    t
      .request(`https://a.test:${port}/`, { method: "GET", headers: ["Host", "evil.test"] })
      .then(({ body }) => body.text()),
  "request, Host at dispatch": (t, port) =>
    t
      .request(`https://a.test:${port}/`, { method: "GET", headers: async () => ({ HOST: "evil.test" }) })
      .then(({ body }) => body.text()),
  "dispatcher, Host": (t, port) =>
    undiciRequest(`https://a.test:${port}/`, { dispatcher: t.dispatcher, headers: { host: "evil.test" } }).then(
      ({ body }) => body.text(),
    ),
  "dispatcher, servername": (t, port) =>
    undiciRequest(`https://a.test:${port}/`, { dispatcher: t.dispatcher, servername: "evil.test" } as object).then(
      ({ body }) => body.text(),
    ),
  "fetch, Host": (t, port) =>
    t.fetch(`https://a.test:${port}/`, { headers: { host: "evil.test" } }).then((answer) => answer.text()),
  "agent, Host": (t, port) => viaAgent(t, port, { headers: { host: "evil.test" } }),
  "agent, servername": (t, port) => viaAgent(t, port, { servername: "evil.test" }),
  "agent, no verification": (t, port) =>
    viaAgent(t, port, { servername: "evil.test", rejectUnauthorized: false, checkServerIdentity: () => undefined }),
  "agent, a connection of the caller's": (t, port) =>
    viaAgent(t, port, {
      servername: "evil.test",
      createConnection: () => tls.connect({ port, rejectUnauthorized: false }),
    }),
  "agent, TLS options": (t, port) =>
    viaAgent(t, port, { servername: "evil.test", ca: [], secureContext: tls.createSecureContext() } as object),
  "requestHandler, Host": (t, port) => t.requestHandler().handle(sdkRequest(port)),
  "requestHandler over HTTP/2, Host": (t, port) => t.requestHandler({ protocol: "h2" }).handle(sdkRequest(port)),
  connectHttp2: async (t, port) => {
    const session = await t.connectHttp2(`https://a.test:${port}`);
    session.request({ ":authority": "evil.test" });
  },
};

function viaAgent(t: Transport, port: number, options: https.RequestOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    https
      .get({ host: "a.test", port, agent: t.agent, ...options }, (response) => {
        let text = "";
        response
          .setEncoding("utf8")
          .on("data", (part: string) => (text += part))
          .on("end", () => resolve(text));
      })
      .on("error", reject);
  });
}

describe("kind: identity comes from where we connect, not from what a message says", () => {
  it.each(Object.entries(misleading))("%s", async (name, send) => {
    const evil = parts.authority.issue({ san: "DNS:evil.test" });
    const h2 = name.includes("HTTP/2") || name === "connectHttp2";
    const target = parts.closing(h2 ? await startHttp2Server(evil) : await startServer(evil));
    const port = Number(new URL(target.url).port);
    const error = await refusal(send(parts.transport({ lookup: here }), port));
    expect(error).toMatchObject({ code: "TLS_HOST_MISMATCH", phase: "handshake", sent: false });
    expect("requests" in target ? target.requests() : target.streams()).toBe(0);
  });

  it.each(Object.entries(misleading).filter(([name]) => !/HTTP\/2|connectHttp2|fetch/.test(name)))(
    "the right server gets the message as it is: %s",
    async (_name, send) => {
      const hosts: (string | undefined)[] = [];
      const good = parts.authority.issue({ san: "DNS:a.test" });
      const target = parts.closing(
        await startServer(good, {}, (request, response) => {
          hosts.push(request.headers.host);
          response.end("ok");
        }),
      );
      const t = parts.transport({ lookup: here });
      await send(t, target.port);
      await send(t, target.port);
      expect(hosts).toHaveLength(2);
    },
  );

  it("keeps one connection for requests with different Host headers", async () => {
    const { url, connections } = await parts.server();
    const t = parts.transport();
    for (const host of ["a.test", "b.test", "a.test"]) {
      await (await t.request(url, { method: "GET", headers: { host } })).body.dump();
    }
    expect(connections()).toBe(1);
  });
});

describe("kind: names in certificates", () => {
  const { checkServerIdentity } = tls;
  afterEach(() => {
    tls.checkServerIdentity = checkServerIdentity;
  });

  const outcome = async (san: string, host: string): Promise<string> => {
    const target = parts.closing(await startServer(parts.authority.issue({ san })));
    return parts
      .transport({ lookup: here })
      .request(`https://${host}:${target.port}/`, { method: "GET" })
      .then(
        async ({ body }) => body.dump().then(() => "accepted"),
        (error: { code: string }) => error.code,
      );
  };

  it.each([
    ["DNS:*.a.test", "foo.a.test", "accepted"],
    ["DNS:f*.a.test", "foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:*o.a.test", "foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:f*o.a.test", "foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:foo.*.test", "foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:*.a.test", "a.test", "TLS_HOST_MISMATCH"],
    ["DNS:*.a.test", "x.foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:*.test", "a.test", "TLS_HOST_MISMATCH"],
    ["DNS:*", "a.test", "TLS_HOST_MISMATCH"],
    ["DNS:.a.test", "foo.a.test", "TLS_HOST_MISMATCH"],
    ["DNS:A.TEST", "a.test", "accepted"],
    ["DNS:a.test", "a.test.", "accepted"],
    ["DNS:127.0.0.1", "127.0.0.1", "TLS_HOST_MISMATCH"],
    ["IP:127.0.0.1", "127.0.0.1", "accepted"],
    ["URI:https://a.test/", "a.test", "TLS_HOST_MISMATCH"],
    ["email:a@a.test", "a.test", "TLS_HOST_MISMATCH"],
  ])("%s for %s: %s", async (san, host, expected) => {
    expect(await outcome(san, host)).toBe(expected);
  });

  it("are not checked by a function that anything in the process can replace", async () => {
    tls.checkServerIdentity = () => undefined;
    expect(await outcome("DNS:evil.test", "a.test")).toBe("TLS_HOST_MISMATCH");
    tls.checkServerIdentity = () => new Error("never");
    expect(await outcome("DNS:a.test", "a.test")).toBe("accepted");
  });
});
