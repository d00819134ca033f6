import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createTransport } from "../../src/index.ts";
import { refusal, useParts, ways } from "../parts.ts";
import { startServer } from "../server.ts";
import { type SocksOptions, type SocksServer, startSocks } from "../socks-server.ts";

const parts = useParts();

const start = async (options?: SocksOptions): Promise<SocksServer> => parts.closing(await startSocks(options));

const domain = 3;

describe.each(Object.entries(ways))("kind: what is checked is what is connected to: SOCKS5, %s", (_way, send) => {
  it("reaches the origin by its name, and the proxy sees nothing of the request", async () => {
    const target = await parts.server();
    const proxy = await start();
    const t = parts.transport({
      proxy: proxy.url,
      // The proxy's own name is resolved here, the origin's is not.
      lookup: (name, options, callback) => {
        expect(name).toBe("localhost");
        callback(null, options.all === true ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4);
      },
    });
    expect(await send(t, `${target.url}/secret`)).toBe("GET /secret");
    expect(proxy.asked).toEqual([{ kind: domain, target: `localhost ${target.port}`, credentials: undefined }]);
    expect(Buffer.concat(proxy.carried).includes("secret")).toBe(false);
  });

  it("leaves names to the proxy that do not resolve here", async () => {
    const identity = parts.authority.issue({ san: "DNS:only.proxy.internal" });
    const target = parts.closing(await startServer(identity));
    const proxy = await start();
    expect(await send(parts.transport({ proxy: proxy.url }), `https://only.proxy.internal:${target.port}/x`)).toBe(
      "GET /x",
    );
  });

  it("holds the origin to the policy", async () => {
    const rsa = parts.authority.issue({ key: "rsa" });
    const target = parts.closing(await startServer(rsa, { ciphers: "AES256-GCM-SHA384", maxVersion: "TLSv1.2" }));
    const proxy = await start();
    expect(await refusal(send(parts.transport({ proxy: proxy.url }), target.url))).toMatchObject({
      code: "TLS_CIPHER_REFUSED",
      phase: "handshake",
      sent: false,
    });
    expect(target.requests()).toBe(0);
  });

  it("holds the origin to its name", async () => {
    const target = parts.closing(await startServer(parts.authority.issue({ san: "DNS:other.example" })));
    const proxy = await start();
    expect((await refusal(send(parts.transport({ proxy: proxy.url }), target.url))).code).toBe("TLS_HOST_MISMATCH");
  });
});

it("opens HTTP/2 sessions and probes through the proxy", async () => {
  const target = await parts.server();
  const proxy = await start();
  expect(await parts.transport({ proxy: proxy.url }).probe(target.url)).toMatchObject({ forwardSecret: true });
  expect(proxy.asked).toHaveLength(1);
});

it.each([
  ["https://127.0.0.1:PORT/", 1, "127.0.0.1 PORT"],
  ["https://[::ffff:127.0.0.1]:PORT/", 4, "0000:0000:0000:0000:0000:ffff:7f00:0001 PORT"],
])("sends the address of %s as one", async (pattern, kind, asked) => {
  const identity = parts.authority.issue({ san: "IP:127.0.0.1,IP:::ffff:127.0.0.1" });
  const target = parts.closing(await startServer(identity));
  const at = (text: string): string => text.replace("PORT", String(target.port));
  const proxy = await start();
  expect(await ways.request(parts.transport({ proxy: proxy.url }), at(pattern))).toBe("GET /");
  expect(proxy.asked).toEqual([{ kind, target: at(asked), credentials: undefined }]);
});

describe("RFC 1929", () => {
  const withCredentials = (url: string, user: string, password: string): URL => {
    const made = new URL(url);
    made.username = user;
    made.password = password;
    return made;
  };

  it("gives the proxy its credentials, and shows them to no other", async () => {
    const target = await parts.server();
    const proxy = await start({ requires: "user:p@ss/wörd" });
    const t = parts.transport({ proxy: withCredentials(proxy.url, "user", "p@ss/wörd") });
    expect(await ways.request(t, target.url)).toBe("GET /");
    expect(proxy.asked[0]?.credentials).toBe("user:p@ss/wörd");
    for (const shown of [inspect(t, { depth: 9, showHidden: true }), JSON.stringify(t)]) {
      expect(shown).not.toMatch(/p@ss|p%40ss/);
    }
  });

  it("says what to do about wrong credentials, without quoting them", async () => {
    const proxy = await start({ requires: "user:other" });
    const t = parts.transport({ proxy: withCredentials(proxy.url, "user", "hunter2") });
    const error = await refusal(ways.request(t, "https://localhost:1/"));
    expect(error).toMatchObject({ code: "PROXY_REFUSED", phase: "proxy", sent: false });
    expect(error.message).toContain("other credentials");
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("hunter2");
  });

  it.each([
    ["wants credentials", {}, undefined, { requires: "a:b" }],
    ["does not accept a user name and password", {}, ["u", "p"], {}],
    ["does not accept a user name and password", {}, ["u", "p"], { method: 0 }],
  ] as const)("refuses a proxy that %s", async (reason, _unused, given, options) => {
    const proxy = await start(options);
    const url = given === undefined ? proxy.url : withCredentials(proxy.url, given[0], given[1]);
    const error = await refusal(ways.request(parts.transport({ proxy: url }), "https://localhost:1/"));
    expect(error.code).toBe("PROXY_REFUSED");
    expect(error.message).toContain(reason);
    expect(proxy.asked).toEqual([]);
  });

  it.each(["socks5h://user@p", "socks5h://:pw@p", `socks5h://user:${"x".repeat(256)}@p`])(
    "refuses %s before any connection",
    (proxy) => {
      expect(() => createTransport({ proxy })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

describe("a SOCKS5 proxy that does otherwise", () => {
  it.each([
    [1, "general failure"],
    [2, "its rules"],
    [4, "cannot reach the host"],
    [5, "refused the connection"],
    [9, "reply 9"],
  ])("is reported with its reply %i", async (reply, reason) => {
    const proxy = await start({ reply });
    const error = await refusal(ways.request(parts.transport({ proxy: proxy.url }), "https://localhost:1/"));
    expect(error).toMatchObject({ code: "PROXY_REFUSED", phase: "proxy", sent: false });
    expect(error.message).toContain(reason);
  });

  it.each([1, 3, 4])("may name the address of its own by kind %i", async (replyKind) => {
    const target = await parts.server();
    const proxy = await start({ replyKind, trickles: true });
    expect(await ways.request(parts.transport({ proxy: proxy.url }), target.url)).toBe("GET /");
  });

  it.each([
    ["another version", Buffer.from([4, 0])],
    ["HTTP", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["no acceptable method", Buffer.from([5, 0xff])],
  ])("answers with %s: refused", async (_name, answers) => {
    const proxy = await start({ answers });
    const t = parts.transport({ proxy: proxy.url });
    expect((await refusal(ways.request(t, "https://localhost:1/"))).code).toBe("PROXY_REFUSED");
  });

  it("is refused when it speaks before the origin does", async () => {
    const target = await parts.server();
    const proxy = await start({ injects: "HTTP/1.1 200 OK\r\n\r\n" });
    const error = await refusal(ways.request(parts.transport({ proxy: proxy.url }), target.url));
    expect(error.code).toBe("PROXY_REFUSED");
    expect(target.connections()).toBe(0);
  });

  it("is given up when it does not answer in time", async () => {
    const proxy = await start({ silent: true });
    const t = parts.transport({ proxy: proxy.url, timeouts: { connectMs: 1_000 } });
    expect(await refusal(ways.request(t, "https://localhost:1/"))).toMatchObject({
      code: "CONNECT_TIMEOUT",
      phase: "proxy",
      sent: false,
    });
    expect(t.stats().open).toBe(0);
  });

  it("closes the connection: lost, in the phase of the proxy", async () => {
    const proxy = await start();
    await proxy.close();
    expect(await refusal(ways.request(parts.transport({ proxy: proxy.url }), "https://localhost:1/"))).toMatchObject({
      code: "CONNECTION_LOST",
      phase: "proxy",
    });
  });
});

it("refuses names that are too long for the protocol", async () => {
  const proxy = await start();
  const host = Array.from({ length: 5 }, () => "a".repeat(60)).join(".");
  const error = await refusal(ways.request(parts.transport({ proxy: proxy.url }), `https://${host}/`));
  expect(error.code).toBe("PROXY_REFUSED");
  expect(error.message).toContain("at most 255 bytes");
});

it("checks addresses nowhere behind a proxy, and says so", async () => {
  const proxy = await start();
  const t = parts.transport({ proxy: proxy.url, addresses: "private" });
  expect((await refusal(ways.request(t, "https://localhost:1/"))).code).toBe("PROXY_REFUSED");
  expect(proxy.asked).toEqual([]);
});
