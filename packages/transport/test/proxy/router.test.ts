import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createProxyRouter } from "../../src/proxy/router.ts";
import { refusal, useParts, ways } from "../parts.ts";
import { startProxy } from "../proxy-server.ts";
import { startServer } from "../server.ts";

const parts = useParts();

describe("environment", () => {
  const via = (env: Record<string, string>, host: string, port = 443): string | undefined => {
    const proxy = createProxyRouter("env", env)(host, port);
    return proxy === undefined ? undefined : `${proxy.host}:${proxy.port}`;
  };

  it("names the proxy for TLS, lower case first", () => {
    expect(via({ HTTPS_PROXY: "http://p:3128" }, "h")).toBe("p:3128");
    expect(via({ HTTPS_PROXY: "http://p:3128", https_proxy: "http://q" }, "h")).toBe("q:80");
    expect(via({ HTTPS_PROXY: "https://p" }, "h")).toBe("p:443");
    expect(via({ HTTPS_PROXY: "p:3128" }, "h")).toBe("p:3128");
    expect(via({ HTTPS_PROXY: "http://[::1]:3128" }, "h")).toBe("::1:3128");
    expect(via({ HTTPS_PROXY: "" }, "h")).toBeUndefined();
    expect(via({ HTTP_PROXY: "http://p:3128" }, "h")).toBeUndefined();
  });

  it.each([
    ["https_proxy", "http://evil.test:1", {}, undefined],
    ["HTTPS_PROXY", "http://evil.test:1", {}, undefined],
    ["NO_PROXY", "*", { HTTPS_PROXY: "http://p:3128" }, "p:3128"],
  ])("is read as own variables: a polluted %s has no effect", (name, value, env, expected) => {
    Reflect.set(Object.prototype, name, value);
    try {
      expect(via(env as Record<string, string>, "h")).toBe(expected);
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
  });

  it.each([
    ["*", "any.example", 443, true],
    ["example.com", "example.com", 443, true],
    ["example.com", "a.example.com", 443, true],
    [".example.com", "a.example.com", 443, true],
    ["*.example.com", "a.example.com", 443, true],
    ["example.com", "notexample.com", 443, false],
    ["EXAMPLE.com", "Example.Com", 443, true],
    ["example.com", "example.com.", 443, true],
    ["example.com:8443", "example.com", 8443, true],
    ["example.com:8443", "example.com", 443, false],
    ["a.example, b.example", "b.example", 443, true],
    ["a.example b.example", "b.example", 443, true],
    ["10.0.0.1", "10.0.0.1", 443, true],
    ["0.0.1", "10.0.0.1", 443, false],
    ["::1", "::1", 443, true],
    ["[::1]:8443", "::1", 8443, true],
    ["", "example.com", 443, false],
    [",", "example.com", 443, false],
  ])("NO_PROXY=%j exempts %s:%i: %s", (list, host, port, exempt) => {
    expect(via({ HTTPS_PROXY: "http://p:1", NO_PROXY: list }, host, port)).toBe(exempt ? undefined : "p:1");
  });
});

it.each(["socks5://p:1080", "http://", "ftp://p", "http://user:%zz@p"])("rejects %s without quoting it", (proxy) => {
  const thrown = (() => {
    try {
      return createProxyRouter(proxy, {});
    } catch (error) {
      return error;
    }
  })();
  expect(thrown).toMatchObject({ code: "INVALID_OPTION" });
  expect(inspect(thrown, { depth: 9 })).not.toContain("%zz");
});

it.each(["/", "?", "#"])("rejects a password with a bare %s, whose beginning would be the port", (sign) => {
  for (const proxy of [`http://user:12${sign}34@p:3128`, `user:12${sign}34@p`, `socks5h://user:12${sign}34@p:1080`]) {
    expect(() => createProxyRouter(proxy, {})).toThrow(/^proxy: must have its user name and password percent-encoded$/);
    expect(() => createProxyRouter("env", { HTTPS_PROXY: proxy })).toThrow(/^HTTPS_PROXY: must have/);
  }
});

describe.each(["http", "https"])("through an %s proxy", (scheme) => {
  const start = (options: Parameters<typeof startProxy>[0] = {}): ReturnType<typeof startProxy> =>
    startProxy({ ...options, ...(scheme === "https" ? { tls: parts.identity } : undefined) });

  describe.each(Object.entries(ways))("%s", (_way, send) => {
    it("reaches the origin in a tunnel that shows the proxy nothing of the request", async () => {
      const target = await parts.server();
      const proxy = parts.closing(await start());
      expect(await send(parts.transport({ proxy: proxy.url }), `${target.url}/secret`)).toBe("GET /secret");
      expect(proxy.asked).toEqual([{ target: `localhost:${target.port}`, authorization: undefined }]);
      expect(Buffer.concat(proxy.carried).includes("secret")).toBe(false);
    });

    it("nodejs/undici ProxyAgent ignores `connect`: the policy holds inside the tunnel", async () => {
      const rsa = parts.authority.issue({ key: "rsa" });
      const target = parts.closing(await startServer(rsa, { ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" }));
      const proxy = parts.closing(await start());
      expect(await refusal(send(parts.transport({ proxy: proxy.url }), target.url))).toMatchObject({
        code: "TLS_CIPHER_REFUSED",
        phase: "handshake",
        sent: false,
      });
      expect(target.requests()).toBe(0);
    });
  });

  it("gives the proxy its credentials, and shows them to no other", async () => {
    const target = await parts.server();
    const requires = `Basic ${Buffer.from("user:p@ss/word").toString("base64")}`;
    const proxy = parts.closing(await start({ requires }));
    const url = new URL(proxy.url);
    url.username = "user";
    url.password = "p@ss/word";
    const t = parts.transport({ proxy: url });
    expect(await ways.request(t, target.url)).toBe("GET /");
    expect(proxy.asked).toEqual([{ target: `localhost:${target.port}`, authorization: requires }]);
    for (const shown of [inspect(t, { depth: 9, showHidden: true }), JSON.stringify(t)]) {
      expect(shown).not.toContain("p@ss");
      expect(shown).not.toContain(requires);
    }
  });

  it("says what to do about wrong credentials, without telling them", async () => {
    const proxy = parts.closing(await start({ requires: "Basic other" }));
    const url = proxy.url.replace("://", "://user:hunter2@");
    const error = await refusal(ways.request(parts.transport({ proxy: url }), "https://localhost:1/"));
    expect(error).toMatchObject({ code: "PROXY_REFUSED", phase: "proxy", sent: false });
    expect(error.message).toContain("407");
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|dXNlcjpodW50ZXIy/);
  });

  it.each([403, 502])("refuses an answer of %i", async (status) => {
    const proxy = parts.closing(await start({ status }));
    const error = await refusal(ways.request(parts.transport({ proxy: proxy.url }), "https://localhost:1/"));
    expect(error).toMatchObject({ code: "PROXY_REFUSED", sent: false });
    expect(error.message).toContain(String(status));
  });

  it("gives up on a proxy that does not answer in time", async () => {
    const proxy = parts.closing(await start({ silent: true }));
    const t = parts.transport({ proxy: proxy.url, timeouts: { connectMs: 1_000 } });
    expect(await refusal(ways.request(t, "https://localhost:1/"))).toMatchObject({
      code: "CONNECT_TIMEOUT",
      phase: "proxy",
      sent: false,
    });
    expect(t.stats().open).toBe(0);
  });

  it("refuses a proxy that speaks before the origin does", async () => {
    const target = await parts.server();
    const proxy = parts.closing(await start({ injects: "HTTP/1.1 200 OK\r\n\r\n" }));
    expect((await refusal(ways.request(parts.transport({ proxy: proxy.url }), target.url))).sent).toBe(false);
    expect(target.requests()).toBe(0);
  });
});

it.each([
  ["for another host", "DNS:evil.test"],
  ["for a part of its name", "DNS:*.localhost"],
])(
  "kind: identity comes from where we connect: an https: proxy with a certificate %s gets no credentials",
  async (_, san) => {
    const target = await parts.server();
    const proxy = parts.closing(await startProxy({ tls: parts.authority.issue({ san }) }));
    const t = parts.transport({ proxy: proxy.url.replace("://", "://user:hunter2@") });
    for (const send of Object.values(ways))
      expect(await refusal(send(t, target.url))).toMatchObject({ code: "TLS_HOST_MISMATCH", sent: false });
    expect([proxy.asked, target.requests()]).toEqual([[], 0]);
  },
);

it.each([
  [
    "does not resolve",
    "http://user:hunter2@nosuch.invalid:3128",
    "nosuch.invalid:3128: the name could not be resolved",
  ],
  ["takes no connections", "socks5h://user:hunter2@127.0.0.1:1", "127.0.0.1:1: could not be reached"],
])("names a proxy that %s beside the host", async (_, proxy, reason) => {
  const error = await refusal(ways.request(parts.transport({ proxy }), "https://localhost:2/"));
  expect(error).toMatchObject({ code: "CONNECTION_LOST", sent: false });
  expect(error.message).toContain(`localhost:2: the proxy ${reason}`);
  expect(inspect(error, { depth: 9 })).not.toContain("hunter2");
});

it("shows a proxy that ends TLS itself in the report, and refuses it by a pin", async () => {
  const target = await parts.server();
  const proxy = parts.closing(await startProxy({ intercepts: parts.authority.issue({ name: "intercepting" }) }));
  const seen = await parts.transport({ proxy: proxy.url }).probe(target.url);
  expect(seen.peer.subject).toBe("CN=intercepting");
  const pinned = parts.transport({ proxy: proxy.url, pins: [parts.identity.pin, Buffer.alloc(32).toString("base64")] });
  expect((await refusal(pinned.request(target.url, { method: "GET" }))).code).toBe("TLS_PIN_MISMATCH");
  expect(Buffer.concat(proxy.carried).includes("GET")).toBe(false);
});

it("connects directly to what NO_PROXY exempts", async () => {
  const { url } = await parts.server();
  const proxy = parts.closing(await startProxy());
  const saved = { ...process.env };
  try {
    Object.assign(process.env, { HTTPS_PROXY: proxy.url, NO_PROXY: "localhost" });
    expect(await ways.request(parts.transport({ proxy: "env" }), url)).toBe("GET /");
    delete process.env["NO_PROXY"];
    expect(await ways.request(parts.transport({ proxy: "env" }), url)).toBe("GET /");
    expect(proxy.asked).toHaveLength(1);
  } finally {
    process.env = saved;
  }
});

it("asks a proxy for the tunnel again when it says that it is gone", async () => {
  const proxy = parts.closing(await startProxy());
  await proxy.close();
  expect(await refusal(ways.request(parts.transport({ proxy: proxy.url }), "https://localhost:1/"))).toMatchObject({
    code: "CONNECTION_LOST",
    phase: "proxy",
    sent: false,
  });
});
