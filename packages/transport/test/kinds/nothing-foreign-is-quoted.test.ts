import https from "node:https";
import net, { type Socket } from "node:net";
import tls from "node:tls";
import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { type Transport, createTransport } from "../../src/index.ts";
import { cleanCause } from "../../src/errors/clean-cause.ts";
import { startHttp2Server } from "../http2-server.ts";
import { useParts, ways } from "../parts.ts";

const parts = useParts();

const secret = "hunter2-wJalrXUtnFEMI";
const encoded = Buffer.from(`user:${secret}`).toString("base64");

/** Everything that a logger could show of an error: messages, stacks, causes and properties, bytes as text. */
function shown(error: unknown): string {
  const seen = new Set<unknown>();
  const texts: string[] = [
    inspect(error, { depth: 20, showHidden: true, maxArrayLength: null, maxStringLength: null }),
  ];
  const visit = (value: unknown): void => {
    if (typeof value === "string") texts.push(value);
    if (typeof value !== "object" || value === null || seen.has(value)) return;
    seen.add(value);
    if (value instanceof Uint8Array) texts.push(Buffer.from(value).toString("latin1"));
    else for (const key of Reflect.ownKeys(value)) visit((value as Record<PropertyKey, unknown>)[key]);
  };
  visit(error);
  return texts.join("\n");
}

/** The text of the error with which something fails. It throws if a secret is in there. */
async function failure(promise: Promise<unknown> | (() => unknown)): Promise<string> {
  const outcome = await Promise.resolve()
    .then(typeof promise === "function" ? promise : () => promise)
    .then(
      () => "nothing failed",
      (error: unknown) => shown(error),
    );
  // Names of headers are quoted in lower case, if at all.
  const quoted = outcome.toLowerCase().includes(secret.toLowerCase()) || outcome.includes(encoded);
  if (quoted) throw new Error(`a secret is in the error: ${outcome}`);
  return outcome;
}

async function listening(server: net.Server, scheme: string): Promise<string> {
  return `${scheme}://localhost:${await parts.listen(server)}`;
}

/** Sends back what it gets. */
const echo = (socket: Socket): void =>
  void socket.on("error", () => {}).on("data", (data: Buffer) => socket.write(data));

const sdkRequest = (url: string, headers: Record<string, string>) => ({
  protocol: "https:",
  hostname: "localhost",
  port: Number(new URL(url).port),
  method: "GET",
  path: "/",
  headers,
});

type Send = (t: Transport, url: string, headers: Record<string, string>) => Promise<unknown>;

const senders: Readonly<Record<string, Send>> = {
  request: (t, url, headers) => t.request(url, { method: "GET", headers }),
  "request, list": (t, url, headers) => t.request(url, { method: "GET", headers: Object.entries(headers).flat() }),
  fetch: (t, url, headers) => t.fetch(url, { headers }),
  "fetch, list": (t, url, headers) => t.fetch(url, { headers: Object.entries(headers) }),
  dispatcher: (t, url, headers) => t.dispatcher.request({ origin: url, path: "/", method: "GET", headers }),
  agent: (t, url, headers) =>
    new Promise((resolve, reject) => {
      https.get(url, { agent: t.agent, headers }, resolve).on("error", reject);
    }),
  requestHandler: (t, url, headers) => t.requestHandler().handle(sdkRequest(url, headers)),
};

describe("kind: foreign and platform errors are not quoted", () => {
  it.each(Object.entries(ways))("a proxy that echoes CONNECT with its credentials, %s", async (_way, send) => {
    const proxy = await listening(net.createServer(echo), "http");
    const t = parts.transport({ proxy: proxy.replace("://", `://user:${secret}@`) });
    expect(await failure(send(t, "https://localhost:8443/"))).toContain("PROXY_REFUSED");
  });

  it("an https: proxy that echoes CONNECT", async () => {
    const { cert, key } = parts.identity;
    const proxy = await listening(tls.createServer({ cert, key }, echo), "https");
    const t = parts.transport({ proxy: proxy.replace("://", `://user:${secret}@`) });
    expect(await failure(ways.request(t, "https://localhost:1/"))).toContain("PROXY_REFUSED");
  });

  it("a SOCKS proxy that echoes its credentials", async () => {
    const proxy = await listening(
      net.createServer((socket) => {
        socket
          .on("error", () => {})
          .once("data", () => {
            socket.write(Buffer.from([5, 2]));
            echo(socket);
          });
      }),
      "socks5h",
    );
    const t = parts.transport({ proxy: proxy.replace("://", `://user:${secret}@`) });
    expect(await failure(ways.request(t, "https://localhost:1/"))).toContain("PROXY_REFUSED");
  });

  it.each([
    ["a proxy that answers with bytes of its own", `HTTP/1.1 200 ${secret}\r\n${secret}\r\n\r\n${secret}`],
    ["a proxy that refuses with a reason", `HTTP/1.1 403 ${secret}\r\nx: ${secret}\r\n\r\n${secret}`],
    ["a proxy that answers without end", `HTTP/1.1 200 OK\r\nx: ${secret.repeat(1_000)}`],
  ])("%s", async (_name, answer) => {
    const proxy = await listening(
      net.createServer((socket) => void socket.on("error", () => {}).once("data", () => socket.write(answer))),
      "http",
    );
    expect(await failure(ways.request(parts.transport({ proxy }), "https://localhost:1/"))).toContain("PROXY_REFUSED");
  });

  it.each(Object.entries(senders))("a server that echoes the request, %s", async (_name, send) => {
    const { cert, key } = parts.identity;
    const url = await listening(tls.createServer({ cert, key }, echo), "https");
    expect(await failure(send(parts.transport(), url, { authorization: secret }))).toMatch(/RESPONSE_INVALID|HPE_/);
  });

  it.each(Object.entries(senders))("an invalid header value, %s", async (_name, send) => {
    const { url } = await parts.server();
    for (const value of [`${secret}\r\nx: y`, `${secret}\0`, `${secret}\u{1f511}`]) {
      const text = await failure(() => send(parts.transport(), url, { authorization: value }));
      expect(text).toMatch(/INVALID_REQUEST|ERR_INVALID_CHAR/);
      expect(text).toMatch(/authorization/);
    }
  });

  it.each(Object.entries(senders).filter(([name]) => name !== "agent"))(
    "a header whose name is a whole line, %s",
    async (_name, send) => {
      const { url } = await parts.server();
      for (const name of [`authorization: ${secret}`, `${secret} x`])
        expect(await failure(() => send(parts.transport(), url, { [name]: "x" }))).toContain("INVALID_REQUEST");
    },
  );

  it("an invalid header value over HTTP/2", async () => {
    const { url } = parts.closing(await startHttp2Server(parts.identity));
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    for (const value of [`${secret}\r\nx: y`, `${secret}\0`, `${secret}\u{1f511}`]) {
      const text = await failure(handler.handle(sdkRequest(url, { authorization: value })));
      expect(text).toMatch(/INVALID_REQUEST[^]*authorization/);
    }
    expect(await failure(handler.handle(sdkRequest(url, { [`${secret} name`]: "x" })))).toContain("INVALID_REQUEST");
  });

  it.each(Object.entries(senders).filter(([name]) => !/agent|requestHandler/.test(name)))(
    "a URL with a password, %s",
    async (_name, send) => {
      for (const url of [`https://user:${secret}@localhost/`, `https://user:${secret}@`, secret]) {
        expect(await failure(() => send(parts.transport(), url, {}))).toContain("INVALID_REQUEST");
      }
    },
  );

  it("a URL with a password in connectHttp2 and probe", async () => {
    for (const url of [`https://user:${secret}@localhost/`, `https://user:${secret}@`]) {
      expect(await failure(parts.transport().connectHttp2(url))).toContain("INVALID_REQUEST");
      expect(await failure(parts.transport().probe(url))).toContain("INVALID_REQUEST");
    }
  });

  it.each([
    `http://user:${secret}@`,
    `http://user:${secret}@proxy:99999`,
    `gopher://user:${secret}@proxy`,
    `socks5://user:${secret}@proxy`,
    `http://user:${secret}%zz@proxy`,
    `socks5h://user:${secret}${"x".repeat(300)}@proxy`,
  ])("a proxy's URL with a password: %#", async (proxy) => {
    expect(await failure(() => createTransport({ proxy }))).toContain("INVALID_OPTION");
    expect(await failure(() => createTransport({ proxy: proxy.replace("user:", ":") }))).toContain("INVALID_OPTION");
  });

  it("an option with a secret in the wrong place", async () => {
    for (const options of [
      { ca: secret },
      { pins: [secret, secret] },
      { tls: secret },
      { addresses: { cidrs: [secret] } },
    ]) {
      expect(await failure(() => createTransport(options as object))).toContain("INVALID_OPTION");
    }
  });

  it("keeps name, code, message and stack of a cause, and nothing else", () => {
    const cause = Object.assign(new TypeError("inner", { cause: Object.assign(new Error("x"), { input: secret }) }), {
      code: "ERR_INVALID_URL",
      input: secret,
      rawPacket: Buffer.from(secret),
    });
    const clean = cleanCause(cause) as Error & { code?: string };
    expect([clean.name, clean.code, clean.message]).toEqual(["TypeError", "ERR_INVALID_URL", "inner"]);
    expect(clean.stack).toContain("nothing-foreign-is-quoted.test.ts");
    expect(Object.keys(clean)).toEqual(["code"]);
    expect((clean.cause as Error).message).toBe("x");
    expect(shown(clean)).not.toContain(secret);
    expect(cleanCause("text")).toBeUndefined();
    const circular = new Error("circular");
    circular.cause = circular;
    expect(shown(cleanCause(circular))).toContain("circular");
    expect(cleanCause(new AggregateError([new Error("first")], "all"))?.cause).toMatchObject({ message: "first" });
    expect(cleanCause(new Error("x".repeat(10_000)))?.message).toHaveLength(500);
  });
});
