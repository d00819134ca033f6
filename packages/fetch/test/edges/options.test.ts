import { createClock, createSigner } from "@countersign/signer";
import { Agent, request } from "undici";
import { describe, expect, it } from "vitest";
import { createAttempts } from "../../src/attempts.ts";
import { AwsClient } from "../../src/aws4fetch.ts";
import {
  clockSkew,
  compose,
  createHostGate,
  createSignedFetch,
  type Fetch,
  resigningRedirects,
  retry,
  signing,
} from "../../src/index.ts";
import { createProxyHandler } from "../../src/proxy.ts";
import { signingInterceptor } from "../../src/undici.ts";
import { vendedCredentials } from "../../src/vended.ts";
import { credentials } from "../expect-signed.ts";
import { urlIn } from "../url-in.ts";
import { localServer, nth } from "../local-server.ts";

const region = "eu-west-1";
const clock = createClock();
const signer = createSigner({ region, credentials });
const URL_ = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";
const proxy = {
  region,
  credentials,
  upstream: "https://runtime.sagemaker.eu-west-1.amazonaws.com",
  hosts: ["app.example.com"],
  allow: [{ path: "/endpoints/chat/invocations" }],
};
const vended = { url: "https://broker.example.com", grant: "chat", getToken: () => "token" };

/** Each public factory, called with anything. */
const factories: Readonly<Record<string, (given?: unknown) => unknown>> = {
  createSignedFetch: (given) => createSignedFetch(given as never),
  createProxyHandler: (given) => createProxyHandler(given as never),
  vendedCredentials: (given) => vendedCredentials(given as never),
  createAttempts: (given) => createAttempts(given as never),
  resigningRedirects: (given) => resigningRedirects(given as never),
  signing: (given) => signing(given as never),
  signingInterceptor: (given) => signingInterceptor(given as never),
  clockSkew: (given) => clockSkew(given as never),
  compose: (given) => compose(given as never),
};
const invalid = (message: RegExp) =>
  expect.objectContaining({
    name: "FetchError",
    code: "INVALID_OPTION",
    message: expect.stringMatching(message) as string,
  });

describe.each(Object.entries(factories))("%s", (_name, make) => {
  it.each([[undefined], [null], ["text"], [5], [[]], [{}], [Object.create({ clock, ...proxy, ...vended }) as unknown]])(
    "refuses %o by its typed error",
    (given) => {
      expect(() => make(given)).toThrow(invalid(/^[a-z[\]\d., ]+: must be /iu));
    },
  );
});

describe("kind: options are checked by name and shape: a misspelt option is refused with the nearest name", () => {
  it.each<readonly [string, () => unknown, RegExp]>([
    [
      "createSignedFetch",
      () => createSignedFetch({ credentials, allowedHost: [] } as never),
      /allowedHost: .*allowedHosts/u,
    ],
    [
      "retry in it",
      () => createSignedFetch({ credentials, retry: { attemps: 5 } } as never),
      /retry\.attemps: .*attempts/u,
    ],
    [
      "createProxyHandler",
      () => createProxyHandler({ ...proxy, authorise: () => false } as never),
      /authorise: .*authorize/u,
    ],
    [
      "a rule in it",
      () => createProxyHandler({ ...proxy, allow: [{ path: "/", traget: "x" }] } as never),
      /allow\[0\]\.traget: .*target/u,
    ],
    [
      "vendedCredentials",
      () => vendedCredentials({ ...vended, getTokens: () => "" } as never),
      /getTokens: .*getToken/u,
    ],
    ["createAttempts", () => createAttempts({ clock, retires: {} } as never), /retires: .*retry/u],
    ["retry", () => retry({ maxDelay: 5 } as never), /maxDelay: .*maxDelayMs/u],
    ["signing", () => signing(signer, { gates: () => undefined } as never), /gates: .*gate/u],
    ["resigningRedirects", () => resigningRedirects({ clock, gated: () => undefined } as never), /gated: .*gate/u],
    [
      "signingInterceptor",
      () => signingInterceptor(signer, { allowedHost: [] } as never),
      /allowedHost: .*allowedHosts/u,
    ],
    ["createHostGate", () => createHostGate(undefined, { regoin: region } as never), /scope\.regoin: .*region/u],
    ["AwsClient", () => new AwsClient({ ...credentials, retires: 5 } as never), /retires: .*retries/u],
  ])("%s", (_what, make, message) => {
    expect(make).toThrow(invalid(message));
  });

  it("in AwsClient's options of one call", async () => {
    const aws = new AwsClient(credentials);
    const sent = aws.sign("https://lambda.us-east-1.amazonaws.com/", { aws: { signquery: true } as never });
    await expect(sent).rejects.toEqual(invalid(/aws\.signquery: .*signQuery/u));
  });
});

describe("kind: options are checked by name and shape: a wrong shape is refused", () => {
  it.each<readonly [string, () => unknown, RegExp]>([
    [
      "signer and credentials",
      () => createSignedFetch({ signer, credentials } as never),
      /^credentials: must be left out/u,
    ],
    ["signer and region", () => createSignedFetch({ signer, region } as never), /^region: must be left out/u],
    ["a signer of another library", () => createSignedFetch({ signer: {} } as never), /^signer: must be made by/u],
    [
      "a clock that only tells the time",
      () => createSignedFetch({ credentials, clock: { now: Date.now } } as never),
      /^clock: /u,
    ],
    ...["eu-west-1/x", "eu-west-1#.evil.test", "eu-west-1\n", "", " "].flatMap((bad) => [
      [
        `the region ${JSON.stringify(bad)}`,
        () => createSignedFetch({ region: bad, credentials }),
        /^region: must be a name/u,
      ] as const,
      [
        `the service ${JSON.stringify(bad)}`,
        () => createSignedFetch({ region, service: bad, credentials }),
        /^service: must be a name/u,
      ] as const,
      [
        `a gate's region ${JSON.stringify(bad)}`,
        () => createHostGate(undefined, { region: bad }),
        /^scope\.region: must be a name/u,
      ] as const,
      [
        `a proxy's region ${JSON.stringify(bad)}`,
        () => createProxyHandler({ ...proxy, region: bad }),
        /^region: must be a name/u,
      ] as const,
    ]),
    ["attempts below one", () => retry({ attempts: 0 }), /^attempts: must be a number from 1/u],
    ["a wait of NaN", () => retry({ baseMs: Number.NaN }), /^baseMs: must be a number from 0/u],
    [
      "a provider without memory",
      () => retry({ credentials: (async () => credentials) as never }),
      /^credentials: must be/u,
    ],
    ["no host of its own", () => createProxyHandler({ ...proxy, hosts: [] }), /^hosts: must name/u],
    [
      "a URL as host of its own",
      () => createProxyHandler({ ...proxy, hosts: ["https://a.test"] }),
      /^hosts\[0\]: must be/u,
    ],
    [
      "cookies among the headers",
      () => createProxyHandler({ ...proxy, headers: ["cookie"] }),
      /^headers\[0\]: must be/u,
    ],
    [
      "a token among the headers",
      () => createProxyHandler({ ...proxy, headers: ["x-amz-security-token"] }),
      /^headers\[0\]/u,
    ],
    ["a header in capitals", () => createProxyHandler({ ...proxy, headers: ["Accept"] }), /^headers\[0\]: must be/u],
    ["a limit in text", () => createProxyHandler({ ...proxy, maxBodyBytes: "1" as never }), /^maxBodyBytes: must be/u],
    ["an age of nothing", () => signingInterceptor(signer, { maxSignatureAgeMs: 0 }), /^maxSignatureAgeMs: must be/u],
    ["retries in text", () => new AwsClient({ ...credentials, retries: "many" as never }), /^retries: must be/u],
  ])("%s", (_what, make, message) => {
    expect(make).toThrow(invalid(message));
  });

  it.each([
    ["init in text", "POST", /^init: must be/u],
    ["a signal of another kind", { signal: {} }, /^signal: must be an AbortSignal/u],
    ["a redirect mode that does not exist", { redirect: "manuel" }, /^redirect: must be/u],
    ["a number as headers", { headers: 5 }, /^headers: must be/u],
  ])("in a call: %s", async (_what, init, message) => {
    const signed = createSignedFetch({ region, credentials, fetch: async () => new Response() });
    await expect(signed(URL_, init as never)).rejects.toMatchObject({
      name: "FetchError",
      code: "INVALID_REQUEST",
      message: expect.stringMatching(message) as string,
    });
  });
});

/** Names of options, of fields of calls, and of what passes between the parts. */
const NAMES =
  `accessKeyId allHeaders allow allowedHosts appendSessionToken attempts authorize aws baseMs body budget cache clock
  code confirmed credentials datetime dispatcher duplex endpoint error expiration expiresIn fetch forceRefresh gate
  getToken grant headers host hosts initRetryMs integrity keepalive maxBodyBytes maxBufferBytes maxDelayMs
  maxSignatureAgeMs maxSkewMs method middleware minTtlMs mode onEvent origin path payload prefix priority provider proxy
  query random redirect referrer referrerPolicy region retries retry secretAccessKey sentAt servername service
  sessionToken settings sha256 signQuery signal signedAt signer singleEncode target throttleBaseMs token upstream url
  window`.split(/\s+/u);

async function polluted<Result>(name: string, value: unknown, use: () => Promise<Result>): Promise<Result> {
  // oxlint-disable-next-line no-extend-native -- the attack itself
  Object.defineProperty(Object.prototype, name, { value, configurable: true, writable: true, enumerable: false });
  try {
    return await use();
  } finally {
    // oxlint-disable-next-line typescript/no-dynamic-delete -- what was added is taken away again
    delete (Object.prototype as unknown as Record<string, unknown>)[name];
  }
}

interface Sent {
  readonly url: string;
  readonly init: Readonly<Record<string, unknown>>;
}

const fixed = createClock({ wall: () => Date.UTC(2026, 10, 23), monotonic: () => 0 });

/** Inherits nothing: what the test itself hands to the platform must not be polluted. */
const bare = <Fields extends object>(fields: Fields): Fields => Object.assign(Object.create(null) as Fields, fields);
const response = (body: string): Response => new Response(body, bare<ResponseInit>({ headers: [] }));

/** What each run uses up, made before anything is polluted. */
const before = () => ({
  page: new Request("https://app.example.com/endpoints/chat/invocations", { method: "POST", body: "{}" }),
  owner: createSigner({ region, credentials: bare(credentials), clock: fixed }),
});

/** What each door sends; a `fetch` that writes down its arguments stands for the network. */
async function sendThroughAll({ page, owner }: ReturnType<typeof before>): Promise<readonly Sent[]> {
  const sent: Sent[] = [];
  const fetch: Fetch = async (input, init) => {
    const own = bare<Record<string, unknown>>({ ...init });
    const names = Array.from((own["headers"] as Headers).keys()).filter((name) => name !== "authorization");
    const { method, body, mode, redirect, duplex } = own;
    sent.push({
      url: urlIn(input),
      init: { method, body: String(body), mode, redirect, duplex, names },
    });
    return response("ok");
  };
  const provider = async (): Promise<typeof credentials> => bare(credentials);
  const signed = createSignedFetch({ region, credentials: provider, fetch, clock: fixed });
  await signed(URL_, { method: "POST", body: "{}" });
  await signed(URL_);
  await createSignedFetch({ signer: owner, fetch })(URL_, { method: "POST" });
  const answer = await createProxyHandler({ ...proxy, credentials: provider, fetch, clock: fixed })(page);
  sent.push({ url: String(answer.status), init: {} });
  const grant = vendedCredentials({
    ...vended,
    clock: fixed,
    fetch: async (input, init) => {
      const { method, body } = bare<RequestInit>({ ...init });
      sent.push({ url: urlIn(input), init: { method, body } });
      const expiration = new Date(Date.UTC(2026, 10, 24)).toISOString();
      return response(JSON.stringify({ accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", expiration }));
    },
  });
  sent.push({ url: (await grant()).accessKeyId, init: {} });
  return sent;
}

describe("kind: options are own properties: Object.prototype with the name of an option or a field changes nothing", () => {
  it("whatever its value", async () => {
    const clean = await sendThroughAll(before());
    const values: readonly unknown[] = [
      "no-cors",
      "https://evil.test",
      true,
      1,
      () => true,
      { attempts: 9, sha256: "0" },
    ];
    const failures: string[] = [];
    for (const name of NAMES) {
      for (const value of values) {
        const made = before();
        const outcome = await polluted(name, value, () => sendThroughAll(made)).catch((error: unknown) => error);
        try {
          expect(outcome).toEqual(clean);
        } catch (error) {
          failures.push(`${name} = ${String(value)}: ${String(outcome).slice(0, 160)}`);
          void error;
        }
      }
    }
    expect(failures).toEqual([]);
  });

  it("of the interceptor either", async () => {
    await using server = await localServer();
    const dispatcher = new Agent().compose(signingInterceptor(signer, { allowedHosts: ["127.0.0.1"] }));
    for (const name of ["query", "servername", "allowedHosts", "maxSignatureAgeMs"]) {
      const answer = await polluted(name, "evil.test", () =>
        request(`${server.origin}/p`, { dispatcher, method: "POST", body: "{}" }),
      );
      await answer.body.dump();
    }
    expect(server.received.map(({ path }) => path)).toEqual(["/p", "/p", "/p", "/p"]);
    expect(nth(server.received, 0).headers["host"]).toBe(server.host);
    await dispatcher.close();
  });
});
