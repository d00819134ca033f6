import { Readable } from "node:stream";
import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { HttpHandler, RequestHandlerOptions, SdkRequest, SdkResponse, Transport } from "../../src/index.ts";
import { sdkPath } from "../../src/adapters/sdk-request.ts";
import { type Http2Server, startHttp2Server } from "../http2-server.ts";
import { useParts } from "../parts.ts";

const parts = useParts();

async function text({ body }: SdkResponse): Promise<string> {
  let all = "";
  for await (const part of body.setEncoding("utf8") as AsyncIterable<string>) all += part;
  return all;
}

function sdkRequest(port: number, more: Partial<SdkRequest> = {}): SdkRequest {
  return {
    protocol: "https:",
    hostname: "localhost",
    port,
    method: "POST",
    path: "/",
    headers: { host: `localhost:${port}` },
    ...more,
  };
}

/** The same behaviour over both versions of HTTP; each server echoes the request's body and a header. */
interface Version {
  readonly options: RequestHandlerOptions;
  readonly start: (mode: "echo" | "silent" | "drop" | "stall") => Promise<{ port: number; close(): Promise<unknown> }>;
}

const versions: Readonly<Record<string, Version>> = {
  "HTTP/1.1": {
    options: { protocol: "http/1.1" },
    start: (mode) =>
      parts.server({}, (request, response) => {
        if (mode === "drop") request.socket.destroy();
        if (mode === "stall") response.writeHead(200, { "content-length": "9" }).write("part");
        if (mode !== "echo") return;
        response.setHeader("x-path", request.url ?? "");
        response.setHeader("x-host", request.headers.host ?? "");
        response.setHeader("set-cookie", ["a=1", "b=2"]);
        request.pipe(response);
      }),
  },
  "HTTP/2": {
    options: { protocol: "h2" },
    start: async (mode): Promise<Http2Server> =>
      parts.closing(
        await startHttp2Server(parts.identity, {}, (stream, headers) => {
          if (mode === "drop") stream.session?.destroy();
          if (mode === "stall") {
            stream.respond({ ":status": 200 });
            stream.write("part");
          }
          if (mode !== "echo") return;
          stream.respond({
            ":status": 200,
            "x-path": headers[":path"],
            "x-host": headers[":authority"],
            "set-cookie": ["a=1", "b=2"],
          });
          stream.pipe(stream);
        }),
      ),
  },
};

const failure = (promise: Promise<unknown>): Promise<{ name: string; code?: string; cause?: unknown }> =>
  promise.then(
    () => expect.unreachable(),
    (error: unknown) => error as { name: string },
  );

describe.each(Object.entries(versions))("over %s", (name, { options, start }) => {
  const handler = (transport: Transport = parts.transport(), more: RequestHandlerOptions = {}): HttpHandler =>
    transport.requestHandler({ ...options, ...more });

  it("tells which protocol it speaks", () => {
    expect(handler().metadata.handlerProtocol).toBe(name === "HTTP/2" ? "h2" : "http/1.1");
  });

  it.each<[string, () => unknown]>([
    ["a string", () => "body"],
    ["bytes", () => new TextEncoder().encode("body")],
    ["a Node stream", () => Readable.from([Buffer.from("bo"), Buffer.from("dy")])],
    ["a web stream", () => new Blob(["body"]).stream()],
    [
      "an async iterable",
      () =>
        (async function* () {
          yield Buffer.from("body");
        })(),
    ],
  ])("sends %s and streams the answer", async (_kind, body) => {
    const { port } = await start("echo");
    const { response } = await handler().handle(
      sdkRequest(port, { path: "/a%2Fb", query: { x: ["1", "2"], n: null, y: "a b'" }, body: body() }),
    );
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({
      "x-path": "/a%2Fb?n&x=1&x=2&y=a%20b%27",
      "x-host": `localhost:${port}`,
      "set-cookie": "a=1, b=2",
    });
    expect(response.body).toBeInstanceOf(Readable);
    expect(await text(response)).toBe("body");
  });

  it("sends no body at all", async () => {
    const { port } = await start("echo");
    const { response } = await handler().handle(sdkRequest(port, { method: "GET" }));
    expect(await text(response)).toBe("");
  });

  it("leaves out the header expect, which SDK clients do not sign", async () => {
    const { port } = await start("echo");
    const headers = { host: `localhost:${port}`, Expect: "100-continue" };
    expect(await text((await handler().handle(sdkRequest(port, { headers, body: "body" }))).response)).toBe("body");
  });

  it("writes the framing of a body itself, which S3 clients name for a stream", async () => {
    const { port } = await start("echo");
    const headers = { host: `localhost:${port}`, "Transfer-Encoding": "Chunked" };
    for (const body of [Readable.from([Buffer.from("bo"), Buffer.from("dy")]), "body"]) {
      expect(await text((await handler().handle(sdkRequest(port, { headers, body }))).response)).toBe("body");
    }
  });

  it("passes the error of a body on", async () => {
    const { port } = await start("echo");
    const broken = (async function* () {
      yield Buffer.from("part");
      throw new Error("the source failed");
    })();
    const sending = handler().handle(sdkRequest(port, { body: Readable.from(broken) }));
    await expect(sending.then(({ response }) => text(response))).rejects.toThrow("the source failed");
  });

  it.each<[string, () => unknown]>([
    ["objects", () => Readable.from([Buffer.from("part"), { a: 1 }])],
    ["numbers", () => Readable.from([1, 2])],
    [
      "objects, without a stream around them",
      async function* () {
        yield { a: 1 };
      },
    ],
  ])("fails with a body of %s, and not the process", async (_what, body) => {
    const { port } = await start("echo");
    const sending = handler().handle(sdkRequest(port, { body: body() }));
    expect(await failure(sending.then(({ response }) => text(response)))).toBeInstanceOf(Error);
  });

  it("names an abort AbortError, before and during a request", async () => {
    const { port } = await start("silent");
    const made = handler();
    expect((await failure(made.handle(sdkRequest(port), { abortSignal: AbortSignal.abort() }))).name).toBe(
      "AbortError",
    );
    const controller = new AbortController();
    const pending = failure(made.handle(sdkRequest(port), { abortSignal: controller.signal }));
    await turn();
    controller.abort();
    expect((await pending).name).toBe("AbortError");
  });

  it("takes the polyfilled signal of older clients", async () => {
    const { port } = await start("silent");
    const signal: { aborted: boolean; onabort?: () => void } = { aborted: false };
    const pending = failure(handler().handle(sdkRequest(port), { abortSignal: signal }));
    signal.onabort?.();
    expect((await pending).name).toBe("AbortError");
    expect((await failure(handler().handle(sdkRequest(port), { abortSignal: { aborted: true } }))).name).toBe(
      "AbortError",
    );
  });

  it("smithy-lang/smithy-typescript: throws when an answer is late instead of warning", async () => {
    const { port } = await start("silent");
    const late = { name: "TimeoutError", code: "HEADERS_TIMEOUT", sent: true };
    expect(await failure(handler().handle(sdkRequest(port), { requestTimeout: 50 }))).toMatchObject(late);
    const limited = handler(parts.transport(), { requestTimeoutMs: 50 });
    expect(await failure(limited.handle(sdkRequest(port)))).toMatchObject(late);
  });

  it("names a lost connection so that the SDK retries it", async () => {
    const { port } = await start("drop");
    expect(await failure(handler().handle(sdkRequest(port)))).toMatchObject({
      name: "TimeoutError",
      code: "CONNECTION_LOST",
    });
  });

  it("names a refusal so that the SDK does not", async () => {
    const { port } = await start("echo");
    const stranger = parts.transport({ ca: parts.authority.issue({ ca: true, name: "Another" }).cert });
    expect(await failure(handler(stranger).handle(sdkRequest(port)))).toMatchObject({
      name: "TransportError",
      code: "TLS_CERTIFICATE_INVALID",
      sent: false,
    });
  });

  it("ends an answer that stalls", async () => {
    const { port } = await start("stall");
    const t = parts.transport({ timeouts: { bodyIdleMs: 50 } });
    const { response } = await handler(t).handle(sdkRequest(port));
    await expect(text(response)).rejects.toMatchObject({ code: "BODY_TIMEOUT", phase: "response" });
  });

  it("stays usable when a client that shares it is destroyed", async () => {
    const { port } = await start("echo");
    const made = handler();
    made.destroy();
    made.updateHttpClientConfig("requestTimeout", 1);
    expect(made.httpHandlerConfigs()).toEqual({});
    expect(await text((await made.handle(sdkRequest(port, { body: "body" }))).response)).toBe("body");
  });

  it("leaves nothing open when the transport closes", async () => {
    const { port } = await start("echo");
    const t = parts.transport();
    await text((await handler(t).handle(sdkRequest(port, { body: "body" }))).response);
    await t.close();
    expect(t.stats().open).toBe(0);
    expect(await failure(handler(t).handle(sdkRequest(port)))).toMatchObject({ code: "CLOSED" });
  });
});

describe("over HTTP/2", () => {
  it("sends the requests to one origin over one session", async () => {
    const server = parts.closing(await startHttp2Server(parts.identity));
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    const answers = await Promise.all(Array.from({ length: 8 }, () => handler.handle(sdkRequest(server.port))));
    expect(await Promise.all(answers.map(({ response }) => text(response)))).toEqual(Array(8).fill("over h2"));
    expect([server.streams(), server.sessions()]).toEqual([8, 1]);
  });

  it("gives an event stream a session of its own, in both directions at once", async () => {
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream) => {
        stream.respond({ ":status": 200 });
        stream.on("data", (part: Buffer) => stream.write(`<${part.toString()}>`)).on("end", () => stream.end());
      }),
    );
    const t = parts.transport();
    const body = new Readable({ read() {} });
    const { response } = await t.requestHandler().handle(sdkRequest(server.port, { body }), { isEventStream: true });
    const answers = response.body.setEncoding("utf8")[Symbol.asyncIterator]() as AsyncIterator<string>;
    for (const word of ["one", "two"]) {
      body.push(word);
      expect((await answers.next()).value).toBe(`<${word}>`);
    }
    body.push(null);
    expect((await answers.next()).done).toBe(true);
    while (t.stats().open > 0) await turn();
    expect(server.sessions()).toBe(1);
  });

  it("says that a refused stream was not processed", async () => {
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream) => stream.close(7 /* REFUSED_STREAM */)),
    );
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    expect(await failure(handler.handle(sdkRequest(server.port)))).toMatchObject({
      code: "CONNECTION_LOST",
      sent: false,
    });
  });

  it("survives a reset of the connection, in use or not", async () => {
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream, headers) => {
        if (headers[":path"] === "/") server.reset();
        else stream.respond({ ":status": 200 }, { endStream: true });
      }),
    );
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    expect(await failure(handler.handle(sdkRequest(server.port)))).toMatchObject({
      code: "CONNECTION_LOST",
      sent: true,
    });
    await text((await handler.handle(sdkRequest(server.port, { path: "/idle" }))).response);
    server.reset();
    await turn();
    const next = await handler.handle(sdkRequest(server.port, { path: "/next" })).then(
      () => "answered",
      (error: { code?: string }) => error.code,
    );
    // It may have been sent before the reset was noticed.
    expect(["answered", "CONNECTION_LOST"]).toContain(next);
    expect(await text((await handler.handle(sdkRequest(server.port, { path: "/last" }))).response)).toBe("");
  });

  it("keeps the process alive while any stream of a shared session runs, and no longer", async () => {
    let finish = (): void => {};
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream, headers) => {
        stream.respond({ ":status": 200 });
        stream.write("part");
        if (headers[":path"] === "/slow") finish = () => stream.end();
        else stream.end();
      }),
    );
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((resource) => /TCPSocket|TLS/u.test(resource)).length;
    const slow = await handler.handle(sdkRequest(server.port, { path: "/slow" }));
    const running = sockets();
    for (let count = 0; count < 3; count++) await text((await handler.handle(sdkRequest(server.port))).response);
    for (let count = 0; count < 5; count++) await turn();
    expect(sockets()).toBe(running);
    finish();
    expect(await text(slow.response)).toBe("part");
    while (sockets() >= running) await turn();
    expect(server.sessions()).toBe(1);
  });

  it.each<[string, Partial<SdkRequest>]>([
    ["`:authority`, which SDK clients set for this protocol", { headers: { ":authority": "HOST" } }],
    ["`host` and `:authority` that agree", { headers: { ":authority": "HOST", Host: "HOST" } }],
    ["headers of a connection, which HTTP/2 does not have", { headers: { te: "gzip", "http2-settings": "AAMAAABk" } }],
  ])("sends a request with %s", async (_what, { headers }) => {
    const hosts: unknown[] = [];
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream, received) => {
        hosts.push(received[":authority"]);
        stream.respond({ ":status": 200 }, { endStream: true });
      }),
    );
    const named = Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      value.replace("HOST", `localhost:${server.port}`),
    ]);
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    await text((await handler.handle(sdkRequest(server.port, { headers: Object.fromEntries(named) }))).response);
    expect(hosts).toEqual([`localhost:${server.port}`]);
  });

  it.each<[string, object]>([
    ["a line break in a header", { headers: { x: "a\nb" } }],
    ["another pseudo-header", { headers: { ":path": "/other" } }],
    ["two hosts", { headers: { host: "a.test", ":authority": "b.test" } }],
    ["two lengths", { headers: { "Content-Length": "5", "content-length": "6" } }],
    ["a number as a body", { body: 5 }],
    ["an object as a body", { body: {} }],
    ["the method CONNECT", { method: "CONNECT" }],
    ["a number as a method", { method: 5 }],
    ["a method with a space", { method: "PO ST" }],
  ])("refuses %s by its typed error, and leaves no session open", async (_what, more) => {
    const server = parts.closing(await startHttp2Server(parts.identity));
    const t = parts.transport();
    const request = sdkRequest(server.port, { body: Readable.from(["x"]), ...more });
    const over = t.requestHandler({ protocol: "h2" }).handle(request, { isEventStream: true });
    expect(await failure(over)).toMatchObject({ code: "INVALID_REQUEST", sent: false });
    expect([t.stats().open, server.streams()]).toEqual([0, 0]);
  });

  it("opens another session after the server said goodbye", async () => {
    const server = parts.closing(
      await startHttp2Server(parts.identity, {}, (stream) => {
        stream.respond({ ":status": 200 });
        stream.end("bye");
        stream.session?.close();
      }),
    );
    const handler = parts.transport().requestHandler({ protocol: "h2" });
    for (let n = 0; n < 3; n++) {
      expect(await text((await handler.handle(sdkRequest(server.port))).response)).toBe("bye");
      while (server.sessions() <= n) await turn();
      await turn();
    }
    expect(server.sessions()).toBe(3);
  });
});

it("goes over HTTP/1.1 for the answer's event stream alone", async () => {
  const target = await parts.server();
  const { response } = await parts
    .transport()
    .requestHandler()
    .handle(sdkRequest(target.port, { body: "signed" }), { isEventStream: true });
  expect(await text(response)).toBe("POST /");
});

it("writes a query as the SDK signs it", () => {
  expect(sdkPath(sdkRequest(1, { path: "/p", query: { b: "2", a: "1", "k y": "!'()*", empty: "" } }))).toBe(
    "/p?a=1&b=2&empty=&k%20y=%21%27%28%29%2A",
  );
});
