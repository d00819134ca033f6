import https from "node:https";
import type { LookupFunction } from "node:net";
import { describe, expect, it } from "vitest";
import { type Transport, TransportError, createTransport, serverTlsOptions } from "../../src/index.ts";
import { refusal, sendBy, useParts, ways } from "../parts.ts";

const parts = useParts();

const sdkRequest = { protocol: "https:", hostname: "localhost", method: "GET", path: "/", headers: {} };

/** The code of a door's error, whether it throws or rejects; `raw …` for an error without a type. */
async function outcome(door: () => unknown): Promise<string> {
  const error: unknown = await Promise.resolve()
    .then(door)
    .then(
      () => "accepted",
      (thrown: unknown) => thrown,
    );
  // fetch has the error as a cause.
  for (let current = error; current instanceof Error; current = current.cause) {
    if (current instanceof TransportError) return `${current.code} ${current.message}`;
  }
  return `raw ${String(error)}`;
}

type Door = (t: Transport) => unknown;
const loose = (value: unknown): never => value as never;

const doors: Readonly<Record<string, readonly [expected: string, door: Door]>> = {
  "createTransport(null)": ["INVALID_OPTION options: must be an object", () => createTransport(loose(null))],
  "createTransport, misspelt": [
    "INVALID_OPTION conections: is not an option; did you mean connections?",
    () => createTransport(loose({ conections: 1 })),
  ],
  "serverTlsOptions, unknown name": ['INVALID_OPTION tls: must be "default"', () => serverTlsOptions(loose("x"))],
  "serverTlsOptions(null)": ["INVALID_OPTION tls: must be an object", () => serverTlsOptions(loose(null))],
  "serverTlsOptions, misspelt": [
    "INVALID_OPTION tls.minVersions: is not an option; did you mean minVersion?",
    () => serverTlsOptions(loose({ minVersions: "TLSv1.3" })),
  ],
  "request()": ["INVALID_REQUEST method: must be text", (t) => t.request(loose(undefined), loose(undefined))],
  "request(url)": ["INVALID_REQUEST method: must be text", (t) => t.request("https://localhost/", loose(undefined))],
  "request(url, null)": [
    "INVALID_REQUEST options: must be an object",
    (t) => t.request("https://localhost/", loose(null)),
  ],
  "request(undefined, …)": [
    "INVALID_REQUEST url: must be an absolute https: URL",
    (t) => t.request(loose(undefined), { method: "GET" }),
  ],
  "request({}, …)": [
    "INVALID_REQUEST url: must be an absolute https: URL",
    (t) => t.request(loose({}), { method: "GET" }),
  ],
  "request, misspelt": [
    "INVALID_REQUEST header: is not an option; did you mean headers?",
    (t) => t.request("https://localhost/", loose({ method: "GET", header: {} })),
  ],
  "request, an object as the body": [
    "INVALID_REQUEST body: must be text, bytes, a Blob or a stream of bytes; pass JSON.stringify",
    (t) => t.request("https://localhost/", loose({ method: "POST", body: { inputs: "hello" } })),
  ],
  "request, the global FormData as the body": [
    "INVALID_REQUEST body: must be text, bytes, a Blob or a stream of bytes; pass JSON.stringify(…) for an object, and use fetch for FormData",
    (t) => t.request("https://localhost/", loose({ method: "POST", body: new FormData() })),
  ],
  "request, the global FormData as the body of the usual form": [
    "INVALID_REQUEST body: must be text, bytes",
    (t) => t.request("https://localhost/", loose({ method: "POST", headers: [], body: new FormData() })),
  ],
  "request, a promise as the body of the usual form": [
    "INVALID_REQUEST body: must be text, bytes",
    (t) => t.request("https://localhost/", loose({ method: "POST", headers: [], body: Promise.resolve("hello") })),
  ],
  "request, signal: {}": [
    "INVALID_REQUEST signal: must be an AbortSignal",
    (t) => t.request("https://localhost/", { method: "GET", signal: loose({}) }),
  ],
  "request, signal: null": [
    "INVALID_REQUEST signal: must be an AbortSignal",
    (t) => t.request("https://localhost/", { method: "GET", signal: loose(null) }),
  ],
  "request, headersMs": [
    "INVALID_REQUEST headersMs: must be a whole number of milliseconds from 0",
    (t) => t.request("https://localhost/", { method: "GET", headersMs: Number.NaN }),
  ],
  "request, headers": [
    "INVALID_REQUEST headers: must be headers by name",
    (t) => t.request("https://localhost/", { method: "GET", headers: loose("x: y") }),
  ],
  "request, method": [
    "INVALID_REQUEST method: must be text",
    (t) => t.request("https://localhost/", { method: loose(1) }),
  ],
  "request, CONNECT": [
    "INVALID_REQUEST method: must not be CONNECT",
    (t) => t.request("https://localhost/", { method: "CONNECT" }),
  ],
  "request, body": ["INVALID_REQUEST", (t) => t.request("https://localhost/", { method: "POST", body: loose(5) })],
  "request, headers() without an answer": [
    "",
    (t) => t.request("https://localhost:1/", { method: "GET", headers: () => loose(undefined) }),
  ],
  "fetch()": ["INVALID_REQUEST url: must be an absolute https: URL", (t) => t.fetch(loose(undefined))],
  "fetch, signal: {}": [
    "INVALID_REQUEST request: must be what fetch accepts",
    (t) => t.fetch("https://localhost/", { signal: loose({}) }),
  ],
  "fetch, method": [
    "INVALID_REQUEST request: must be what fetch accepts",
    (t) => t.fetch("https://localhost/", { method: "a b" }),
  ],
  "fetch, headers": ["INVALID_REQUEST", (t) => t.fetch("https://localhost/", { headers: loose(5) })],
  "dispatcher.dispatch()": [
    "INVALID_REQUEST handler: must be",
    (t) => t.dispatcher.dispatch(loose(undefined), loose(undefined)),
  ],
  "dispatcher.request({})": [
    "INVALID_REQUEST origin: must be an https: origin",
    (t) => t.dispatcher.request(loose({ path: "/", method: "GET" })),
  ],
  "dispatcher.request, origin": [
    "INVALID_REQUEST origin: must be an https: origin",
    (t) => t.dispatcher.request({ origin: "ftp://localhost", path: "/", method: "GET" }),
  ],
  "connectHttp2()": ["INVALID_REQUEST origin: must be a host", (t) => t.connectHttp2(loose(undefined))],
  "connectHttp2({})": ["INVALID_REQUEST origin: must be a host", (t) => t.connectHttp2(loose({}))],
  "probe()": ["INVALID_REQUEST origin: must be a host", (t) => t.probe(loose(undefined))],
  "probe, ftp": ["INVALID_REQUEST origin: must be a host", (t) => t.probe("ftp://localhost")],
  "requestHandler(null)": ["INVALID_OPTION options: must be an object", (t) => t.requestHandler(loose(null))],
  "requestHandler, protocol": [
    'INVALID_OPTION protocol: must be "auto"',
    (t) => t.requestHandler(loose({ protocol: "h3" })),
  ],
  "requestHandler, misspelt": [
    "INVALID_OPTION requestTimeout: is not an option; did you mean requestTimeoutMs?",
    (t) => t.requestHandler(loose({ requestTimeout: 5 })),
  ],
  "handle()": ["INVALID_REQUEST headers: must be headers by name", (t) => t.requestHandler().handle(loose(undefined))],
  "handle, abortSignal: {}": [
    "INVALID_REQUEST abortSignal: must be an AbortSignal",
    (t) => t.requestHandler().handle(sdkRequest, { abortSignal: {} }),
  ],
  "handle, requestTimeout": [
    "INVALID_REQUEST requestTimeout: must be a whole number",
    (t) => t.requestHandler().handle(sdkRequest, { requestTimeout: loose("5") }),
  ],
  "handle, a host that is a URL": [
    "INVALID_REQUEST hostname: must be a host name",
    (t) => t.requestHandler().handle({ ...sdkRequest, hostname: "evil.test/x#" }),
  ],
  "handle, a host with credentials": [
    "INVALID_REQUEST hostname: must be a host name",
    (t) => t.requestHandler().handle({ ...sdkRequest, hostname: "localhost@evil.test" }),
  ],
  "handle, a path that extends the host": [
    "INVALID_REQUEST path: must start with a slash",
    (t) => t.requestHandler().handle({ ...sdkRequest, path: ".evil.test/" }),
  ],
  "handle, a query that is not Unicode": [
    "INVALID_REQUEST query: must be well-formed Unicode",
    (t) => t.requestHandler().handle({ ...sdkRequest, query: { y: ["1", "\ud800"] } }),
  ],
  "handle, a port that extends the host": [
    "INVALID_REQUEST port: must be a whole number",
    (t) => t.requestHandler().handle({ ...sdkRequest, port: loose("443@evil.test") }),
  ],
  "handle, port 0": [
    "INVALID_REQUEST port: must be a whole number",
    (t) => t.requestHandler().handle({ ...sdkRequest, port: 0 }),
  ],
  "handle over HTTP/2, a port above 65535": [
    "INVALID_REQUEST port: must be a whole number",
    (t) => t.requestHandler({ protocol: "h2" }).handle({ ...sdkRequest, port: 99_999 }),
  ],
  "handle over HTTP/2, wrong addresses in numbers": [
    "INVALID_REQUEST hostname: must be a host name",
    (t) => t.requestHandler({ protocol: "h2" }).handle({ ...sdkRequest, hostname: "256.1.1.1" }),
  ],
  "handle over HTTP/2, an address with a zone": [
    "INVALID_REQUEST hostname: must be a host name",
    (t) => t.requestHandler({ protocol: "h2" }).handle({ ...sdkRequest, hostname: "fe80::1%eth0" }),
  ],
  "handle over HTTP/2, a host that is a URL": [
    "INVALID_REQUEST hostname: must be a host name",
    (t) => t.requestHandler({ protocol: "h2" }).handle({ ...sdkRequest, hostname: "evil.test/x#" }),
  ],
  "handle, protocol": [
    'INVALID_REQUEST protocol: must be "https:"',
    (t) => t.requestHandler().handle({ ...sdkRequest, protocol: "ftp:" }),
  ],
};

describe("kind: options are checked by name and shape, and every door throws its typed error", () => {
  it.each(Object.entries(doors))("%s", async (_name, [expected, door]) => {
    const t = parts.transport();
    const found = await outcome(() => door(t));
    expect(found).not.toMatch(/^raw/);
    expect(found.slice(0, expected.length)).toBe(expected);
    expect(t.stats().pending).toBe(0);
  });

  it("reads each option once", () => {
    const reads: string[] = [];
    const options = new Proxy(
      { connections: 2, postQuantum: "off" as const, timeouts: { connectMs: 100 } },
      {
        get(target, name, receiver) {
          if (typeof name === "string") reads.push(name);
          return Reflect.get(target, name, receiver) as unknown;
        },
      },
    );
    parts.closing(createTransport(options));
    expect(reads.toSorted()).toEqual(["connections", "postQuantum", "timeouts"]);
  });
});

describe("kind: what is checked is what is connected to", () => {
  const seen: string[] = [];
  const lookup: LookupFunction = (name, options, callback) => {
    seen.push(name);
    callback(null, options.all === true ? [{ address: "127.0.0.1", family: 4 }] : "127.0.0.1", 4);
  };

  // OpenSSL takes a name with a dot in front for every host below it.
  it.each([
    ".a.test",
    "..a.test",
    "a..test",
    "a b",
    "a/b",
    "a:b",
    "a@b",
    "a\r\nx: y",
    "",
    "a\0b",
    "é.test",
    "::1%lo",
    "[fe80::1%eth0]",
  ])("the agent refuses the host %j before any connection", async (host) => {
    seen.length = 0;
    const { agent } = parts.transport({ lookup });
    const error = await refusal(
      new Promise((resolve, reject) => {
        https.get({ host, port: 443, path: "/", agent, setHost: false }, resolve).on("error", reject);
      }),
    );
    expect(error).toMatchObject({ code: host === "" ? "CONNECTION_LOST" : "INVALID_REQUEST" });
    expect(seen.filter((name) => name !== "localhost")).toEqual([]);
  });

  // Node reads port 0 as none before its agent is asked.
  const byUrl = Object.entries(ways).filter(([way]) => way !== "agent");
  it.each(byUrl)("port 0 is refused, and no other port gets the request: %s", async (_way, send) => {
    seen.length = 0;
    const t = parts.transport({ lookup });
    expect((await refusal(send(t, "https://a.test:0/"))).code).toBe("INVALID_REQUEST");
    await sendBy(undefined);
    expect(seen).toEqual([]);
  });

  it.each([".a.test", "a..test"])("a URL with the host %s is refused by request, fetch and probe", async (host) => {
    const t = parts.transport({ lookup });
    expect((await refusal(t.request(`https://${host}/`, { method: "GET" }))).code).toBe("INVALID_REQUEST");
    expect((await refusal(t.fetch(`https://${host}/`))).code).toBe("INVALID_REQUEST");
    expect((await refusal(t.probe(`https://${host}/`))).code).toBe("INVALID_REQUEST");
  });
});
