import { once } from "node:events";
import type { ServerResponse } from "node:http";
import net from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { inspect } from "node:util";
import { beforeEach, describe, expect, it } from "vitest";
import { refusal, sendBy, useParts } from "../parts.ts";

const parts = useParts();

/** A server whose answers wait until the test gives them. */
async function heldServer(): Promise<{ url: string; arrived: (n: number) => Promise<ServerResponse> }> {
  const responses: ServerResponse[] = [];
  const { url, server } = await parts.server({}, (_request, response) => {
    responses.push(response);
    server.emit("held");
  });
  return {
    url,
    async arrived(n) {
      while (responses[n] === undefined) await once(server, "held");
      return responses[n];
    },
  };
}

describe.each(["node:http", "undici"] as const)("by %s", (sender) => {
  beforeEach(() => sendBy(sender));

  describe("what is sent", () => {
    it.each([
      ["/a%2fb/%2e%2e/c?x=%20&y='", "/a%2fb/%2e%2e/c?x=%20&y='"],
      ["", "/"],
      ["?a=1", "/?a=1"],
      ["/a#fragment", "/a"],
      ["//double//slash", "//double//slash"],
      ["/a?b=c?d/e", "/a?b=c?d/e"],
      ["/é", "/%C3%A9"],
      ["/a\\b", "/a/b"],
    ])("is the path %j byte for byte as %j", async (path, expected) => {
      const { url } = await parts.server();
      const answer = await parts.transport().request(`${url}${path}`, { method: "GET" });
      expect(await answer.body.text()).toBe(`GET ${expected}`);
    });

    it("carries headers as an object or a flat list, and bodies of all kinds", async () => {
      const { url } = await parts.server({}, (request, response) => {
        request.pipe(response.setHeader("x-echo", String(request.headers["x-in"])));
      });
      const t = parts.transport();
      async function* pieces(): AsyncGenerator<Uint8Array> {
        yield Buffer.from("bo");
        yield Buffer.from("dy");
      }
      for (const body of ["body", Buffer.from("body"), new TextEncoder().encode("body"), pieces()]) {
        for (const headers of [{ "x-in": "1" }, ["x-in", "1"]]) {
          if (body instanceof Object && Symbol.asyncIterator in body && Array.isArray(headers)) continue;
          const answer = await t.request(url, { method: "POST", headers, body });
          expect([answer.headers["x-echo"], await answer.body.text()]).toEqual(["1", "body"]);
        }
      }
    });

    it.each([
      ["ftp://localhost/", "url"],
      ["/relative", "url"],
      ["https://user:hunter2@localhost/", "user name or password"],
    ])("never goes to %s", async (url, reason) => {
      const error = await refusal(parts.transport().request(url, { method: "GET" }));
      expect(error).toMatchObject({ code: "INVALID_REQUEST", sent: false });
      expect(error.message).toContain(reason);
      expect(error.message).not.toContain("hunter2");
    });

    it.each(["CONNECT", "GE T", "", 7 as unknown as string])(
      "is nothing with the method %j, and no slot is lost",
      async (method) => {
        const { url } = await parts.server();
        const t = parts.transport({ connections: 1 });
        expect(await refusal(t.request(url, { method }))).toMatchObject({ code: "INVALID_REQUEST", sent: false });
        expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("GET /");
      },
    );

    it("is nothing when a header would smuggle a line", async () => {
      const target = await parts.server();
      const error = await refusal(
        parts.transport().request(target.url, { method: "GET", headers: { "x-a": "b\r\nx-c: d" } }),
      );
      expect(error).toMatchObject({ code: "INVALID_REQUEST", sent: false });
      expect(target.requests()).toBe(0);
    });
  });

  describe("headers as a function", () => {
    it("aws/aws-sdk-js-v3#6222: are made when a slot is granted and not when the request queues", async () => {
      const { url, arrived } = await heldServer();
      const t = parts.transport({ connections: 1 });
      const made: string[] = [];
      const send = (name: string): Promise<string> =>
        t
          .request(url, { method: "GET", headers: () => (made.push(name), { "x-name": name }) })
          .then((answer) => answer.body.text());
      const answers = ["a", "b", "c"].map(send);
      for (const [n, name] of ["a", "b", "c"].entries()) {
        const response = await arrived(n);
        expect(made.at(-1)).toBe(name);
        expect(made).toHaveLength(n + 1);
        expect(t.stats().pending).toBe(2 - n);
        response.end(name);
      }
      expect(await Promise.all(answers)).toEqual(["a", "b", "c"]);
    });

    it("may be promised", async () => {
      const { url } = await parts.server({}, (request, response) => response.end(request.headers["x-a"]));
      const answer = await parts.transport().request(url, { method: "GET", headers: async () => ({ "x-a": "later" }) });
      expect(await answer.body.text()).toBe("later");
    });

    it("give their slot back when they fail", async () => {
      const { url } = await parts.server();
      const t = parts.transport({ connections: 1 });
      const failures = [
        () => {
          throw new Error("no credentials");
        },
        () => Promise.reject(new Error("no credentials")),
      ];
      for (const headers of failures) {
        await expect(t.request(url, { method: "GET", headers })).rejects.toThrow("no credentials");
        await expect(t.request(url, { method: "GET", headers, signal: new AbortController().signal })).rejects.toThrow(
          "no credentials",
        );
      }
      expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("GET /");
    });
  });

  describe("a function that makes no headers is refused: a signature could be missing", () => {
    it.each([
      ["undefined", () => undefined],
      ["null", () => null],
      ["a promise of undefined", async () => undefined],
    ])("%s, also from a queue, and gives its slot back", async (_what, headers) => {
      const target = await parts.server();
      const t = parts.transport({ connections: 1 });
      const refused = { code: "INVALID_REQUEST", sent: false, message: expect.stringContaining("headers: ") };
      const send = (): Promise<unknown> => t.request(target.url, { method: "GET", headers: headers as never });
      await expect(send()).rejects.toMatchObject(refused);
      const first = t.request(target.url, { method: "GET" });
      const queued = [send(), send()].map((sent) => expect(sent).rejects.toMatchObject(refused));
      expect(await (await first).body.text()).toBe("GET /");
      await Promise.all(queued);
      expect(target.requests()).toBe(1);
    });
  });

  describe("a signal", () => {
    const reason = new Error("enough");

    it("ends a request before it begins", async () => {
      const target = await parts.server();
      const t = parts.transport();
      await expect(t.request(target.url, { method: "GET", signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(target.connections()).toBe(0);
    });

    it("ends a request that waits for a slot, and no other request", async () => {
      const { url, arrived } = await heldServer();
      const t = parts.transport({ connections: 1 });
      const first = t.request(url, { method: "GET" });
      const controller = new AbortController();
      const second = t.request(url, { method: "GET", signal: controller.signal });
      const third = t.request(url, { method: "GET" });
      const response = await arrived(0);
      controller.abort(reason);
      await expect(second).rejects.toBe(reason);
      response.end("first");
      expect(await (await first).body.text()).toBe("first");
      (await arrived(1)).end("third");
      expect(await (await third).body.text()).toBe("third");
    });

    it("ends a request whose headers are being made, and gives its slot back", async () => {
      const { url } = await parts.server();
      const t = parts.transport({ connections: 1 });
      const controller = new AbortController();
      const headers = (): Promise<never> => new Promise(() => {});
      const pending = t.request(url, { method: "GET", headers, signal: controller.signal });
      controller.abort(reason);
      await expect(pending).rejects.toBe(reason);
      expect(await (await t.request(url, { method: "GET" })).body.text()).toBe("GET /");
    });

    it("ends a request whose connection is not there yet, and the connection serves the next", async () => {
      const deaf = net.createServer(() => {}).listen(0, "127.0.0.1");
      await once(deaf, "listening");
      const { port } = deaf.address() as net.AddressInfo;
      const controller = new AbortController();
      const pending = parts
        .transport()
        .request(`https://localhost:${port}`, { method: "GET", signal: controller.signal });
      const [socket] = (await once(deaf, "connection")) as [net.Socket];
      controller.abort(reason);
      await expect(pending).rejects.toBe(reason);
      socket.destroy();
      deaf.close();
    });

    it("ends a request whose answer is awaited, and one whose body is read", async () => {
      const { url, arrived } = await heldServer();
      const t = parts.transport();
      const controller = new AbortController();
      const awaited = t.request(url, { method: "GET", signal: controller.signal });
      await arrived(0);
      const reading = t.request(url, { method: "GET", signal: controller.signal });
      (await arrived(1)).write("part");
      const { body } = await reading;
      controller.abort(reason);
      await expect(awaited).rejects.toBe(reason);
      await expect(body.text()).rejects.toBe(reason);
    });

    it("leaves no listener behind", async () => {
      const { url } = await parts.server();
      const t = parts.transport();
      const controller = new AbortController();
      let listeners = 0;
      const { signal } = controller;
      const add = signal.addEventListener.bind(signal);
      const remove = signal.removeEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof add>) => (listeners++, add(...args));
      signal.removeEventListener = (...args: Parameters<typeof remove>) => (listeners--, remove(...args));
      for (let n = 0; n < 5; n++) await (await t.request(url, { method: "GET", signal })).body.text();
      await turn();
      expect(listeners).toBe(0);
    });
  });

  describe("limits", () => {
    it("aws/aws-sdk-js-v3#6025: of connecting throw", async () => {
      const deaf = net.createServer(() => {}).listen(0, "127.0.0.1");
      await once(deaf, "listening");
      const { port } = deaf.address() as net.AddressInfo;
      const t = parts.transport({ timeouts: { connectMs: 1_000 } });
      const error = await refusal(t.request(`https://localhost:${port}`, { method: "GET" }));
      expect(error).toMatchObject({ code: "CONNECT_TIMEOUT", phase: "handshake", sent: false });
      expect(error.message).toContain("1000 ms");
      deaf.close();
    });

    it("of waiting for an answer throw, and tell that the request was sent", async () => {
      const { url } = await heldServer();
      const t = parts.transport({ timeouts: { headersMs: 60 } });
      expect(await refusal(t.request(url, { method: "GET" }))).toMatchObject({
        code: "HEADERS_TIMEOUT",
        phase: "request",
        sent: true,
      });
      const longer = parts.transport();
      expect(await refusal(longer.request(url, { method: "GET", headersMs: 60 }))).toMatchObject({
        code: "HEADERS_TIMEOUT",
      });
    });

    it("of waiting for the rest of an answer throw", async () => {
      const { url, arrived } = await heldServer();
      const t = parts.transport({ timeouts: { bodyIdleMs: 60 } });
      const pending = t.request(url, { method: "GET" });
      (await arrived(0)).write("part");
      expect(await refusal((await pending).body.text())).toMatchObject({
        code: "BODY_TIMEOUT",
        phase: "response",
        sent: true,
      });
    });

    it.each([
      { connectMs: 0 },
      { headersMs: -1 },
      { bodyIdleMs: 1.5 },
      { idleMs: Number.NaN },
      { tcpKeepAliveMs: 2 ** 31 },
      { connectMs: "3100" as unknown as number },
    ])("cannot be %o", (timeouts) => {
      expect(() => parts.transport({ timeouts })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    });

    it.each([0, 1.5, 70_000, Number.NaN])("on connections cannot be %d", (connections) => {
      expect(() => parts.transport({ connections })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    });
  });

  describe("a lost connection", () => {
    it("nodejs/undici#5450: before the answer is typed, and says that the request may have been processed", async () => {
      const { url } = await parts.server({}, (request) => void request.socket.destroy());
      expect(await refusal(parts.transport().request(url, { method: "POST", body: "x" }))).toMatchObject({
        code: "CONNECTION_LOST",
        phase: "request",
        sent: true,
      });
    });

    it("in the middle of an answer is typed too", async () => {
      const { url } = await parts.server({}, (request, response) => {
        response.writeHead(200, { "content-length": "100" });
        response.write("part", () => request.socket.destroy());
      });
      const { body } = await parts.transport().request(url, { method: "GET" });
      expect(await refusal(body.text())).toMatchObject({ code: "CONNECTION_LOST", phase: "response", sent: true });
    });

    it("before TLS is ready sent nothing", async () => {
      const rude = net.createServer((socket) => void socket.destroy()).listen(0, "127.0.0.1");
      await once(rude, "listening");
      const { port } = rude.address() as net.AddressInfo;
      expect(await refusal(parts.transport().request(`https://localhost:${port}`, { method: "GET" }))).toMatchObject({
        code: "CONNECTION_LOST",
        sent: false,
      });
      rude.close();
    });

    it("of a server that answers in another protocol is no valid answer", async () => {
      const { url } = await parts.server({}, (request) => void request.socket.end("SSH-2.0-OpenSSH\r\n"));
      const error = await refusal(parts.transport().request(url, { method: "GET" }));
      expect(error).toMatchObject({ code: "RESPONSE_INVALID", sent: true });
      expect(inspect(error, { depth: 9 })).not.toContain("OpenSSH");
    });

    it("of a name that does not exist is typed by its phase", async () => {
      const t = parts.transport({
        lookup: (name, _options, callback) =>
          callback(Object.assign(new Error(`getaddrinfo ENOTFOUND ${name}`), { code: "ENOTFOUND" }), "", 0),
      });
      expect(await refusal(t.request("https://nowhere.example/", { method: "GET" }))).toMatchObject({
        code: "CONNECTION_LOST",
        phase: "resolve",
        sent: false,
      });
    });
  });

  it("forgets origins without connections", async () => {
    const target = await parts.server();
    const t = parts.transport();
    await (await t.request(target.url, { method: "GET", headers: { connection: "close" } })).body.text();
    while (t.stats().open > 0) await turn();
    expect(await (await t.request(target.url, { method: "GET" })).body.text()).toBe("GET /");
  });

  it("tries the other addresses of a name when one does not answer", async () => {
    const target = await parts.server();
    const t = parts.transport({
      lookup: (_name, options, callback) => {
        if (options.all === true)
          callback(null, [
            { address: "::1", family: 6 },
            { address: "127.0.0.1", family: 4 },
          ]);
        else callback(null, "127.0.0.1", 4);
      },
    });
    expect(await (await t.request(target.url, { method: "GET" })).body.text()).toBe("GET /");
  });
});
