import { inspect } from "node:util";
import { createClock, createSigner, signRequest } from "@countersign/signer";
import { Agent, request } from "undici";
import { describe, expect, it } from "vitest";
import { AwsClient } from "../../src/aws4fetch.ts";
import { createSignedFetch, type Fetch } from "../../src/index.ts";
import { vendedCredentials as vendedByParts } from "../../src/parts.ts";
import { createProxyHandler } from "../../src/proxy.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { vendedCredentials } from "../../src/vended.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth } from "../local-server.ts";
import { urlIn } from "../url-in.ts";

const region = "eu-west-1";
const RUNTIME = "runtime.sagemaker.eu-west-1.amazonaws.com";
const PATH = "/endpoints/prod/invocations";

interface Dispatched {
  readonly origin?: unknown;
  readonly path?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly servername?: unknown;
}

interface Starting {
  onRequestStart(controller: { abort(reason: Error): void }, context: object): void;
  onResponseError(controller: object, error: Error): void;
}

/** Dispatches below undici's own API, as other interceptors do. */
function dispatching(options: object, allowedHosts?: readonly string[]) {
  const sent: Dispatched[] = [];
  const errors: unknown[] = [];
  const dispatch = signingInterceptor(createSigner({ region, credentials }), { allowedHosts })(((given: Dispatched) => {
    sent.push(given);
    return true;
  }) as never) as unknown as (options: object, handler: object) => boolean;
  dispatch(
    { method: "POST", body: "{}", ...options },
    { onRequestStart() {}, onResponseError: (_controller: unknown, error: unknown) => void errors.push(error) },
  );
  return { sent, code: (errors[0] as { code?: string } | undefined)?.code };
}

describe("kind: what is checked is what is sent: the interceptor judges, signs and dispatches one URL", () => {
  it.each([
    ["a path with a host", { origin: "https://evil.test", path: `//${RUNTIME}${PATH}` }, "HOST_NOT_ALLOWED"],
    ["a path with user info", { origin: "https://evil.test", path: `@${RUNTIME}${PATH}` }, "INVALID_REQUEST"],
    [
      "a path that is a whole URL",
      { origin: "https://evil.test", path: `https://${RUNTIME}${PATH}` },
      "INVALID_REQUEST",
    ],
    ["backslashes", { origin: "https://evil.test", path: `\\\\${RUNTIME}${PATH}` }, "INVALID_REQUEST"],
    ["a slash and a backslash", { origin: "https://evil.test", path: `/\\${RUNTIME}${PATH}` }, "INVALID_REQUEST"],
    ["a tab between slashes", { origin: "https://evil.test", path: `/\t/${RUNTIME}${PATH}` }, "INVALID_REQUEST"],
    ["a line break", { origin: `https://${RUNTIME}`, path: `/a\n/b` }, "INVALID_REQUEST"],
    ["a fragment", { origin: `https://${RUNTIME}`, path: `${PATH}#@evil.test/` }, "INVALID_REQUEST"],
    ["a path without a slash", { origin: `https://${RUNTIME}`, path: ".evil.test/" }, "INVALID_REQUEST"],
    ["a path that extends the port", { origin: `https://${RUNTIME}:4`, path: "43/x" }, "INVALID_REQUEST"],
    ["no path", { origin: `https://${RUNTIME}` }, "INVALID_REQUEST"],
    ["an origin with user info", { origin: `https://${RUNTIME}@evil.test`, path: PATH }, "INVALID_REQUEST"],
    ["an origin with a path", { origin: `https://${RUNTIME}/x`, path: PATH }, "INVALID_REQUEST"],
    ["an origin with a query", { origin: `https://${RUNTIME}?x`, path: PATH }, "INVALID_REQUEST"],
    ["an origin of another scheme", { origin: `ftp://${RUNTIME}`, path: PATH }, "INVALID_REQUEST"],
    ["no origin", { path: PATH }, "INVALID_REQUEST"],
    [
      "an object as origin",
      { origin: { toString: (): string => `https://${RUNTIME}` }, path: PATH },
      "INVALID_REQUEST",
    ],
    ["parts as origin", { origin: { protocol: "https:", hostname: RUNTIME }, path: PATH }, "INVALID_REQUEST"],
    ["a query that is text", { origin: `https://${RUNTIME}`, path: PATH, query: "a=b" }, "INVALID_REQUEST"],
  ])("%s", (_what, options, code) => {
    expect(dispatching(options)).toEqual({ sent: [], code });
  });

  it("a host header and a servername of the caller decide nothing", () => {
    const { sent } = dispatching({
      origin: `https://${RUNTIME}`,
      path: PATH,
      headers: { Host: "evil.test", "x-custom": "1" },
      servername: "evil.test",
    });
    expect(sent).toHaveLength(1);
    expect(nth(sent, 0)).toMatchObject({ origin: `https://${RUNTIME}`, path: PATH });
    expect(nth(sent, 0).servername).toBeUndefined();
    expect(Object.keys(nth(sent, 0).headers ?? {})).not.toContain("host");
  });

  it("an origin that changes while credentials are awaited is not followed", async () => {
    const sent: Dispatched[] = [];
    const signer = createSigner({ region, credentials: async () => credentials });
    const dispatch = signingInterceptor(signer)(((given: Dispatched) => {
      sent.push(given);
      return true;
    }) as never) as unknown as (options: object, handler: object) => boolean;
    const origin = new URL(`https://${RUNTIME}`);
    const options = { origin: `https://${RUNTIME}`, path: PATH, method: "POST", body: "{}" };
    const byUrl = { ...options, origin };
    for (const given of [options, byUrl]) dispatch(given, { onRequestStart() {}, onResponseError() {} });
    origin.host = "evil.test";
    Object.assign(options, { origin: "https://evil.test", path: "/other", method: "DELETE", body: "other" });
    await expect.poll(() => sent.length).toBe(2);
    for (const one of sent)
      expect(one).toMatchObject({ origin: `https://${RUNTIME}`, path: PATH, method: "POST", body: "{}" });
  });

  it("headers that an iterator gives once are sent by a later attempt, too", async () => {
    const sent: Dispatched[] = [];
    let now = Date.now();
    const clock = { ...createClock(), now: () => now };
    const interceptor = signingInterceptor(createSigner({ region, credentials, clock }), { maxSignatureAgeMs: 1 });
    const dispatch = interceptor(((given: Dispatched, handler: Starting) => {
      sent.push(given);
      now += sent.length === 1 ? 60_000 : 0;
      handler.onRequestStart({ abort: (reason) => handler.onResponseError({}, reason) }, {});
      return true;
    }) as never) as unknown as (options: object, handler: object) => boolean;
    const headers = new Map([["x-amzn-sagemaker-target-variant", "a"]]).entries();
    dispatch(
      { origin: `https://${RUNTIME}`, path: PATH, method: "POST", body: "{}", headers },
      { onRequestStart() {}, onResponseError() {} },
    );
    expect(sent.map((one) => one.headers?.["x-amzn-sagemaker-target-variant"])).toEqual(["a", "a"]);
  });

  it("the query option is signed as it is sent, next to one in the path", async () => {
    await using server = await localServer();
    const signer = createSigner({ region, credentials });
    const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] }));
    const query = { a: "1 2+3", list: ["x", "y"], flag: true, none: null };
    await (await request(`${server.origin}/p`, { dispatcher, query: query as never })).body.dump();
    expect(nth(server.received, 0).path).toBe("/p?a=1%202%2B3&list=x&list=y&flag=true&none=");
    await expectSigned(nth(server.received, 0));
    await dispatcher.close();
  });
});

describe("kind: what is checked is what is sent: a host is recognised as a whole", () => {
  it.each([
    "https://vpce-a-b.runtime.sagemaker.eu-west-1.amazonaws.vpce.com/x",
    "https://vpce-a-b.runtime.sagemaker.vpce.eu-west-1.amazonaws.com/x",
    "https://runtime.sagemaker.eu-west-1.vpce.amazonaws.com/x",
    "https://vpce-a-b.runtime.sagemaker.eu-west-1.vpce.evil.amazonaws.com/x",
    "https://vpce-a-b.runtime.sagemaker.eu-west-1.xvpce.amazonaws.com/x",
    "https://vpce-a-b-us-east-1a.runtime.sagemaker.eu-west-1.vpce.amazonaws.com/x",
    "https://evil.vpce-a-b.runtime.sagemaker.eu-west-1.vpce.amazonaws.com/x",
    "https://runtime.sagemaker.eu-west-1.amazonaws.com.vpce.evil.test/x",
    "https://runtime.sagemaker.eu-west-1.amazonaws.com.evil.test/x",
    "https://evil-runtime.sagemaker.eu-west-1.amazonaws.com/x",
    "https://runtime.sagemaker.eu-west-1.dualstack.amazonaws.com/x",
    "https://runtime-fips-fips.sagemaker.eu-west-1.amazonaws.com/x",
  ])("%s is not allowed", async (url) => {
    const sent: unknown[] = [];
    const fetch: Fetch = async (...call) => (sent.push(call), new Response());
    const signed = createSignedFetch({ region, credentials, fetch });
    await expect(signed(url, { method: "POST", body: "{}" })).rejects.toMatchObject({ code: "HOST_NOT_ALLOWED" });
    expect(sent).toEqual([]);
  });

  it("a rule that changes the URL it judges changes nothing", async () => {
    const fetch: Fetch = async (input) => new Response(urlIn(input));
    const rule = (url: URL): boolean => {
      url.hostname = "evil.test";
      return true;
    };
    const signed = createSignedFetch({ region, service: "sagemaker", credentials, fetch, allowedHosts: [rule] });
    expect(await (await signed("https://allowed.test/x")).text()).toBe("https://allowed.test/x");
  });

  it("an address that changes between two readings is read once", async () => {
    let reads = 0;
    const input = { toString: (): string => (reads++ === 0 ? `https://${RUNTIME}${PATH}` : "https://evil.test/") };
    const fetch: Fetch = async (sent) => new Response(urlIn(sent));
    const signed = createSignedFetch({ region, credentials, fetch });
    expect(await (await signed(input as never, { method: "POST" })).text()).toBe(`https://${RUNTIME}${PATH}`);
    expect(reads).toBe(1);
  });
});

describe("kind: what is checked is what is sent: the method and the body that are signed are those that are sent", () => {
  const url = `https://${RUNTIME}${PATH}`;

  it.each([
    ["patch in init", url, { method: "patch" }],
    ["patch in a Request", new Request(url, { method: "patch" }), undefined],
    ["a method of its own", url, { method: "propFind" }],
  ] as const)("%s", async (_what, input, init) => {
    const sent: Request[] = [];
    const fetch: Fetch = async (given, with_) => {
      sent.push(new Request(given, with_));
      return new Response();
    };
    await createSignedFetch({ region, credentials, fetch })(input, init);
    const aws = await new AwsClient(credentials).sign(input, init);
    expect(aws.method).toBe(nth(sent, 0).method);
    const { method, headers } = nth(sent, 0);
    const received = { ...Object.fromEntries(headers), host: RUNTIME };
    await expectSigned({ method, path: PATH, headers: received, body: Buffer.alloc(0) });
    expect(method).toMatch(/^[A-Z]+$/);
  });

  it.each([
    ["a Uint8Array", (bytes: Uint8Array<ArrayBuffer>) => bytes],
    ["an ArrayBuffer", (bytes: Uint8Array<ArrayBuffer>) => bytes.buffer],
    ["a DataView", (bytes: Uint8Array<ArrayBuffer>) => new DataView(bytes.buffer)],
  ])("%s that was transferred is refused, and nothing is sent", async (_what, of) => {
    const bytes = new Uint8Array(4);
    const body = of(bytes);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    let calls = 0;
    const fetch: Fetch = async () => new Response(String(calls++));
    const signed = createSignedFetch({ region, credentials, fetch });
    await expect(signed(url, { method: "POST", body })).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(calls).toBe(0);
  });
});

describe("kind: what is checked is what is sent: AwsClient signs for the host that it sends to", () => {
  it.each([false, true])("and for no host of a header; in the query: %s", async (signQuery) => {
    const url = "https://evil.test/x";
    const aws = { region, service: "sagemaker", signQuery, datetime: "20260101T120000Z" };
    const plain = await new AwsClient(credentials).sign(url, { aws });
    const signed = await new AwsClient(credentials).sign(url, { headers: { Host: RUNTIME }, aws });
    expect(signed.url).toBe(plain.url);
    expect([...signed.headers]).toEqual([...plain.headers]);
  });

  it.each([undefined, "follow", "manual", "error"] as const)(
    "and a Location leads the signed headers nowhere: redirect %s",
    async (redirect) => {
      await using foreign = await localServer();
      await using own = await localServer((_request, response) =>
        response.writeHead(307, { location: foreign.origin.replace("127.0.0.1", "localhost") }).end(),
      );
      const client = new AwsClient({ ...credentials, region, service: "sagemaker" });
      const init = { method: "POST", body: "the prompt", ...(redirect && { redirect }) };
      for (const request of [await client.sign(own.origin, init), await client.sign(new Request(own.origin, init))]) {
        await fetch(request).catch(() => undefined);
      }
      expect([own.received.length, foreign.received.length]).toEqual([2, 0]);
    },
  );
});

it("kind: options are own properties: a polluted Object.prototype shows no secret in logs", async () => {
  const key = { accessKeyId: "ASIA1", secretAccessKey: "the-secret", sessionToken: "the-token" };
  const fetch: Fetch = async () => Response.json({ ...key, expiration: new Date(Date.now() + 900_000) });
  const grant = { url: "https://broker.example.com", grant: "chat", getToken: () => "token", fetch };
  Reflect.defineProperty(Object.prototype, "enumerable", { value: true, configurable: true });
  try {
    const signature = signRequest(
      { url: "https://sts.eu-west-1.amazonaws.com/" },
      { region, service: "sts", date: new Date(), credentials: key },
    );
    for (const shown of [
      await vendedCredentials(grant)(),
      await vendedByParts(grant)(),
      new AwsClient(key),
      signature,
    ]) {
      expect(inspect(shown) + JSON.stringify(shown)).not.toMatch(/the-(?:secret|token)/u);
    }
  } finally {
    Reflect.deleteProperty(Object.prototype, "enumerable");
  }
});

describe("kind: options are own properties: a polluted Object.prototype leads nothing elsewhere", () => {
  const evil = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/evil/invocations";
  it.each([
    ["redirect", { redirect: "follow" }],
    ["method", { method: "DELETE" }],
    ["body", { body: "evil" }],
    ["headers", { headers: { "x-evil": "1" } }],
    ["what makes a Request of text", { url: evil, arrayBuffer: "any" }],
  ])("with %s", async (_what, members: Readonly<Record<string, unknown>>) => {
    await using foreign = await localServer();
    await using own = await localServer((_request, response) =>
      response.writeHead(307, { location: foreign.origin.replace("127.0.0.1", "localhost") }).end(),
    );
    const scope = { region, service: "sagemaker" };
    const aws = new AwsClient({ ...credentials, ...scope });
    const signed = createSignedFetch({ ...scope, credentials, allowedHosts: [own.host] });
    const init = { __proto__: null, method: "POST", body: "the prompt" };
    for (const [name, value] of Object.entries(members)) {
      Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: true });
    }
    let outcomes: readonly PromiseSettledResult<Response>[];
    try {
      outcomes = await Promise.allSettled([aws.fetch(own.origin, init), signed(own.origin, init)]);
    } finally {
      for (const name of Object.keys(members)) Reflect.deleteProperty(Object.prototype, name);
    }
    expect(outcomes).toMatchObject([
      { reason: { code: "REDIRECT_REFUSED" } },
      { reason: { code: "REDIRECT_REFUSED" } },
    ]);
    expect(foreign.received).toEqual([]);
    expect(own.received.map(({ method, path, body }) => `${method} ${path} ${body.toString()}`)).toEqual([
      "POST / the prompt",
      "POST / the prompt",
    ]);
    for (const received of own.received) await expectSigned(received);
  });

  it.each([
    ["a path", "/endpoints/evil/invocations", {}],
    ["a method", "/endpoints/a/invocations", { method: "PUT" }],
    ["a target", "/endpoints/a/invocations", { headers: { "x-amz-target": "SageMaker.DeleteModel" } }],
  ])("the proxy passes on %s of its list only, also with toJSON", async (_what, path, init) => {
    const sent: unknown[] = [];
    const fetch: Fetch = async (...call) => (sent.push(call), new Response("{}"));
    const allow = [{ path: "/endpoints/a/invocations" }];
    const options = { region, credentials, upstream: `https://${RUNTIME}`, hosts: ["app.example.com"], allow, fetch };
    const call = new Request(`https://app.example.com${path}`, { method: "POST", ...init });
    let status: number | undefined;
    try {
      Reflect.defineProperty(Object.prototype, "toJSON", { value: () => "one", configurable: true, writable: true });
      status = (await createProxyHandler(options)(call)).status;
    } finally {
      Reflect.deleteProperty(Object.prototype, "toJSON");
    }
    expect([status, sent]).toEqual([404, []]);
  });
});

describe("a Request that shows other than it holds", () => {
  class Hiding extends Request {
    override get body(): null {
      return null;
    }
  }

  it("is signed with the body that is sent", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({ region, service: "sagemaker", credentials, allowedHosts: [server.host] });
    await signed(new Hiding(server.origin, { method: "POST", body: "held" }));
    const hiding = Object.defineProperty(new Request(server.origin, { method: "PUT", body: "held" }), "body", {
      value: null,
    });
    await signed(hiding);
    for (const received of server.received) await expectSigned(received);
    expect(server.received.map(({ body }) => body.toString())).toEqual(["held", "held"]);
  });

  it.each([
    [
      "a Request without a stream",
      { url: `https://${RUNTIME}/`, arrayBuffer() {}, method: "POST", headers: [], body: 5 },
      {},
    ],
    [
      "a revoked Proxy as body",
      `https://${RUNTIME}/`,
      {
        method: "POST",
        get body() {
          const { proxy, revoke } = Proxy.revocable({}, {});
          revoke();
          return proxy;
        },
      },
    ],
    [
      "an object with the tag of a form",
      `https://${RUNTIME}/`,
      { method: "POST", body: { [Symbol.toStringTag]: "FormData" } },
    ],
  ])("is refused by name: %s", async (_what, input, init) => {
    const signed = createSignedFetch({ region, credentials, fetch: async () => new Response() });
    await expect(signed(input as never, init as never)).rejects.toMatchObject({ name: "FetchError" });
  });
});

describe("kind: what is checked is what is sent: the query is never rewritten", () => {
  const QUERY =
    "response-content-disposition=attachment%3B%20filename%3D%22a%2Bb.txt%22&x=%2F~&empty=&flag&&=v&x=a%20b";
  const url = `https://bucket.s3.eu-west-1.amazonaws.com/key?${QUERY}`;

  it.each([
    ["as it is", url, QUERY],
    ["with an expiry behind", `${url}&X-Amz-Expires=600`, QUERY],
    ["with an expiry before", `https://bucket.s3.eu-west-1.amazonaws.com/key?X-Amz-Expires=600&${QUERY}`, QUERY],
    ["with nothing but an expiry", "https://bucket.s3.eu-west-1.amazonaws.com/key?X-Amz-Expires=600", ""],
  ])("AwsClient presigns it %s", async (_what, given, query) => {
    const signed = await new AwsClient(credentials).sign(given, { aws: { signQuery: true } });
    const [, sent = ""] = signed.url.split("?");
    expect(sent.startsWith(query === "" ? "X-Amz-Algorithm" : `${query}&X-Amz-`)).toBe(true);
    expect(sent.match(/X-Amz-Expires=\d+/gu)).toEqual([given === url ? "X-Amz-Expires=86400" : "X-Amz-Expires=600"]);
  });

  it("AwsClient signs it in headers, and createSignedFetch sends it, as it is", async () => {
    expect((await new AwsClient(credentials).sign(url)).url).toBe(url);
    const fetch: Fetch = async (input) => new Response(urlIn(input));
    const signed = createSignedFetch({ region, service: "s3", credentials, fetch });
    expect(await (await signed(url)).text()).toBe(url);
    expect(await (await signed(new Request(url))).text()).toBe(url);
  });
});

describe("kind: what is checked is what is sent: an S3 key with dot segments is refused, never another object", () => {
  const origin = "https://bucket.s3.eu-west-1.amazonaws.com";
  const paths = [
    "/a/../c",
    "/a/./c",
    "/..",
    "/a/%2e%2E/c",
    "/a/.%2e/c",
    "/a\\..\\c",
    "/a/..?x=1",
    "/a/.\t./c",
    "/a/.. ",
    "/a/%2e\0 \t",
  ];

  it.each(paths)("%s through fetch, its middleware, and AwsClient", async (path) => {
    const sent: unknown[] = [];
    const fetch: Fetch = async (...call) => (sent.push(call), new Response());
    const options = { region, service: "s3", credentials, fetch };
    const refused = { code: "INVALID_REQUEST" };
    await expect(createSignedFetch(options)(`${origin}${path}`)).rejects.toMatchObject(refused);
    const passing = createSignedFetch({ ...options, middleware: [(next) => (input, init) => next(input, init)] });
    await expect(passing(`${origin}${path}`)).rejects.toMatchObject(refused);
    const aws = new AwsClient(credentials);
    await expect(aws.sign(`${origin}${path}`)).rejects.toMatchObject(refused);
    await expect(aws.sign(`${origin}${path}`, { aws: { signQuery: true } })).rejects.toMatchObject(refused);
    expect(sent).toEqual([]);
  });

  it.each(paths.filter((path) => !/[\\\t]/u.test(path)))("%s through the interceptor", (path) => {
    const dispatched: unknown[] = [];
    const errors: unknown[] = [];
    const dispatch = signingInterceptor(createSigner({ region, service: "s3", credentials }))(((given: object) => {
      dispatched.push(given);
      return true;
    }) as never) as unknown as (options: object, handler: object) => boolean;
    dispatch({ origin, path, method: "GET" }, { onResponseError: (_: unknown, error: unknown) => errors.push(error) });
    expect([dispatched, errors]).toMatchObject([[], [{ code: "INVALID_REQUEST" }]]);
  });

  it.each([" ", "\0"])("a key with many of %j is read in linear time", async (char) => {
    const sent: unknown[] = [];
    const fetch: Fetch = async (...call) => (sent.push(call), new Response());
    const signed = createSignedFetch({ region, service: "s3", credentials, fetch });
    const { user } = process.cpuUsage();
    await signed(`${origin}/${char.repeat(50_000)}a`);
    await expect(signed(`${origin}/a/..${char.repeat(50_000)}`)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(sent).toHaveLength(1);
    expect((process.cpuUsage().user - user) / 1000).toBeLessThan(1000);
  });

  it("a key with dots inside its segments is sent as it is", async () => {
    const fetch: Fetch = async (input) => new Response(urlIn(input));
    const signed = createSignedFetch({ region, service: "s3", credentials, fetch });
    for (const path of ["/a/...", "/a/..b", "/.hidden", "/a?prefix=../x", "/a..%2fb"]) {
      expect(await (await signed(`${origin}${path}`)).text()).toBe(`${origin}${path}`);
    }
  });

  it("elsewhere fetch's own path is signed and sent", async () => {
    await using server = await localServer();
    const signed = createSignedFetch({ region, service: "sagemaker", credentials, allowedHosts: ["127.0.0.1"] });
    await signed(`${server.origin}/a/../c`);
    expect(nth(server.received, 0).path).toBe("/c");
    await expectSigned(nth(server.received, 0));
  });
});
