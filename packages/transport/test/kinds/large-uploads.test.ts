import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { sendBy, useParts } from "../parts.ts";

const parts = useParts();

/** More than Node keeps for a session without an option. */
const upload = Buffer.alloc(20_000_000);

/** Sends a POST with a body, or a GET without one, and answers with the status. */
type Send = (url: string, body?: Buffer) => Promise<number>;

const ways: Readonly<Record<string, (t: Transport) => Promise<Send>>> = {
  request: async (t) => {
    await sendBy("undici");
    return async (url, body) => {
      const answer = await t.request(url, { method: body ? "POST" : "GET", body });
      await answer.body.text();
      return answer.statusCode;
    };
  },
  fetch: async (t) => async (url, body) => {
    const answer = await t.fetch(url, (body && { method: "POST", body }) as RequestInit);
    await answer.text();
    return answer.status;
  },
  requestHandler: async (t) => {
    const handler = t.requestHandler({ protocol: "h2" });
    return async (url, body) => {
      const { port, pathname: path } = new URL(url);
      const method = body ? "POST" : "GET";
      const request = {
        protocol: "https:",
        hostname: "localhost",
        port: Number(port),
        method,
        path,
        headers: {},
        body,
      };
      const { response } = await handler.handle(request);
      await response.body.toArray();
      return response.statusCode;
    };
  },
};

/** `/early` is answered before its body is read, all else after it. */
function answer(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): void {
  const status = headers[":path"] === "/early" ? 413 : 200;
  const respond = (): void => {
    stream.respond({ ":status": status });
    stream.end("answered");
  };
  if (status === 413) respond();
  else stream.on("end", respond).resume();
}

describe("an upload of 20 MB over HTTP/2", () => {
  const start = async (way: string): Promise<{ send: Send; url: string; t: Transport }> => {
    const server = parts.closing(await startHttp2Server(parts.identity, {}, answer));
    const t = parts.transport({ http2: true });
    const send = await ways[way]?.(t);
    if (send === undefined) throw new Error(`no way ${way}`);
    return { send, url: server.url, t };
  };

  it.each(Object.keys(ways))("that is answered early does not fail the requests after it: %s", async (way) => {
    const { send, url } = await start(way);
    // undici sets Node's limit of a session, so that this answer may be lost.
    await send(`${url}/early`, upload).catch(() => {});
    expect([await send(`${url}/`), await send(`${url}/`)]).toEqual([200, 200]);
  });

  it.each(Object.keys(ways))("does not fail the requests beside it: %s", async (way) => {
    const { send, url } = await start(way);
    expect(await send(`${url}/`)).toBe(200);
    const uploading = send(`${url}/`, upload);
    expect(await Promise.all([send(`${url}/`), send(`${url}/`), uploading])).toEqual([200, 200, 200]);
  });

  it("gets its early answer by the request handler, on the session of the requests after it", async () => {
    const { send, url, t } = await start("requestHandler");
    expect([await send(`${url}/early`, upload), await send(`${url}/early`, upload), await send(`${url}/`)]).toEqual([
      413, 413, 200,
    ]);
    expect(t.stats().handshakes).toBe(1);
  });

  it("gets its early answer on a session of connectHttp2, which goes on", async () => {
    const { url, t } = await start("requestHandler");
    const session = await t.connectHttp2(url);
    for (const [path, body, expected] of [
      ["/early", upload, 413],
      ["/", upload, 200],
      ["/", Buffer.alloc(0), 200],
    ] as const) {
      const stream = session.request({ ":method": "POST", ":path": path });
      const status = new Promise((resolve, reject) => {
        stream.once("response", (headers) => resolve(headers[":status"])).once("error", reject);
      });
      stream.end(body);
      expect(await status).toBe(expected);
      await stream.toArray();
    }
  });
});
