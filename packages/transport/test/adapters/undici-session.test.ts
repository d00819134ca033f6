import type { ServerHttp2Stream } from "node:http2";
import { setImmediate as turn } from "node:timers/promises";
import tls from "node:tls";
import { request as undiciRequest } from "undici";
import { describe, expect, it } from "vitest";
import type { Transport } from "../../src/index.ts";
import { startHttp2Server } from "../http2-server.ts";
import { refusal, sendBy, useParts } from "../parts.ts";

const parts = useParts();

/** The ways that speak HTTP/2 through undici. */
const bodies: Readonly<Record<string, (t: Transport, url: string) => Promise<AsyncIterable<Uint8Array>>>> = {
  request: async (t, url) => {
    await sendBy("undici");
    return (await t.request(url, { method: "GET" })).body;
  },
  fetch: async (t, url) => (await t.fetch(url)).body as unknown as AsyncIterable<Uint8Array>,
  dispatcher: async (t, url) => (await undiciRequest(url, { dispatcher: t.dispatcher })).body,
};
const everyWay = Object.keys(bodies);

async function open(way: string, t: Transport, url: string): Promise<AsyncIterable<Uint8Array>> {
  const found = bodies[way];
  if (found === undefined) throw new Error(`no way ${way}`);
  return found(t, url);
}

async function readSdk(answer: unknown): Promise<void> {
  const { response } = answer as { response: { body: AsyncIterable<Uint8Array> } };
  for await (const part of response.body) expect(part.length).toBeGreaterThan(0);
}

async function text(way: string, t: Transport, url: string): Promise<string> {
  let read = "";
  for await (const part of await open(way, t, url)) read += Buffer.from(part).toString();
  return read;
}

describe("an answer over HTTP/2 with trailers", () => {
  const length = 1_000_000;

  function answer(stream: ServerHttp2Stream): void {
    stream.respond({ ":status": 200 }, { waitForTrailers: true });
    stream.on("wantTrailers", () => stream.sendTrailers({ "x-checksum": "1" }));
    stream.end(Buffer.alloc(length, "a"));
  }

  it.each(everyWay)("is whole for a reader that is slower than its server: %s", async (way) => {
    const server = parts.closing(await startHttp2Server(parts.identity, {}, answer));
    let received = 0;
    for await (const part of await open(way, parts.transport({ http2: true }), server.url)) {
      received += part.length;
      for (let turns = 0; turns < 20; turns++) await turn();
    }
    expect(received).toBe(length);
  });

  it("has them, whatever their names", async () => {
    const trailers = { "x-checksum": "1", length: "2", constructor: "3" };
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream) => {
        stream.respond({ ":status": 200 }, { waitForTrailers: true });
        stream.on("wantTrailers", () => stream.sendTrailers(trailers));
        stream.end("whole");
      }),
    );
    await sendBy("undici");
    const t = parts.transport({ http2: true });
    for (const answer of [
      await t.request(server.url, { method: "GET" }),
      await undiciRequest(server.url, { dispatcher: t.dispatcher }),
    ]) {
      expect(await answer.body.text()).toBe("whole");
      expect(answer.trailers).toEqual(trailers);
    }
    expect(await text("fetch", t, server.url)).toBe("whole");
  });
});

/** A frame of HTTP/2 (RFC 9113, section 4.1). */
function frame(type: number, flags: number, stream: number, payload: Buffer = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head.writeUInt8(type, 3);
  head.writeUInt8(flags, 4);
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}
const HEADERS = 1;
const END_STREAM = 1;
const END_HEADERS = 4;
const PREFACE = 24;
const settings = frame(4, 0, 0);
/** Status 200. */
const head = frame(HEADERS, END_HEADERS, 1, Buffer.from([0x88]));
const data = (part: string, flags: number): Buffer => frame(0, flags, 1, Buffer.from(part));
/** @param last the last stream that the server takes. @param error none by default. */
const goaway = (last: number, error = 0): Buffer => frame(7, 0, 0, Buffer.from([0, 0, 0, last, 0, 0, 0, error]));

/** How many requests have begun in the bytes of a client. */
function requestsIn(bytes: Buffer): number {
  let count = 0;
  for (let at = PREFACE; at + 9 <= bytes.length; at += 9 + bytes.readUIntBE(at, 3)) {
    if (bytes[at + 3] === HEADERS) count++;
  }
  return count;
}

/** Sends these frames to the first request of its first connection, and answers the first of each later one. */
async function rawServer(
  frames: readonly Buffer[],
  ends: boolean,
): Promise<{ url: string; connections: () => number }> {
  let connections = 0;
  const { cert, key } = parts.identity;
  const server = tls.createServer({ cert, key, ALPNProtocols: ["h2"] }, (socket) => {
    const isFirst = ++connections === 1;
    let received = Buffer.alloc(0);
    let isAnswered = false;
    socket
      .on("error", () => {})
      .on("data", (bytes: Buffer) => {
        received = Buffer.concat([received, bytes]);
        if (isAnswered || requestsIn(received) === 0) return;
        isAnswered = true;
        socket.write(Buffer.concat(isFirst ? frames : [head, data("next", END_STREAM)]));
        if (isFirst && ends) socket.end();
      })
      .write(settings);
  });
  const url = `https://localhost:${await parts.listen(server)}/`;
  return { url, connections: () => connections };
}

describe("a request over HTTP/2 whose server takes no more requests on its connection", () => {
  const whole = [head, data("last", END_STREAM)];
  it.each([
    { when: "before its answer", frames: [goaway(1), ...whole], ends: false },
    {
      when: "in the middle of its answer",
      frames: [head, data("la", 0), goaway(1), data("st", END_STREAM)],
      ends: false,
    },
    { when: "first for all streams, then for this one", frames: [goaway(0x7f), goaway(1), ...whole], ends: false },
    { when: "and ends the connection with its answer", frames: [goaway(1), ...whole], ends: true },
    { when: "by nothing but the end of the connection", frames: whole, ends: true },
  ])("is answered, and the next one has a new connection: $when", async ({ frames, ends }) => {
    for (const way of everyWay) {
      const server = await rawServer(frames, ends);
      const t = parts.transport({ http2: true });
      const answers = [await text(way, t, server.url), await text(way, t, server.url)];
      expect({ way, answers, connections: server.connections() }).toEqual({
        way,
        answers: ["last", "next"],
        connections: 2,
      });
    }
  });

  it("goes on with its upload", async () => {
    let told = (): void => {};
    const isTold = new Promise<void>((resolve) => (told = resolve));
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream) => {
        stream.session?.goaway(0, stream.id);
        // Its answer comes when the client has read the GOAWAY.
        stream.session?.ping(told);
        let length = 0;
        stream
          .on("data", (part: Buffer) => (length += part.length))
          .on("end", () => {
            stream.respond({ ":status": 200 });
            stream.end(String(length));
          });
      }),
    );
    async function* upload(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("first");
      await isTold;
      yield Buffer.from("second");
    }
    await sendBy("undici");
    const t = parts.transport({ http2: true });
    const answer = await t.request(server.url, { method: "POST", body: upload() });
    expect(await answer.body.text()).toBe("11");
  });

  it.each([
    { what: "it was not taken", frames: [goaway(0)], ends: false },
    { what: "its answer breaks off", frames: [goaway(1), head, data("la", 0)], ends: true },
  ])("fails where $what, and the next one has a new connection", async ({ frames, ends }) => {
    for (const way of everyWay) {
      const server = await rawServer(frames, ends);
      const t = parts.transport({ http2: true });
      const { code } = await refusal(text(way, t, server.url));
      expect({ way, code, next: await text(way, t, server.url) }).toEqual({
        way,
        code: "CONNECTION_LOST",
        next: "next",
      });
    }
  });
});

describe("a request over HTTP/2 that its server says it has not processed", () => {
  const refused = frame(3, 0, 1, Buffer.from([0, 0, 0, 7]));
  const handler = (t: Transport, url: string): Promise<unknown> => {
    const { port } = new URL(url);
    const request = { protocol: "https:", hostname: "localhost", port: Number(port), method: "GET", path: "/" };
    return t.requestHandler({ protocol: "h2" }).handle({ ...request, headers: {} });
  };

  it.each([
    { says: "no, by a GOAWAY with an earlier stream", frames: [goaway(0)], sent: false },
    { says: "no, by a GOAWAY with an earlier stream and an error", frames: [goaway(0, 11)], sent: false },
    { says: "no, by a second GOAWAY", frames: [goaway(0x7f), goaway(0)], sent: false },
    { says: "no, by a refused stream", frames: [refused], sent: false },
    { says: "perhaps, as the last stream", frames: [goaway(1, 11)], sent: true },
    { says: "perhaps, for its answer has begun", frames: [head, data("la", 0), goaway(0)], sent: true },
  ])("fails, and tells whether it may have been processed: $says", async ({ frames, sent }) => {
    for (const way of [...everyWay, "handler"]) {
      const server = await rawServer(frames, true);
      const t = parts.transport({ http2: true });
      const error = await refusal(way === "handler" ? handler(t, server.url).then(readSdk) : text(way, t, server.url));
      expect({ way, code: error.code, sent: error.sent }).toEqual({ way, code: "CONNECTION_LOST", sent });
    }
  });

  it("fails as not sent, also where the server says so before it has the request", async () => {
    for (const way of [...everyWay, "handler"]) {
      const { cert, key } = parts.identity;
      const server = tls.createServer({ cert, key, ALPNProtocols: ["h2"] }, (socket) =>
        socket.on("error", () => {}).write(Buffer.concat([settings, goaway(0)])),
      );
      const url = `https://localhost:${await parts.listen(server)}/`;
      const t = parts.transport({ http2: true });
      const { code, sent } = await refusal(way === "handler" ? handler(t, url) : text(way, t, url));
      expect({ way, code, sent }).toEqual({ way, code: "CONNECTION_LOST", sent: false });
    }
  });
});

describe("a request over HTTP/2 whose body has no bytes", () => {
  /** Answers a request when the client has ended it. */
  async function patientServer(): Promise<{ url: string; connections: () => number }> {
    let connections = 0;
    const { cert, key } = parts.identity;
    const server = tls.createServer({ cert, key, ALPNProtocols: ["h2"] }, (socket) => {
      connections++;
      let received = Buffer.alloc(0);
      let read = PREFACE;
      socket
        .on("error", () => {})
        .on("data", (bytes: Buffer) => {
          received = Buffer.concat([received, bytes]);
          while (read + 9 <= received.length) {
            const end = read + 9 + received.readUIntBE(read, 3);
            if (end > received.length) return;
            const [type = 4, flags = 0] = received.subarray(read + 3, read + 5);
            const id = received.readUInt32BE(read + 5);
            if (type <= HEADERS && (flags & END_STREAM) !== 0) {
              socket.write(Buffer.concat([frame(HEADERS, END_HEADERS, id, Buffer.from([0x88])), frame(0, 1, id)]));
            }
            read = end;
          }
        })
        .write(settings);
    });
    const url = `https://localhost:${await parts.listen(server)}/`;
    return { url, connections: () => connections };
  }

  // Not in undici's types.
  const emptyBlob = new Blob([]) as unknown as Uint8Array;
  const sends: Readonly<Record<string, (t: Transport, url: string) => Promise<string>>> = {
    "fetch with empty text": async (t, url) => (await t.fetch(url, { method: "POST", body: "" })).text(),
    "fetch with empty bytes": async (t, url) => (await t.fetch(url, { method: "PUT", body: new Uint8Array() })).text(),
    "request with an empty Blob": async (t, url) =>
      (await t.request(url, { method: "POST", body: emptyBlob })).body.text(),
    "dispatcher with an empty Blob": async (t, url) =>
      (await undiciRequest(url, { dispatcher: t.dispatcher, method: "POST", body: emptyBlob })).body.text(),
  };

  it.each(Object.entries(sends))("ends, and its connection goes on: %s", async (_way, send) => {
    await sendBy("undici");
    const server = await patientServer();
    const t = parts.transport({ http2: true });
    expect([await send(t, server.url), await send(t, server.url)]).toEqual(["", ""]);
    expect(server.connections()).toBe(1);
  });
});
