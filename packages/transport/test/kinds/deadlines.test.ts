import { once } from "node:events";
import https from "node:https";
import type { Socket } from "node:net";
import tls from "node:tls";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Transport, TransportOptions } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { refusal, useParts, ways } from "../parts.ts";

const parts = useParts();

/** A TLS server that does as it likes with each connection. */
async function rawServer(onConnection: (socket: Socket) => void, alpn?: readonly string[]): Promise<string> {
  const { cert, key } = parts.identity;
  const server = tls.createServer({ cert, key, ...(alpn && { ALPNProtocols: [...alpn] }) }, (socket) => {
    socket.on("error", () => {}).resume();
    onConnection(socket);
  });
  return `https://localhost:${await parts.listen(server)}/`;
}

/** Writes a piece every 20 ms, for ever. */
function forEver(socket: Socket, piece: () => string): void {
  const timer = setInterval(() => socket.write(piece()), 20);
  socket.on("close", () => clearInterval(timer));
}

const sendsHints = (socket: Socket): void => forEver(socket, () => "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n");

const servers: Readonly<Record<string, (socket: Socket) => void>> = {
  "sends 103 for ever": sendsHints,
  "sends 102 for ever": (socket) => forEver(socket, () => "HTTP/1.1 102 Processing\r\n\r\n"),
  "sends a head one byte at a time": (socket) => {
    let sent = 0;
    forEver(socket, () => "HTTP/1.1 200 OK\r\nx-long: "[sent++] ?? "a");
  },
  "sends nothing": () => {},
};

const headersMs = 200;
const limits: TransportOptions = { timeouts: { headersMs } };

const sdkRequest = (url: string) => {
  const { port } = new URL(url);
  return { protocol: "https:", hostname: "localhost", port: Number(port), method: "GET", path: "/", headers: {} };
};

const adapters: Readonly<Record<string, (t: Transport, url: string) => Promise<unknown>>> = {
  ...ways,
  requestHandler: (t, url) => t.requestHandler().handle(sdkRequest(url)),
};

/** How a request ends, and when. Without its limit it would never end, so the upper bound leaves room for a busy machine. */
async function ending(promise: Promise<unknown>, limitMs = headersMs): Promise<unknown> {
  const started = performance.now();
  const { code, phase, sent } = await refusal(promise);
  const took = performance.now() - started;
  return { code, phase, sent, early: took < limitMs / 2, late: took > limitMs + 15_000 };
}

const inTime = { code: "HEADERS_TIMEOUT", phase: "request", sent: true, early: false, late: false };

describe("kind: deadlines are total, whatever arrives in between", () => {
  describe.each(Object.entries(servers))("a server that %s", (_name, behave) => {
    it.each(Object.entries(adapters))("%s", async (_way, send) => {
      const url = await rawServer(behave);
      const t = parts.transport(limits);
      expect(await ending(send(t, url))).toEqual(inTime);
      await expect.poll(() => t.stats().open).toBe(0);
    });
  });

  describe("a server that sends 103 for ever over HTTP/2", () => {
    const hints = async (): Promise<string> => {
      const server = await startHttp2Server(parts.identity, {}, (stream) => {
        const timer = setInterval(() => stream.additionalHeaders({ ":status": 103 }), 20);
        stream.on("close", () => clearInterval(timer)).on("error", () => {});
      });
      return parts.closing(server).url;
    };

    it("connectHttp2", async () => {
      const session = await parts.transport(limits).connectHttp2(await hints());
      const stream = session.request({ ":path": "/" });
      expect(await ending(once(stream, "response"))).toEqual(inTime);
    });

    it("requestHandler", async () => {
      const url = await hints();
      expect(await ending(parts.transport(limits).requestHandler({ protocol: "h2" }).handle(sdkRequest(url)))).toEqual(
        inTime,
      );
    });

    it.each(["request", "fetch", "dispatcher"] as const)("%s", async (way) => {
      const url = await hints();
      expect(await ending(ways[way](parts.transport({ ...limits, http2: true }), url))).toEqual(inTime);
    });
  });

  it("a request's own limit takes the place of the transport's", async () => {
    const url = await rawServer(sendsHints);
    expect(await ending(parts.transport().request(url, { method: "GET", headersMs: 120 }), 120)).toEqual(inTime);
  });

  it("an upload that goes on is not cut short, and the limit starts at its end", async () => {
    const { url } = await parts.server({}, (request, response) => {
      request.resume().on("end", () => response.end("ok"));
    });
    // The limit is a multiple of each pause, so that a busy machine keeps it, and less than the whole upload takes.
    const t = parts.transport({ timeouts: { headersMs: 2_000 } });
    async function* slowly(): AsyncGenerator<Buffer> {
      for (let n = 0; n < 9; n++) {
        await sleep(250);
        yield Buffer.from("x");
      }
    }
    const byAgent = async (): Promise<number | undefined> => {
      const request = https.request(url, { method: "POST", agent: t.agent });
      const answer = once(request, "response");
      answer.catch(() => undefined);
      for await (const piece of slowly()) request.write(piece);
      request.end();
      const [response] = (await answer) as [import("node:http").IncomingMessage];
      return response.resume().statusCode;
    };
    const byRequest = async (): Promise<string> =>
      (await t.request(url, { method: "POST", body: slowly() })).body.text();
    expect(await Promise.all([byRequest(), byAgent()])).toEqual(["ok", 200]);
  });

  it("an upload that the server does not take is cut short", async () => {
    const url = await rawServer((socket) => socket.pause());
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) yield Buffer.alloc(65_536);
    }
    const sending = parts.transport(limits).request(url, { method: "POST", body: endless() });
    expect(await ending(sending)).toEqual(inTime);
  });
});

describe("kind: deadlines of bodies are total: a byte now and then does not extend them", () => {
  const bodyMs = 300;
  const total: TransportOptions = { timeouts: { bodyMs } };
  const cut = { code: "BODY_TIMEOUT", phase: "response", sent: true, early: false, late: false };
  const trickles = (): Promise<string> =>
    rawServer((socket) =>
      socket.once("data", () => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n");
        forEver(socket, () => ".");
      }),
    );
  const tricklesOverHttp2 = async (): Promise<string> => {
    const server = await startHttp2Server(parts.identity, {}, (stream) => {
      stream.respond({ ":status": 200 });
      const timer = setInterval(() => stream.write("."), 20);
      stream.on("close", () => clearInterval(timer)).on("error", () => {});
    });
    return parts.closing(server).url;
  };
  const textOf = async (body: AsyncIterable<unknown>): Promise<string> => {
    let text = "";
    for await (const part of body) text += String(part);
    return text;
  };
  const handled = async (t: Transport, url: string, protocol: "http/1.1" | "h2"): Promise<string> =>
    textOf((await t.requestHandler({ protocol }).handle(sdkRequest(url))).response.body);

  it.each(Object.entries(ways))("%s", async (_way, send) => {
    const t = parts.transport(total);
    expect(await ending(send(t, await trickles()), bodyMs)).toEqual(cut);
    await expect.poll(() => t.stats().open).toBe(0);
  });

  it("requestHandler", async () => {
    expect(await ending(handled(parts.transport(total), await trickles(), "http/1.1"), bodyMs)).toEqual(cut);
  });

  it("requestHandler over HTTP/2", async () => {
    expect(await ending(handled(parts.transport(total), await tricklesOverHttp2(), "h2"), bodyMs)).toEqual(cut);
  });

  it("connectHttp2", async () => {
    const session = await parts.transport(total).connectHttp2(await tricklesOverHttp2());
    expect(await ending(textOf(session.request({ ":path": "/" })), bodyMs)).toEqual(cut);
  });

  it("a body that comes in time is whole, and the next request on its connection has its own limit", async () => {
    const { url } = await parts.server();
    const t = parts.transport({ timeouts: { bodyMs: 1_500 } });
    const first = await ways.request(t, url);
    await sleep(1_550);
    expect(await ways.request(t, url)).toBe(first);
  });
});

describe("kind: deadlines of bodies through the agent", () => {
  const head = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n";
  const quick: TransportOptions = { timeouts: { bodyIdleMs: 120 } };

  it("ends a body that stops", async () => {
    const url = await rawServer((socket) => socket.once("data", () => socket.write(`${head}abc`)));
    expect(
      await refusal(ways.agent(parts.transport(quick), url).catch((error: unknown) => Promise.reject(error))),
    ).toMatchObject({
      code: "BODY_TIMEOUT",
      phase: "response",
      sent: true,
    });
  });

  it("waits for a reader that is slow", async () => {
    const url = await rawServer((socket) => socket.once("data", () => socket.write(`${head}0123456789`)));
    const [response] = (await once(https.get(url, { agent: parts.transport(quick).agent }), "response")) as [
      import("node:http").IncomingMessage,
    ];
    await sleep(400);
    let text = "";
    for await (const part of response.setEncoding("utf8") as AsyncIterable<string>) text += part;
    expect(text).toBe("0123456789");
  });

  it("leaves no listener and no timer behind", async () => {
    const { url } = await parts.server();
    const t = parts.transport();
    const request = https.get(url, { agent: t.agent });
    // With a listener for `response`, Node would keep an answer that is not read; with one for `error`, an error would
    // go unnoticed.
    expect([request.listenerCount("response"), request.listenerCount("error")]).toEqual([0, 0]);
    await once(request, "close");
    await expect.poll(() => t.stats().idle).toBe(1);
  });
});
