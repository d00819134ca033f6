import { runInNewContext } from "node:vm";
import { createSigner } from "@countersign/signer";
import { Agent, interceptors, request } from "undici";
import * as undici6 from "undici6";
import { describe, expect, it } from "vitest";
import { signingInterceptor } from "../../src/undici.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";
import { manualClock } from "../manual-clock.ts";

const region = "eu-west-1";
const allowedHosts = ["127.0.0.1"];

describe("signingInterceptor", () => {
  it.each([
    ["a record", { "content-type": "application/json", "x-amzn-sagemaker-target-variant": "blue" }],
    ["a flat list", ["content-type", "application/json", "x-amzn-sagemaker-target-variant", "blue"]],
    [
      "pairs",
      new Map([
        ["content-type", "application/json"],
        ["x-amzn-sagemaker-target-variant", "blue"],
      ]),
    ],
  ])("signs what undici sends, headers given as %s", async (_form, headers) => {
    await using server = await localServer();
    const signer = createSigner({ region, credentials });
    const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts }));
    const answer = await request(`${server.origin}/endpoints/e/invocations`, {
      dispatcher,
      method: "POST",
      headers,
      query: { b: "2 3", a: "1" },
      body: '{"inputs":"x"}',
    });
    expect(await answer.body.text()).toBe("ok");
    await expectSigned(nth(server.received, 0));
    expect(nth(server.received, 0).headers["x-amzn-sagemaker-target-variant"]).toBe("blue");
    await dispatcher.close();
  });

  it.each(["k=\\", "k=\\../a/..\\b&k", "k=|^`{}[]'?"])(
    "signs and sends a query as undici writes it: %s",
    async (query) => {
      await using server = await localServer();
      const dispatcher = new Agent().compose(
        signingInterceptor(createSigner({ region, credentials }), { allowedHosts }),
      );
      const answer = await request(`${server.origin}/a?${query}`, { dispatcher });
      expect(await answer.body.text()).toBe("ok");
      await expectSigned(nth(server.received, 0));
      expect(nth(server.received, 0).path).toBe(
        new URL(`${server.origin}/a?${query}`).href.slice(server.origin.length),
      );
      await dispatcher.close();
    },
  );

  const turning = (first: string, later: string) => {
    let reads = 0;
    return { toString: () => (reads++ === 0 ? first : later) };
  };
  it.each([
    ["a name that turns into host, in pairs", () => [[turning("x-a", "host"), "evil.example"]]],
    ["a name that turns into host, in a flat list", () => [turning("x-a", "host"), "evil.example"]],
    ["a name that turns from host, in pairs", () => [[turning("host", "x-a"), "evil.example"]]],
    ["a name of bytes", () => [Buffer.from("Host"), Buffer.from("evil.example")]],
    ["a name of bytes, in pairs", () => [[new TextEncoder().encode("HOST"), ["evil.example"]]]],
  ])("keeps the host, whose name the certificate must have, from %s", (_, headers) => {
    let sent: { readonly headers?: Readonly<Record<string, string>> } = {};
    const signer = createSigner({ region, credentials });
    const dispatch = signingInterceptor(signer, { allowedHosts })((options: object) => {
      sent = options;
      return true;
    });
    const failed: unknown[] = [];
    (dispatch as (options: object, handler: object) => boolean)(
      { origin: "http://127.0.0.1:9", path: "/", method: "GET", headers: headers() },
      { onResponseError: (_controller: unknown, error: unknown) => void failed.push(error) },
    );
    expect(failed).toEqual([]);
    expect(sent.headers).toMatchObject({ authorization: expect.any(String) as string });
    const names = Object.keys(sent.headers ?? {}).filter((name) => name.toLowerCase() === "host");
    expect(names.map((name) => sent.headers?.[name])).not.toContain("evil.example");
  });

  it.each([
    ["a number in an iterable", () => new Set([1])],
    ["bytes", () => new Uint8Array(2)],
    ["a number as iterator", () => ({ [Symbol.iterator]: 1 })],
    ["a value without a prototype", () => ({ a: Object.create(null) as object })],
    ["a name without a prototype", () => [[Object.create(null) as object, "a"]]],
  ])("refuses headers that it cannot read by its own error: %s", (_, headers) => {
    const failed: unknown[] = [];
    const dispatch = signingInterceptor(createSigner({ region, credentials }), { allowedHosts })(() => true);
    (dispatch as (options: object, handler: object) => boolean)(
      { origin: "http://127.0.0.1:9", path: "/", method: "GET", headers: headers() },
      { onResponseError: (_controller: unknown, error: unknown) => void failed.push(error) },
    );
    expect(failed).toMatchObject([{ name: "FetchError", code: "INVALID_REQUEST" }]);
  });

  it("waits for credentials that are not at hand", async () => {
    await using server = await localServer();
    const signer = createSigner({ region, credentials: async () => credentials });
    const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts }));
    const answer = await request(server.origin, { dispatcher, method: "POST", body: Buffer.from("bytes") });
    expect(await answer.body.text()).toBe("ok");
    await expectSigned(nth(server.received, 0));
    await dispatcher.close();
  });

  it("fails the request when credentials cannot be had", async () => {
    const failure = new Error("STS is down");
    const signer = createSigner({ region, credentials: async () => Promise.reject(failure) });
    const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts }));
    await expect(request("http://127.0.0.1:9", { dispatcher })).rejects.toBe(failure);
    await dispatcher.close();
  });

  it("refuses hosts that are not allowed, without opening a connection", async () => {
    await using server = await localServer();
    const dispatcher = new Agent().compose(signingInterceptor(createSigner({ region, credentials })));
    await expect(request(server.origin, { dispatcher })).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    expect(server.received).toEqual([]);
    await dispatcher.close();
  });

  it("keeps a redirect interceptor from carrying the signature to another host", async () => {
    await using foreign = await localServer();
    await using own = await localServer((_request, response) =>
      response.writeHead(307, { location: foreign.origin }).end(),
    );
    const signer = createSigner({ region, credentials });
    const dispatcher = new Agent().compose(
      signingInterceptor(signer, { allowedHosts: [own.host] }),
      interceptors.redirect({ maxRedirections: 3 }),
    );
    const sent = request(own.origin, { dispatcher, method: "POST", body: "the prompt" });
    await expect(sent).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    expect(foreign.received).toEqual([]);
    await dispatcher.close();
  });

  const signing = (host: string) => signingInterceptor(createSigner({ region, credentials }), { allowedHosts: [host] });
  it.each([
    [
      "an interceptor composed before",
      async (url: string, host: string, init: object) => {
        const agent = new Agent().compose(interceptors.redirect({ maxRedirections: 3 }), signing(host));
        return request(url, { ...init, dispatcher: agent });
      },
    ],
    [
      "the Agent of undici 6",
      async (url: string, host: string, init: object) => {
        const agent = new undici6.Agent({ maxRedirections: 3 }).compose(signing(host));
        return undici6.request(url, { ...init, dispatcher: agent });
      },
    ],
    [
      "a request of undici 6",
      async (url: string, host: string, init: object) => {
        const agent = new undici6.Agent().compose(signing(host));
        return undici6.request(url, { ...init, dispatcher: agent, maxRedirections: 3 });
      },
    ],
  ])("lets no redirect that is followed below it deliver anything elsewhere: %s", async (_how, send) => {
    await using foreign = await localServer();
    await using own = await localServer((_request, response) =>
      response.writeHead(307, { location: foreign.origin.replace("127.0.0.1", "localhost") }).end(),
    );
    const { body, statusCode } = await send(own.origin, own.host, { method: "POST", body: "the prompt" });
    await body.dump();
    expect([statusCode, own.received.length, foreign.received.length]).toEqual([307, 1, 0]);
  });

  it("signs each sending of a retry interceptor anew", async () => {
    const clock = manualClock();
    await using server = await localServer((_request, response, count) => {
      clock.advance(5000);
      response.writeHead(count === 1 ? 503 : 200).end("ok");
    });
    const signer = createSigner({ region, credentials, clock });
    const dispatcher = new Agent().compose(
      signingInterceptor(signer, { allowedHosts }),
      interceptors.retry({ minTimeout: 1, maxTimeout: 1 }),
    );
    await (await request(server.origin, { dispatcher, method: "GET" })).body.dump();
    expect(server.received.map(({ headers }) => headers["x-amz-date"])).toEqual([
      "20261123T120000Z",
      "20261123T120005Z",
    ]);
    await dispatcher.close();
  });

  it("makes a signature anew that grew old in the queue (aws-sdk-go#635, posthog#65215)", async () => {
    const clock = manualClock();
    await using server = await localServer((_request, response, count) => {
      // While the first request is answered the second one waits for the only connection.
      if (count === 1) clock.advance(600_000);
      response.end("ok");
    });
    const signer = createSigner({ region, credentials, clock });
    const dispatcher = new Agent({ connections: 1, pipelining: 1 }).compose(
      signingInterceptor(signer, { allowedHosts }),
    );
    const answers = await Promise.all(
      ["/first", "/second"].map((path) =>
        request(`${server.origin}${path}`, { dispatcher, method: "POST", body: "x" }),
      ),
    );
    for (const answer of answers) expect(await answer.body.text()).toBe("ok");
    expect(server.received.map(({ headers }) => headers["x-amz-date"])).toEqual([
      "20261123T120000Z",
      "20261123T121000Z",
    ]);
    for (const received of server.received) await expectSigned(received);
    await dispatcher.close();
  });

  it("refuses a request that does not say where it goes", async () => {
    const dispatch = signingInterceptor(createSigner({ region, credentials }), { allowedHosts })(() => true);
    const failed: unknown[] = [];
    (dispatch as (options: object, handler: object) => boolean)(
      { path: "/", method: "GET" },
      { onResponseError: (_controller: unknown, error: unknown) => void failed.push(error) },
    );
    expect(failed).toMatchObject([{ code: "INVALID_REQUEST" }]);
  });

  it("signs and sends bytes of another realm as they are: a body, a header's name and its value", async () => {
    await using server = await localServer((_request, response) => response.end("ok"));
    const bytes = (text: string): Uint8Array => runInNewContext("Uint8Array.from(bytes)", { bytes: Buffer.from(text) });
    const dispatcher = new Agent().compose(signingInterceptor(createSigner({ region, credentials }), { allowedHosts }));
    const sent = await request(server.origin, {
      dispatcher,
      method: "POST",
      headers: [bytes("x-amz-meta-a"), bytes("b c")] as never,
      body: bytes("the prompt"),
    });
    await sent.body.dump();
    const received = nth(server.received, 0);
    expect(received.headers["x-amz-meta-a"]).toBe("b c");
    expect(String(received.body)).toBe("the prompt");
    await expectSigned(received);
    await dispatcher.close();
  });

  it("refuses bodies whose bytes it does not know", async () => {
    const dispatcher = new Agent().compose(signingInterceptor(createSigner({ region, credentials }), { allowedHosts }));
    const body = (async function* () {
      yield "chunk";
    })();
    const sent = request("http://127.0.0.1:9", { dispatcher, method: "POST", body: body as never });
    await expect(sent).rejects.toMatchObject({ code: "STREAM_NEEDS_PAYLOAD" });
    await dispatcher.close();
  });
});
