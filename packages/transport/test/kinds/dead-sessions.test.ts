import { once } from "node:events";
import tls, { type TLSSocket } from "node:tls";
import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/index.ts";
import { refusal, useParts } from "../parts.ts";

const parts = useParts();

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload = ""): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, Buffer.from(payload, "latin1")]);
}

interface Server {
  readonly url: string;
  readonly connections: () => number;
  /** Resolves when another request arrives on the first connection. */
  readonly second: Promise<void>;
}

/** A server whose first connection does as it likes with its first request. All others answer. */
async function server(first: (socket: TLSSocket) => void): Promise<Server> {
  let connections = 0;
  let arrived = (): void => {};
  const second = new Promise<void>((resolve) => (arrived = resolve));
  const listening = tls.createServer({ ...parts.identity, ALPNProtocols: ["h2"] }, (socket) => {
    const isFirst = connections++ === 0;
    socket.on("error", () => {}).write(frame(SETTINGS, 0, 0));
    // Behind the preface of 24 bytes.
    let position = 24;
    let received = Buffer.alloc(0);
    let requests = 0;
    socket.on("data", (data: Buffer) => {
      received = Buffer.concat([received, data]);
      while (received.length >= position + 9) {
        const isRequest = received[position + 3] === HEADERS;
        position += 9 + received.readUIntBE(position, 3);
        if (!isRequest) continue;
        requests += 1;
        if (requests > 1) arrived();
        else if (isFirst) first(socket);
        else socket.write(Buffer.concat([frame(HEADERS, 4, 1, "\u0088"), frame(DATA, 1, 1, "ab")]));
      }
    });
  });
  return { url: `https://localhost:${await parts.listen(listening)}/`, connections: () => connections, second };
}

const ways: Readonly<Record<string, (t: Transport, url: string, signal?: AbortSignal) => Promise<number>>> = {
  request: async (t, url, signal) => {
    const { statusCode, body } = await t.request(url, { method: "GET", signal });
    await body.text();
    return statusCode;
  },
  fetch: async (t, url, signal) => {
    const answer = await t.fetch(url, signal && { signal });
    await answer.text();
    return answer.status;
  },
  requestHandler: async (t, url, abortSignal) => {
    const { port } = new URL(url);
    const request = {
      protocol: "https:",
      hostname: "localhost",
      port: Number(port),
      method: "GET",
      path: "/",
      headers: {},
    };
    const { response } = await t.requestHandler({ protocol: "h2" }).handle(request, { abortSignal });
    await once(response.body.resume(), "end");
    return response.statusCode;
  },
};

describe.each(Object.entries(ways))(
  "kind: a session of HTTP/2 that may be dead gets no other request: %s",
  (_way, send) => {
    it.each<[string, (socket: TLSSocket) => void]>([
      ["a server that is silent", () => {}],
      ["a body before its head, which Node does not report", (socket) => socket.write(frame(DATA, 1, 1, "ab"))],
      [
        "a head that cannot be decoded",
        (socket) => socket.write(frame(HEADERS, 5, 1, "\u00ff\u00ff\u00ff\u00ff\u00ff")),
      ],
    ])("after %s", async (_what, first) => {
      const { url, connections } = await server(first);
      const t = parts.transport({ http2: true, timeouts: { headersMs: 1_000 } });
      expect(await refusal(send(t, url))).toMatchObject({ code: "HEADERS_TIMEOUT" });
      expect(await send(t, url)).toBe(200);
      expect(connections()).toBe(2);
      await expect.poll(() => t.stats().open).toBe(1);
    });

    it("ends when it is unused for too long", async () => {
      const { url } = await server(() => {});
      const t = parts.transport({ http2: true, timeouts: { headersMs: 1_000, idleMs: 200 } });
      await refusal(send(t, url));
      expect(await send(t, url)).toBe(200);
      await expect.poll(() => t.stats().open).toBe(0);
    });

    it("after an abort, if nothing has arrived since the request was sent", async () => {
      const { url, connections, second } = await server((socket) => {
        // The answer to the first request; the second one gets none.
        socket.write(Buffer.concat([frame(HEADERS, 4, 1, "\u0088"), frame(DATA, 1, 1, "ab")]));
      });
      const t = parts.transport({ http2: true });
      expect(await send(t, url)).toBe(200);
      const leaving = new AbortController();
      void second.then(() => leaving.abort());
      await expect(send(t, url, leaving.signal)).rejects.toThrow(/abort/i);
      expect(await send(t, url)).toBe(200);
      expect(connections()).toBe(2);
    });
  },
);
