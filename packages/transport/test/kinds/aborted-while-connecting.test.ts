import https from "node:https";
import net from "node:net";
import tls from "node:tls";
import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { request as undiciRequest } from "undici";
import { describe, expect, it } from "vitest";
import type { Transport, TransportOptions } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { sendBy, useParts } from "../parts.ts";

const parts = useParts();

const timeouts = { connectMs: 25_000 };
/** An abort that ends nothing leaves the wait to the limit of connecting. */
const ABORTED_MS = 10_000;

/** A server that accepts connections and says nothing. Counts the connections that are open. */
async function silentServer(): Promise<{ readonly port: number; readonly open: () => number }> {
  let open = 0;
  const server = net.createServer((socket) => {
    open++;
    socket
      .resume()
      .on("error", () => {})
      .on("close", () => open--);
  });
  return { port: await parts.listen(server), open: () => open };
}

/** What a connection waits for, as options of the transport. */
const stalls: Readonly<Record<string, (port: number) => TransportOptions>> = {
  "the server's part of the handshake": () => ({}),
  "an HTTP proxy": (port) => ({ proxy: `http://localhost:${port}` }),
  "a proxy's own handshake": (port) => ({ proxy: `https://localhost:${port}` }),
  "a SOCKS proxy": (port) => ({ proxy: `socks5h://localhost:${port}` }),
  "a resolver": () => ({ lookup: () => {} }),
};

const sdkRequest = (url: string, body?: unknown): never => {
  const { hostname, host, port } = new URL(url);
  return {
    protocol: "https:",
    hostname,
    port: Number(port),
    method: "POST",
    path: "/",
    headers: { host },
    body,
  } as never;
};

type Send = (t: Transport, url: string, signal: AbortSignal) => Promise<unknown>;

const ways: Readonly<Record<string, Send>> = {
  "first request": async (t, url, signal) => {
    await sendBy("node:http");
    return t.request(url, { method: "GET", signal });
  },
  request: async (t, url, signal) => {
    await sendBy("undici");
    return t.request(url, { method: "GET", signal });
  },
  fetch: (t, url, signal) => t.fetch(url, { signal }),
  "fetch of a Request": (t, url, signal) => t.fetch(new Request(url, { signal })),
  dispatcher: (t, url, signal) => undiciRequest(url, { dispatcher: t.dispatcher, signal }),
  agent: (t, url, signal) =>
    new Promise((resolve, reject) => https.get(url, { agent: t.agent, signal }, resolve).on("error", reject)),
  "agent, destroyed": (t, url, signal) =>
    new Promise((resolve, reject) => {
      const request = https.get(url, { agent: t.agent }, resolve).on("error", reject);
      signal.addEventListener("abort", () => request.destroy());
    }),
  "requestHandler over HTTP/1.1": (t, url, abortSignal) =>
    t.requestHandler({ protocol: "http/1.1" }).handle(sdkRequest(url), { abortSignal }),
  "requestHandler over HTTP/2": (t, url, abortSignal) =>
    t.requestHandler({ protocol: "h2" }).handle(sdkRequest(url), { abortSignal }),
  "requestHandler, an event stream": (t, url, abortSignal) =>
    t.requestHandler().handle(sdkRequest(url, new ReadableStream()), { abortSignal, isEventStream: true }),
};

/** How long a promise takes to reject after the abort. */
async function rejectedAfter(sending: Promise<unknown>, abort: () => void): Promise<number> {
  await sleep(100);
  const abortedAt = performance.now();
  abort();
  await expect(sending).rejects.toThrow(/aborted|socket hang up/);
  return performance.now() - abortedAt;
}

describe.each(Object.entries(stalls))("kind: an abort ends what waits for %s", (_stall, options) => {
  it.each(Object.entries(ways))("%s", async (_way, send) => {
    const { port, open } = await silentServer();
    const given = options(port);
    const t = parts.transport({ timeouts, connections: 1, ...given });
    const url = `https://localhost:${given.proxy === undefined ? port : 9443}`;
    const controller = new AbortController();
    const took = await rejectedAfter(send(t, url, controller.signal), () => controller.abort());
    expect(took).toBeLessThan(ABORTED_MS);
    await expect.poll(open).toBe(0);
  });
});

describe("kind: an abort ends what waits for a connection, and nothing else", () => {
  it.each(Object.entries(ways).filter(([way]) => !way.startsWith("requestHandler")))(
    "%s: the next request gets the slot at once",
    async (_way, send) => {
      let isSilent = true;
      const secure = tls.createServer(parts.identity, (socket) => {
        socket.on("error", () => {}).once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"));
      });
      const port = await parts.listen(
        net.createServer((socket) => void (isSilent ? socket.resume() : secure.emit("connection", socket))),
      );
      const t = parts.transport({ timeouts, connections: 1 });
      const url = `https://localhost:${port}`;
      const [first, queued] = [new AbortController(), new AbortController()];
      const sending = send(t, url, first.signal);
      await sleep(50);
      const waiting = send(t, url, queued.signal);
      expect(await rejectedAfter(waiting, () => queued.abort())).toBeLessThan(ABORTED_MS);
      expect(await rejectedAfter(sending, () => first.abort())).toBeLessThan(ABORTED_MS);
      isSilent = false;
      const { signal } = new AbortController();
      expect(await Promise.race([send(t, url, signal).then(() => "answered"), sleep(ABORTED_MS, "late")])).toBe(
        "answered",
      );
    },
  );

  it("two requests wait for one session of HTTP/2, and the other one is answered", async () => {
    const server = parts.closing(await startHttp2Server(parts.identity));
    let resolve = (): void => {};
    const lookup: TransportOptions["lookup"] = (_host, _options, callback) => {
      resolve = () => callback(null, [{ address: "127.0.0.1", family: 4 }]);
    };
    const handler = parts.transport({ timeouts, lookup }).requestHandler({ protocol: "h2" });
    const controller = new AbortController();
    const aborted = handler.handle(sdkRequest(server.url), { abortSignal: controller.signal });
    const other = handler.handle(sdkRequest(server.url));
    expect(await rejectedAfter(aborted, () => controller.abort())).toBeLessThan(ABORTED_MS);
    resolve();
    expect((await other).response.statusCode).toBe(200);
    expect(server.sessions()).toBe(1);
  });

  it("a request of the agent that is destroyed has one error and one end", async () => {
    const { port } = await silentServer();
    const events: string[] = [];
    const request = https.get(`https://localhost:${port}`, { agent: parts.transport({ timeouts }).agent });
    request.on("error", () => events.push("error")).on("close", () => events.push("close"));
    await sleep(50);
    const closed = new Promise((resolve) => request.once("close", resolve));
    request.destroy().destroy();
    await closed;
    for (let turn = 0; turn < 5; turn++) await setImmediate();
    expect(events).toEqual(["error", "close"]);
  });
});
