import { once } from "node:events";
import type { ClientHttp2Stream } from "node:http2";
import https from "node:https";
import net, { type Socket } from "node:net";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { request as undiciRequest } from "undici";
import { afterEach, describe, expect, it, vi } from "vitest";
import { transportErrorOf } from "../../src/errors/foreign-error.ts";
import type { Transport } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { refusal, sendBy, useParts } from "../parts.ts";

const parts = useParts();

/** A TLS server that answers the first bytes of each connection as it likes. */
async function server(answer: (socket: Socket) => void, alpn: readonly string[]): Promise<URL> {
  const { cert, key } = parts.identity;
  const listening = tls.createServer({ cert, key, ALPNProtocols: [...alpn] }, (socket) => {
    socket
      .on("error", () => {})
      .once("data", () => answer(socket))
      .resume();
  });
  return new URL(`https://localhost:${await parts.listen(listening)}/`);
}

const HEADERS = 1;
const RST_STREAM = 3;
const SETTINGS = 4;
/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const reset = (code: number): Buffer => frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, code]));
/** An answer's head with status 200, and the first two bytes of its body. */
const BEGINNING = Buffer.concat([
  frame(SETTINGS, 0, 0),
  frame(HEADERS, 4, 1, Buffer.from([0x88])),
  frame(0, 0, 1, Buffer.from("ab")),
]);

const sdkRequest = ({ port }: URL) => ({
  protocol: "https:",
  hostname: "localhost",
  port: Number(port),
  method: "POST",
  path: "/",
  headers: {},
  body: "x",
});

async function read(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const part of body) text += Buffer.from(part).toString();
  return text;
}

/** What a promise rejects with: the transport's error, or Node's. */
async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  const error: unknown = await promise.then(
    (value) => `no error, but ${JSON.stringify(value)}`,
    (reason: unknown) => reason,
  );
  return transportErrorOf(error) ?? error;
}

const ways: Readonly<Record<string, (t: Transport, url: URL) => Promise<unknown>>> = {
  async requestHandler(t, url) {
    const { response } = await t.requestHandler({ protocol: "h2" }).handle(sdkRequest(url));
    return read(response.body as AsyncIterable<Uint8Array>);
  },
  async connectHttp2(t, url) {
    const session = await t.connectHttp2(url);
    return read(session.request({ ":path": "/" }));
  },
  async "connectHttp2, by events"(t, url) {
    const stream: ClientHttp2Stream = (await t.connectHttp2(url)).request({ ":path": "/" });
    return new Promise((resolve, reject) => {
      stream
        .on("error", reject)
        .on("end", () => resolve("end"))
        .resume();
    });
  },
  async request(t, url) {
    return (await t.request(url.href, { method: "GET" })).body.text();
  },
  fetch: async (t, url) => (await t.fetch(url)).text(),
};

describe.each(Object.entries(ways))(
  "kind: what broke off breaks off: an answer over HTTP/2, with %s",
  (_name, send) => {
    it.each<[string, (socket: Socket) => void]>([
      ["is cut", (socket) => socket.destroy()],
      ["ends", (socket) => socket.end()],
    ])("fails when its connection %s in the middle", async (_what, end) => {
      const url = await server(
        (socket) => {
          socket.write(BEGINNING);
          setTimeout(() => end(socket), 50);
        },
        ["h2"],
      );
      const refused = await failureOf(send(parts.transport({ http2: true }), url));
      // A busy server has bytes that it has not read, and then resets: `connectHttp2` gives Node's own error for that.
      expect(refused).toMatchObject({ code: expect.stringMatching(/^(?:CONNECTION_LOST|ECONNRESET)$/u) });
    });

    it.each([
      ["NO_ERROR", 0],
      ["CANCEL", 8],
      ["INTERNAL_ERROR", 2],
    ])("fails when the server resets it with %s in the middle", async (_what, code) => {
      const url = await server(
        (socket) => {
          socket.write(BEGINNING);
          setTimeout(() => socket.write(reset(code)), 50);
        },
        ["h2"],
      );
      const refused = await failureOf(send(parts.transport({ http2: true }), url));
      // `connectHttp2` gives Node's own stream, with Node's own error for other codes.
      expect(refused).toMatchObject({
        code: expect.stringMatching(
          code === 2 ? /^(?:CONNECTION_LOST|ERR_HTTP2_STREAM_ERROR)$/u : /^CONNECTION_LOST$/u,
        ),
      });
    });

    it.each([
      ["NO_ERROR", 0],
      ["CANCEL", 8],
    ])("is whole when the server resets it with %s after its end", async (_what, code) => {
      const url = await server(
        (socket) => socket.write(Buffer.concat([BEGINNING, frame(0, 1, 1, Buffer.from("c")), reset(code)])),
        ["h2"],
      );
      expect(await send(parts.transport({ http2: true }), url)).toMatch(/^(?:abc|end)$/u);
    });

    it("is whole when its connection ends after it", async () => {
      const url = await server(
        (socket) => {
          socket.write(Buffer.concat([BEGINNING, frame(0, 1, 1, Buffer.from("c"))]));
          setTimeout(() => socket.destroy(), 50);
        },
        ["h2"],
      );
      expect(await send(parts.transport({ http2: true }), url)).toMatch(/^(?:abc|end)$/u);
    });
  },
);

describe("kind: what broke off breaks off: answers over HTTP/2 that closing the transport cuts short", () => {
  it("fail, by every way", async () => {
    const url = await server((socket) => socket.write(BEGINNING), ["h2"]);
    const failures = Object.values(ways).map(async (send) => {
      const transport = parts.transport({ http2: true });
      const failed = failureOf(send(transport, url));
      await expect.poll(() => transport.stats().open).toBe(1);
      await sleep(50);
      await transport.close();
      return failed;
    });
    for (const failed of await Promise.all(failures)) expect(failed).toMatchObject({ code: "CLOSED" });
  });
});

describe("kind: what broke off breaks off: streams that this side ends", () => {
  it("have no error", async () => {
    const held = await startHttp2Server(parts.identity, {}, (stream) => stream.respond({ ":status": 200 }));
    parts.closing(held);
    for (const end of [
      (stream: ClientHttp2Stream) => stream.close(8),
      (stream: ClientHttp2Stream) => stream.destroy(),
      (stream: ClientHttp2Stream) => stream.session?.destroy(),
    ]) {
      const session = await parts.transport().connectHttp2(held.url);
      // Without a listener for `error`: one would end the process.
      const stream = session.request({ ":path": "/" });
      await once(stream, "response");
      stream.resume();
      end(stream);
      await once(stream, "close");
      expect(stream.errored).toBeNull();
    }
  });
});

describe("kind: a failure is typed: HTTP/2", () => {
  it("answers that the server pushes are refused, and end no process", async () => {
    const PUSH_PROMISE = 5;
    const promise = (id: number): Buffer => {
      const authority = Buffer.from("localhost");
      // GET https://localhost/, in HPACK (RFC 7541, appendix A).
      const block = Buffer.from([0x82, 0x87, 0x84, 0x41, authority.length, ...authority]);
      return frame(PUSH_PROMISE, 4, 1, Buffer.concat([Buffer.from([0, 0, 0, id]), block]));
    };
    const url = await server(
      (socket) => socket.write(Buffer.concat([frame(SETTINGS, 0, 0), frame(SETTINGS, 1, 0), promise(2), promise(4)])),
      ["h2"],
    );
    const session = await parts.transport({ timeouts: { headersMs: 500 } }).connectHttp2(url);
    const pushed: unknown[] = [];
    session.on("stream", (stream) => pushed.push(stream.on("error", () => {})));
    const stream = session.request({ ":path": "/" });
    const failed = failureOf(once(stream, "response"));
    expect(await failed).toBeInstanceOf(Error);
    expect(pushed).toEqual([]);
  });

  it("frames that Node ends a session for are a lost connection", async () => {
    const url = await server(
      (socket) => {
        socket.write(BEGINNING);
        const flood = setInterval(() => socket.write(Buffer.concat(Array<Buffer>(500).fill(frame(0, 0, 1)))), 5);
        socket.on("close", () => clearInterval(flood));
      },
      ["h2"],
    );
    const refused = await refusal(ways["request"]?.(parts.transport({ http2: true }), url) ?? Promise.resolve());
    expect(refused).toMatchObject({ name: "TransportError", code: "CONNECTION_LOST" });
  });

  it("so is a stream that the server resets", async () => {
    const url = await server(
      (socket) =>
        socket.write(Buffer.concat([frame(SETTINGS, 0, 0), frame(RST_STREAM, 0, 1, Buffer.from([0, 0, 0, 2]))])),
      ["h2"],
    );
    const refused = await refusal(ways["request"]?.(parts.transport({ http2: true }), url) ?? Promise.resolve());
    expect(refused).toMatchObject({ name: "TransportError", code: "CONNECTION_LOST" });
  });
});

/** A way to send over HTTP/1.1, with the errors that it reports. */
const plainWays: Readonly<
  Record<string, (t: Transport, url: URL, method?: string, waitMs?: number) => Promise<string>>
> = {
  async "first request"(t, url, method = "GET", waitMs = 0) {
    await sendBy("node:http");
    const { body } = await t.request(url, { method });
    await sleep(waitMs);
    return body.text();
  },
  async request(t, url, method = "GET", waitMs = 0) {
    await sendBy("undici");
    const { body } = await t.request(url, { method });
    await sleep(waitMs);
    return body.text();
  },
  async fetch(t, url, method = "GET", waitMs = 0) {
    const response = await t.fetch(url, { method });
    await sleep(waitMs);
    return response.text();
  },
  async requestHandler(t, url, method = "GET", waitMs = 0) {
    const { response } = await t.requestHandler().handle({ ...sdkRequest(url), method, body: undefined });
    await sleep(waitMs);
    return read(response.body as AsyncIterable<Uint8Array>);
  },
  agent: (t, url, method = "GET", waitMs = 0) =>
    new Promise((resolve, reject) => {
      https
        .request(url, { agent: t.agent, method }, (response) => {
          sleep(waitMs)
            .then(() => read(response))
            .then(resolve, reject);
        })
        .on("error", reject)
        .end();
    }),
};

describe.each(Object.entries(plainWays))(
  "kind: what broke off breaks off: an answer over HTTP/1.1 without length and chunks, with %s",
  (_name, send) => {
    afterEach(() => sendBy(undefined));
    const answering = (text: string, end: (socket: Socket) => void): Promise<URL> =>
      server(
        (socket) => {
          socket.write(text);
          setTimeout(() => end(socket), 30);
        },
        ["http/1.1"],
      );
    it.each([
      ["no header that says how long it is", "HTTP/1.1 200 OK\r\n\r\nab"],
      ["a coding that has no end", "HTTP/1.1 200 OK\r\ntransfer-encoding: identity\r\n\r\nab"],
      ["chunks inside of a coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked, gzip\r\n\r\nab"],
      ["headers of the same size as those", "HTTP/1.1 200 OK\r\nx-ontent-length: 2\r\n\r\nab"],
      ["HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nab"],
      ["chunks in the name of a coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: x chunked\r\n\r\nab"],
      ["chunks before a tab, which Node removes", "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\t\r\n\r\nab"],
      ["chunks before a tab, after a coding", "HTTP/1.1 200 OK\r\ntransfer-encoding: gzip,chunked \t \r\n\r\nab"],
      [
        "chunks, then another coding",
        "HTTP/1.1 200 OK\r\nte: x\r\ntransfer-encoding: chunked\r\ntransfer-encoding: a\tchunked\r\n\r\nab",
      ],
    ])("fails at the end of its connection, which proves nothing: %s", async (_what, text) => {
      // Node tells the same whether the server closed TLS or the connection was cut below it.
      const url = await answering(text, (socket) => socket.destroy());
      expect(await refusal(send(parts.transport(), url))).toMatchObject({ code: "RESPONSE_INVALID", sent: true });
    });

    it.each([
      ["a length", "GET", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", "ab"],
      ["chunks", "GET", "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "ab"],
      ["the status 204", "GET", "HTTP/1.1 204 No Content\r\n\r\n", ""],
      ["the status 304", "GET", "HTTP/1.1 304 Not Modified\r\n\r\n", ""],
      ["a HEAD", "HEAD", "HTTP/1.1 200 OK\r\n\r\n", ""],
      ["a length of zero", "GET", "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", ""],
      [
        "chunks and trailers",
        "GET",
        "HTTP/1.1 200 OK\r\nConnection: close\r\nTransfer-Encoding: x, chunked\r\n\r\n2\r\nab\r\n0\r\na: b\r\n\r\n",
        "ab",
      ],
    ])("is whole by itself with %s", async (_what, method, text, body) => {
      const url = await answering(text, (socket) => socket.end());
      expect(await send(parts.transport(), url, method)).toBe(body);
    });
  },
);

describe.each(Object.entries(plainWays))(
  "kind: every request has an outcome: a connection that ends before a slow reader has read the answer, with %s",
  (_name, send) => {
    afterEach(() => sendBy(undefined));
    // As much as a stream of Node 20, and of later versions, takes before it asks for a pause.
    it.each([16_384, 65_536].flatMap((size) => ["close", "keep-alive"].map((connection) => ({ size, connection }))))(
      "is whole ($size bytes, Connection: $connection)",
      async ({ size, connection }) => {
        const head = `HTTP/1.1 200 OK\r\nConnection: ${connection}\r\nContent-Length: ${size}\r\n\r\n`;
        const url = await server(
          (socket) => {
            socket.write(head);
            socket.end(Buffer.alloc(size, "a"));
          },
          ["http/1.1"],
        );
        const uncaught = vi.fn<() => void>();
        process.on("uncaughtException", uncaught);
        try {
          expect(await send(parts.transport(), url, "GET", 60)).toHaveLength(size);
        } finally {
          process.removeListener("uncaughtException", uncaught);
        }
        expect(uncaught).not.toHaveBeenCalled();
      },
    );

    it("fails where it is cut off", async () => {
      const url = await server(
        (socket) => {
          socket.write("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 70000\r\n\r\n");
          socket.end(Buffer.alloc(65_536, "a"));
        },
        ["http/1.1"],
      );
      expect(await failureOf(send(parts.transport(), url, "GET", 60))).toMatchObject({ name: expect.any(String) });
    });
  },
);

it("kind: what broke off breaks off: over plain HTTP to this machine a connection may end an answer", async () => {
  const listening = net.createServer((socket) => {
    socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 200 OK\r\n\r\nab"));
  });
  const url = `http://localhost:${await parts.listen(listening)}/`;
  for (const sender of ["node:http", "undici"] as const) {
    await sendBy(sender);
    const { body } = await parts.transport({ allowLoopbackHttp: true }).request(url, { method: "GET" });
    expect(await body.text()).toBe("ab");
  }
  await sendBy(undefined);
});

describe("kind: every request has an outcome: a status that ends no request, over HTTP/2", () => {
  it.each(["request", "fetch", "requestHandler", "connectHttp2"])("%s", async (way) => {
    // `:status: 099`, as a literal (RFC 7541, section 6.2.2).
    const head = frame(HEADERS, 4, 1, Buffer.concat([Buffer.from([0x08, 3]), Buffer.from("099")]));
    const url = await server(
      (socket) => socket.write(Buffer.concat([frame(SETTINGS, 0, 0), head, frame(0, 1, 1, Buffer.from("ab"))])),
      ["h2"],
    );
    const sending = ways[way]?.(parts.transport({ http2: true }), url) ?? Promise.resolve();
    // Node 26 refuses such a status itself.
    const byNode = { code: expect.stringMatching(/^(?:CONNECTION_LOST|ERR_HTTP2_STREAM_ERROR)$/) as string };
    const expected =
      Number.parseInt(process.versions.node, 10) < 26 ? { code: "RESPONSE_INVALID", sent: true } : byNode;
    expect(await failureOf(sending)).toMatchObject(expected);
  });
});

describe("kind: every request has an outcome: the agent", () => {
  it.each(["000", "099"])("fails for the status %s, which ends no request", async (status) => {
    const url = await server(
      (socket) => socket.write(`HTTP/1.1 ${status} None\r\ncontent-length: 2\r\n\r\nab`),
      ["http/1.1"],
    );
    const sent = new Promise((resolve, reject) => {
      https.get(url, { agent: parts.transport().agent }, resolve).on("error", reject);
    });
    expect(await refusal(sent)).toMatchObject({ code: "RESPONSE_INVALID", sent: true });
  });

  it("fails for a 101 that was not asked for, and does not close without an error", async () => {
    const url = await server(
      (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      ["http/1.1"],
    );
    const sent = new Promise((resolve, reject) => {
      https.get(url, { agent: parts.transport().agent }, resolve).on("error", reject);
    });
    expect(await refusal(sent)).toMatchObject({ code: "RESPONSE_INVALID", sent: true });
  });

  it("passes one on that was asked for", async () => {
    const url = await server(
      (socket) => socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n"),
      ["http/1.1"],
    );
    const request = https.get(url, {
      agent: parts.transport().agent,
      headers: { connection: "upgrade", upgrade: "x" },
    });
    const [response, socket] = (await once(request, "upgrade")) as [{ readonly statusCode: number }, Socket];
    socket.destroy();
    expect(response.statusCode).toBe(101);
  });
});

describe("kind: every request has an outcome: a body that breaks off before its request is sent", () => {
  const broken = (when: (destroy: () => void) => unknown): Readable => {
    const body = new Readable({ read() {} });
    when(() => void body.destroy(new Error("the body broke off")));
    return body;
  };
  const whens: Readonly<Record<string, (destroy: () => void) => unknown>> = {
    "at once": (destroy) => process.nextTick(destroy),
    "in the next turn": setImmediate,
    later: (destroy) => setTimeout(destroy, 5),
  };
  const late = async (): Promise<string[]> => {
    await sleep(20);
    return [];
  };
  const senders: Readonly<Record<string, (t: Transport, url: string, body: () => Readable) => Promise<unknown>>> = {
    "request, whose headers come late": (t, url, body) =>
      t.request(url, { method: "POST", headers: late, body: body() }),
    async "request, on a connection that was used"(t, url, body) {
      await sendBy("undici");
      await (await t.request(url, { method: "POST", body: "x" })).body.text();
      return t.request(url, { method: "POST", body: body() });
    },
    async "request, in the queue"(t, url, body) {
      const first = t.request(url, { method: "POST", headers: late, body: "x" });
      const second = t.request(url, { method: "POST", body: body() });
      await (await first).body.text();
      return second;
    },
    async "dispatcher, in the queue"(t, url, body) {
      const first = t.request(url, { method: "POST", headers: late, body: "x" });
      const second = undiciRequest(url, { dispatcher: t.dispatcher, method: "POST", body: body() });
      await (await first).body.text();
      return second;
    },
    requestHandler: (t, url, body) => t.requestHandler().handle({ ...sdkRequest(new URL(url)), body: body() }),
  };

  afterEach(() => sendBy(undefined));

  describe.each(Object.entries(senders))("%s", (_name, send) => {
    it.each(Object.entries(whens))("%s", async (_when, when) => {
      const uncaught = vi.fn<() => void>();
      process.on("uncaughtException", uncaught);
      try {
        const { url } = await parts.server();
        const sending = send(parts.transport({ connections: 1 }), url, () => broken(when));
        expect(await failureOf(sending)).toMatchObject({ message: "the body broke off" });
      } finally {
        process.removeListener("uncaughtException", uncaught);
      }
      expect(uncaught).not.toHaveBeenCalled();
    });
  });

  const refused: Readonly<Record<string, (t: Transport, url: string, body: Readable) => Promise<unknown>>> = {
    "requestHandler over HTTP/2, after its signal aborted": (t, url, body) =>
      t
        .requestHandler({ protocol: "h2" })
        .handle({ ...sdkRequest(new URL(url)), body }, { abortSignal: AbortSignal.abort() }),
    "requestHandler, with a method that is refused": (t, url, body) =>
      t.requestHandler().handle({ ...sdkRequest(new URL(url)), method: "CONNECT", body }),
    "request, with a URL that is refused": (t, _url, body) => t.request("ftp://localhost", { method: "POST", body }),
    async "request, after the transport was closed"(t, url, body) {
      await t.close();
      return t.request(url, { method: "POST", body });
    },
  };
  it.each(Object.entries(refused))("%s: later, after its request was refused", async (_name, send) => {
    const uncaught = vi.fn<() => void>();
    process.on("uncaughtException", uncaught);
    try {
      const body = new Readable({ read() {} });
      await failureOf(send(parts.transport(), "https://localhost:1/", body));
      body.destroy(new Error("the body broke off"));
      await new Promise(setImmediate);
    } finally {
      process.removeListener("uncaughtException", uncaught);
    }
    expect(uncaught).not.toHaveBeenCalled();
  });

  it("over HTTP/2", async () => {
    const { url } = parts.closing(await startHttp2Server(parts.identity));
    const body = broken((destroy) => process.nextTick(destroy));
    const sending = parts
      .transport()
      .requestHandler({ protocol: "h2" })
      .handle({ ...sdkRequest(new URL(url)), body });
    expect(await failureOf(sending)).toMatchObject({ message: "the body broke off" });
  });
});
