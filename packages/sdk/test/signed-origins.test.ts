import type { HttpHandler } from "@countersign/transport";
import { expect, it } from "vitest";
import { createSignedOrigins } from "../src/signed-origins.ts";

const MANY = 3000;

const signed = (id: number): object => ({
  protocol: "https:",
  hostname: "api.example.com",
  path: "/",
  headers: { authorization: `AWS4-HMAC-SHA256 Credential=AKID/x, Signature=${id.toString(16).padStart(64, "0")}` },
});

/** A handler, the hosts that it sent to, and the time. */
function sender() {
  const time = { now: 0 };
  const hosts: string[] = [];
  const origins = createSignedOrigins(() => time.now);
  const handler = origins.wrap({
    handle: async (request: { readonly hostname: string }) => void hosts.push(request.hostname),
  } as unknown as HttpHandler);
  return {
    keep: (request: object) => origins.keep(request as never),
    time,
    hosts,
    send: async (request: object) => handler.handle(request as never),
  };
}

const refused = { code: "INVALID_REQUEST" };

it(`refuses another server for each of ${MANY} requests that wait in middleware at once`, async () => {
  const { keep, hosts, send } = sender();
  for (let id = 0; id < MANY; id++) keep(signed(id));
  for (let id = 0; id < MANY; id++) {
    await expect(send({ ...signed(id), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  }
  expect(hosts).toEqual([]);
});

it("refuses another server for a request that waits while as many others are signed and sent", async () => {
  const { keep, hosts, send } = sender();
  keep(signed(0));
  // An equal request of the same second has the same signature. It is sent, and the first one still waits.
  keep(signed(0));
  await send(signed(0));
  for (let id = 1; id < MANY; id++) {
    keep(signed(id));
    await send(signed(id));
  }
  await expect(send({ ...signed(0), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  expect(new Set(hosts)).toEqual(new Set(["api.example.com"]));
});

it("refuses another server for a request that middleware sends once more", async () => {
  const { keep, send } = sender();
  keep(signed(0));
  await send(signed(0));
  await send(signed(0));
  await expect(send({ ...signed(0), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
});

/** A request was sent, and others after it. `then` sends a copy of it to another server. */
const failover = async (others: number) => {
  const { keep, hosts, send } = sender();
  keep(signed(0));
  await send(signed(0));
  for (let id = 1; id <= others; id++) {
    keep(signed(id));
    await send(signed(id));
  }
  return async (then: object): Promise<unknown> => {
    const outcome = await send({ ...signed(0), hostname: "evil.example.com", ...then }).catch(
      (error: unknown) => error,
    );
    expect(new Set(hosts)).toEqual(new Set(["api.example.com"]));
    return outcome;
  };
};

it.each([1024, 9999, 10_000, 12_000])(
  "refuses another server for a request that is sent once more after %i others",
  async (others) => expect(await (await failover(others))({})).toMatchObject(refused),
);

it("refuses another server for a signature that middleware wrote in another way, dropped ones too", async () => {
  const digits = "0".repeat(64);
  const ways = [
    { headers: { authorization: `AWS4-HMAC-SHA256 Credential=AKID/x, Signature = "${digits}"` } },
    { headers: { "x-moved": `Credential=AKID/x;${digits}` } },
    { headers: {}, query: { "X-Amz-Credential": "AKID/x", "X-Amz-Signature": [digits] } },
    { headers: {}, path: `/?X-Amz-Credential=AKID%2Fx&X-Amz-Signature=${digits}` },
    { headers: {}, path: `/AKID/${digits.toUpperCase()}` },
    { headers: {}, path: "/AKID", query: { [digits]: null } },
    { headers: {}, path: "/AKID", query: `X-Amz-Signature=${digits}` },
    // More digits beside it, which the other server takes off again.
    { headers: { authorization: `AWS4-HMAC-SHA256 Credential=AKID/x, Signature=${digits}0` } },
    { headers: { authorization: `AWS4-HMAC-SHA256 Credential=AKID/x, Signature=f00d${digits}f` } },
  ];
  for (const others of [1, 10_000]) {
    const then = await failover(others);
    for (const way of ways) expect(await then(way)).toMatchObject(refused);
  }
});

/** A handler that keeps what is sent through it, and knows the server of the first signed request. */
function keeping() {
  const sent: unknown[] = [];
  const origins = createSignedOrigins(() => 0);
  const handler = origins.wrap({
    handle: async (request: object) => void sent.push(request),
  } as unknown as HttpHandler);
  origins.keep(signed(0) as never);
  return { sent, handler };
}

it("searches the query that is sent, whatever an object in it shows the second time", async () => {
  const { sent, handler } = keeping();
  for (const of of [(value: object) => value, (value: object) => [value]]) {
    let reads = 0;
    const shown = { toString: () => (reads++ === 0 ? "harmless" : "0".repeat(64)) };
    await handler.handle({ ...signed(0), headers: {}, hostname: "evil.example.com", query: { a: of(shown) } } as never);
  }
  expect(sent).toMatchObject([{ query: { a: "harmless" } }, { query: { a: ["harmless"] } }]);
});

it("searches the headers that are sent, whatever an object in them shows the second time", async () => {
  const { sent, handler } = keeping();
  const ways: unknown[] = [];
  for (const of of [(value: object) => value, (value: object) => [value], (value: object) => ["a", value]]) {
    let reads = 0;
    const shown = of({ toString: () => (reads++ === 0 ? "harmless" : "0".repeat(64)) });
    await handler.handle({ ...signed(0), headers: { a: shown }, hostname: "evil.example.com" } as never);
    ways.push(sent.map((request) => (request as { headers: object }).headers).at(-1));
  }
  expect(ways).toEqual([{ a: "harmless" }, { a: ["harmless"] }, { a: ["a", "harmless"] }]);
});

const shown = (first: string, then: string): object => {
  let reads = 0;
  return { toString: () => (reads++ === 0 ? first : then), replace: () => first };
};

it.each([
  ["a hostname that changes", { hostname: shown("api.example.com", "evil.example.com") }],
  ["a protocol that changes", { protocol: shown("https:", "http:") }],
  ["a port that changes", { port: shown("443", "8443") }],
  ["a protocol without a colon", { protocol: "https" }],
  ["a protocol that goes on", { protocol: "https://evil.example.com/:" }],
  ["a list as hostname", { hostname: ["api.example.com"] }],
  ["a path that extends the host's name", { path: ".evil.example.com/" }],
  ["a path that ends user info", { path: "@evil.example.com/" }],
  ["no path", { path: undefined }],
  ["a user name that ends the host's name", { username: "evil.example.com/" }],
  ["a user name that changes", { username: shown("a", "evil.example.com/") }],
  ["a password that ends the host's name", { password: "a@evil.example.com/" }],
  ["a password with a backslash", { username: "a", password: "evil.example.com\\" }],
])("refuses an address that a handler could read in another way than it is compared: %s", async (_what, parts) => {
  const { sent, handler } = keeping();
  await expect(handler.handle({ ...signed(0), ...parts } as never)).rejects.toMatchObject(refused);
  expect(sent).toEqual([]);
});

it.each([
  ["another name", { host: "evil.example.com" }],
  ["a second header", { host: "api.example.com", Host: "evil.example.com" }],
  ["a list", { Host: ["api.example.com", "evil.example.com"] }],
  ["another port", { host: "api.example.com:8443" }],
  ["the pseudo-header of HTTP/2", { ":authority": "evil.example.com" }],
])("refuses a header that names another host of the server than the signed one: %s", async (_what, headers) => {
  const { sent, handler } = keeping();
  const given = { ...(signed(0) as { headers: object }) };
  const changed = { ...given, headers: { ...given.headers, ...headers } };
  await expect(handler.handle(changed as never)).rejects.toMatchObject(refused);
  expect(sent).toEqual([]);
});

it("sends what names its host in another way: none, with the port, in capitals, or another one that was signed", async () => {
  const { keep, send, hosts } = sender();
  const withHost = (id: number, host: object): object => {
    const given = signed(id) as { headers: object };
    return { ...given, headers: { ...given.headers, ...host } };
  };
  keep(withHost(0, { host: "api.example.com" }));
  for (const host of [{}, { host: undefined }, { Host: "API.example.com" }, { ":authority": "api.example.com:443" }]) {
    await send(withHost(0, host));
  }
  keep(withHost(1, { host: "tunnel.example.com" }));
  await send(withHost(1, { host: "tunnel.example.com" }));
  expect(hosts).toHaveLength(5);
});

it("knows the port of a request over http: that names none", async () => {
  const { keep, send, hosts } = sender();
  const plain = (id: number): object => ({ ...signed(id), protocol: "http:", hostname: "localhost" });
  keep(plain(0));
  keep({ ...plain(1), port: 443 });
  await expect(send({ ...plain(0), port: 443 })).rejects.toMatchObject(refused);
  await expect(send(plain(1))).rejects.toMatchObject(refused);
  await send({ ...plain(0), port: 80 });
  await send({ ...plain(1), port: "443" });
  expect(hosts).toEqual(["localhost", "localhost"]);
});

it.each([
  ["a fragment, which Node's handler writes behind the path", { fragment: "0".repeat(64) }],
  ["a fragment that changes", { fragment: shown("a", "0".repeat(64)) }],
  ["a path that changes", { path: shown("/", `/${"0".repeat(64)}`) }],
  ["a list that changes", { query: [shown("a", "0".repeat(64))] }],
  ["a Map", { query: new Map([["a", "0".repeat(64)]]) }],
  ["a function", { query: Object.assign(() => "", { a: shown("a", "0".repeat(64)) }) }],
])("refuses a copy whose signature a handler could see where it was not searched: %s", async (_what, parts) => {
  const { sent, handler } = keeping();
  const copy = { ...signed(0), headers: {}, hostname: "evil.example.com", ...parts };
  await expect(handler.handle(copy as never)).rejects.toMatchObject(refused);
  expect(sent).toEqual([]);
});

it.each([
  ["a header without a prototype", { headers: { a: Object.create(null) as object } }],
  ["a list of such headers", { headers: { a: ["b", Object.create(null) as object] } }],
  ["a parameter without a prototype", { query: { a: Object.create(null) as object } }],
])("refuses a request by its own error: %s", async (_what, parts) => {
  await expect(keeping().handler.handle({ ...signed(0), ...parts } as never)).rejects.toMatchObject(refused);
});

it("refuses by its own error what is no request", async () => {
  for (const none of [undefined, null, 5, "a", []]) {
    await expect(keeping().handler.handle(none as never)).rejects.toMatchObject(refused);
  }
});

it("sends an address as it was given: a port in text, a user name, no query", async () => {
  const { sent, handler } = keeping();
  const given = [
    { ...signed(0), port: "443" },
    { ...signed(0), port: null, username: "a", password: "b:%2F", query: null },
    { ...signed(0), username: null, password: "", path: "//a?b", fragment: "c", query: Object.create(null) as object },
  ];
  for (const one of given) await handler.handle(one as never);
  expect(sent).toEqual(given);
});

it("sends headers and a query as they were given: absent values, numbers and empty lists", async () => {
  const sent: unknown[] = [];
  const handler = createSignedOrigins(() => 0).wrap({
    handle: async (request: object) => void sent.push(request),
  } as unknown as HttpHandler);
  const values = { a: undefined, b: null, c: "", d: [], e: ["1", "2"] };
  await handler.handle({ ...signed(0), headers: { ...values, f: 5 }, query: values } as never);
  expect(sent).toStrictEqual([{ ...signed(0), headers: { ...values, f: "5" }, query: values }]);
});

it("lets the signature of another signer pass, whatever was dropped: an inner client may share the handler", async () => {
  const { keep, hosts, send } = sender();
  for (let id = 0; id <= 10_000; id++) keep(signed(id));
  const inner = { authorization: `AWS4-HMAC-SHA256 Credential=AKOTHER/x, Signature=${"f".repeat(64)}` };
  await send({ ...signed(0), headers: inner, hostname: "sts.example.com" });
  expect(hosts).toEqual(["sts.example.com"]);
});

it("refuses what it cannot compare any more once too many requests wait, and serves again later", async () => {
  const { keep, hosts, send, time } = sender();
  for (let id = 0; id <= 10_000; id++) keep(signed(id));
  await expect(send({ ...signed(0), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  await expect(send(signed(0))).rejects.toMatchObject({ message: /^requests: must be at most 10000/u, ...refused });
  await expect(send({ ...signed(1), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  await send(signed(10_000));
  const foreign = { ...signed(0), headers: {} };
  await send(foreign);
  time.now = 30 * 60_000;
  await expect(send(signed(0))).rejects.toMatchObject(refused);
  time.now++;
  await send(signed(0));
  expect(hosts).toEqual(["api.example.com", "api.example.com", "api.example.com"]);
});

it("keeps a signature to the last moment in which AWS accepts one, never sent or sent, and then forgets it", async () => {
  const { keep, hosts, send, time } = sender();
  keep(signed(0));
  keep(signed(2));
  time.now = 30 * 60_000;
  keep(signed(1));
  await expect(send({ ...signed(2), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  time.now++;
  keep(signed(1));
  await send({ ...signed(0), hostname: "evil.example.com" });
  await expect(send({ ...signed(1), hostname: "evil.example.com" })).rejects.toMatchObject(refused);
  expect(hosts).toEqual(["evil.example.com"]);
});
