import { once } from "node:events";
import type { Socket } from "node:net";
import tls from "node:tls";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { refusal, sendBy, useParts } from "../parts.ts";

const parts = useParts();

afterEach(() => sendBy(undefined));

/** A TLS server that answers each request as told, and counts its connections. */
async function rawServer(
  answer: (socket: Socket, nth: number) => void,
): Promise<{ url: string; connections: () => number }> {
  const { cert, key } = parts.identity;
  let connections = 0;
  let requests = 0;
  const server = tls.createServer({ cert, key }, (socket) => {
    connections++;
    socket
      .on("error", () => {})
      .on("data", (data) => {
        if (data.includes("\r\n\r\n")) answer(socket, requests++);
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  parts.closing({ close: async () => void server.close() });
  return { url: `https://localhost:${(server.address() as AddressInfo).port}/`, connections: () => connections };
}

const ok = (body: string, ...headers: string[]): string =>
  ["HTTP/1.1 200 OK", `content-length: ${body.length}`, ...headers, "", body].join("\r\n");

describe("a connection of the first requests", () => {
  it("goes on under undici, from one request to the next", async () => {
    const { url, connections } = await rawServer((socket, nth) => socket.write(ok(`answer ${nth}`)));
    const t = parts.transport({ connections: 1 });
    const answers: string[] = [];
    for (const sender of ["node:http", "node:http", "undici", "undici"] as const) {
      await sendBy(sender);
      answers.push(await (await t.request(url, { method: "GET" })).body.text());
    }
    expect(answers).toEqual(["answer 0", "answer 1", "answer 2", "answer 3"]);
    expect([connections(), t.stats().handshakes]).toEqual([1, 1]);
  });

  it.each(["node:http", "undici"] as const)("is not used by %s after bytes without a request", async (next) => {
    // The second answer to the first request would be taken for the answer to the next.
    const { url, connections } = await rawServer((socket, nth) =>
      socket.write(nth === 0 ? ok("mine") + ok("stolen") : ok("mine")),
    );
    const t = parts.transport();
    await sendBy("node:http");
    expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("mine");
    await sendBy(next);
    expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("mine");
    expect(connections()).toBe(2);
  });

  it("is not used after bytes that come late", async () => {
    const sockets: Socket[] = [];
    const { url } = await rawServer((socket) => {
      sockets.push(socket);
      socket.write(ok("mine"));
    });
    const t = parts.transport();
    await sendBy("node:http");
    expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("mine");
    const [first] = sockets as [Socket];
    first.write(ok("stolen"));
    await once(first, "close");
    expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("mine");
    expect(sockets).toHaveLength(2);
  });

  it.each(["connection: close", "keep-alive: timeout=2"])("is not used after %s", async (header) => {
    const { url, connections } = await rawServer((socket) => socket.write(ok("ok", header)));
    const t = parts.transport();
    await sendBy("node:http");
    for (let n = 0; n < 2; n++) expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("ok");
    expect(connections()).toBe(2);
  });

  it("ends when it is idle for too long", async () => {
    const { url } = await rawServer((socket) => socket.write(ok("ok")));
    const t = parts.transport({ timeouts: { idleMs: 300 } });
    await sendBy("node:http");
    await (await t.request(url, { method: "GET" })).body.text();
    expect(t.stats()).toMatchObject({ open: 1, idle: 1 });
    await expect.poll(() => t.stats()).toMatchObject({ open: 0, idle: 0 });
  });
});

describe("an answer to a first request", () => {
  it.each([
    [
      "an upgrade",
      "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n",
      "CONNECTION_LOST",
    ],
    ["two lengths", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab", "RESPONSE_INVALID"],
    [
      "a length and chunks",
      "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      "RESPONSE_INVALID",
    ],
    ["a head that is too long", `HTTP/1.1 200 OK\r\nx: ${"a".repeat(20_000)}\r\n\r\n`, "RESPONSE_INVALID"],
    ["no HTTP", "220 smtp ready\r\n", "RESPONSE_INVALID"],
    ["the status 000", "HTTP/1.1 000 None\r\ncontent-length: 2\r\n\r\nab", "RESPONSE_INVALID"],
    ["the status 099", "HTTP/1.1 099 None\r\ncontent-length: 2\r\n\r\nab", "RESPONSE_INVALID"],
    ["a 101 that names no protocol", "HTTP/1.1 101 Switching\r\n\r\n", "RESPONSE_INVALID"],
  ])("with %s is refused as undici refuses it", async (_what, text, code) => {
    const { url } = await rawServer((socket) => socket.end(text));
    for (const sender of ["node:http", "undici"] as const) {
      await sendBy(sender);
      const error = await refusal(parts.transport().request(url, { method: "GET" }));
      expect([sender, error.code, error.sent]).toEqual([sender, code, true]);
    }
  });

  it("has the headers that undici gives, in number and form", async () => {
    const many = Array.from({ length: 2_100 }, (_, n) => `h${n}: 1`).join("\r\n");
    const lines = `Set-Cookie: a\r\nset-cookie: b\r\nX-É: \xe9\r\nx-twice: 1\r\nX-Twice: 2\r\n__proto__: p`;
    const { url } = await rawServer((socket) =>
      socket.write(
        `HTTP/1.1 200 Fine\r\n${many}\r\n${lines.replace("X-É", "X-E")}\r\ncontent-length: 0\r\n\r\n`,
        "latin1",
      ),
    );
    const heads: unknown[] = [];
    for (const sender of ["node:http", "undici"] as const) {
      await sendBy(sender);
      const { statusCode, statusText, headers, body } = await parts.transport().request(url, { method: "GET" });
      await body.dump();
      heads.push([
        statusCode,
        statusText,
        Object.keys(headers).length,
        headers["set-cookie"],
        headers["x-e"],
        headers["x-twice"],
      ]);
    }
    expect(heads[0]).toEqual(heads[1]);
    expect(heads[0]).toEqual([200, "Fine", expect.any(Number), ["a", "b"], "\xe9", ["1", "2"]]);
  });
});

describe("what only undici judges", () => {
  it.each([
    ["a method", { method: "DELETE" }],
    ["a body that streams", { method: "POST", body: (async function* () {})() }],
    ["a header without a value", { method: "GET", headers: { "x-a": null } }],
    ["headers of another form", { method: "GET", headers: new Map([["x-a", "1"]]) }],
    ["a length that is wrong", { method: "POST", body: "abc", headers: { "content-length": "2" } }],
    ["chunks", { method: "POST", body: "abc", headers: { "Transfer-Encoding": "chunked" } }],
    ["two hosts", { method: "GET", headers: ["host", "a.test", "Host", "b.test"] }],
  ])("is sent or refused the same before undici is loaded: %s", async (_what, request) => {
    const { url } = await rawServer((socket) => socket.write(ok("ok")));
    const outcomes: unknown[] = [];
    for (const sender of ["node:http", "undici"] as const) {
      await sendBy(sender);
      const given = request as unknown as Parameters<ReturnType<typeof parts.transport>["request"]>[1];
      outcomes.push(
        await parts
          .transport()
          .request(url, given)
          .then(
            ({ statusCode }) => statusCode,
            (error: { code: string }) => error.code,
          ),
      );
    }
    expect(outcomes[0]).toBe(outcomes[1]);
  });
});
