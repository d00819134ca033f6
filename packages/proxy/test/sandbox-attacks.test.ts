import { connect as connectHttp2, constants, type OutgoingHttpHeaders } from "node:http2";
import http from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { createClock, createSigner, type Signer } from "@countersign/signer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Local, startProxy } from "./local.ts";

// The program in the sandbox holds a valid placeholder key: all of its signatures are right. It may invoke one endpoint,
// and ask STS who it is.
let local: Local;
let signer: Signer;
let sts: Signer;
const invoke = "/endpoints/churn/invocations";

beforeAll(async () => {
  local = await startProxy({
    allow: [
      { actions: ["sagemaker:InvokeEndpoint"], resources: ["endpoint/churn"] },
      { actions: ["sts:GetCallerIdentity", "sagemaker:ListModels"] },
    ],
  });
  const settings = { signedHeaders: "all" } as const;
  const shared = { region: local.aws.region, credentials: local.key, clock: local.aws.clock, settings };
  signer = createSigner(shared);
  sts = createSigner({ ...shared, service: "sts" });
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
});

/** What arrived at AWS, as its operations. */
const arrived = (): string[] => local.aws.calls().map(({ operation }) => operation ?? "");

/** Writes bytes and reads until the proxy closes the connection or says no more. */
async function raw(...parts: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(local.listening.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  let quiet: NodeJS.Timeout | undefined;
  const end = (): void => void socket.destroy();
  const timer = setTimeout(end, 15_000);
  socket.on("data", (bytes) => {
    answer += bytes.toString("latin1");
    clearTimeout(quiet);
    // An interim answer is followed by another one.
    if (/^HTTP\/1\.1 [2-5]/mu.test(answer)) quiet = setTimeout(end, 500);
  });
  socket.on("error", () => undefined);
  for (const part of parts) socket.write(part, "latin1");
  await once(socket, "close");
  clearTimeout(timer);
  clearTimeout(quiet);
  return answer;
}

/** The lines of a signed invocation, without a framing header. */
async function lines(more: Readonly<Record<string, string>> = {}): Promise<string[]> {
  const url = local.listening.url + invoke;
  const headers = { "content-type": "application/json", ...more };
  const signed = await signer.sign({ method: "POST", url, headers, body: "{}" });
  return [
    `POST ${invoke} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    ...Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`),
  ];
}

const DELETE = "POST / HTTP/1.1\r\nhost: a\r\nx-amz-target: SageMaker.DeleteModel\r\ncontent-length: 2\r\n\r\n{}";

describe("a second request in the first one never reaches AWS", () => {
  it.each<[string, (head: readonly string[]) => string]>([
    [
      "a longer length, then another request",
      (head) => `${[...head, `content-length: ${2 + DELETE.length}`].join("\r\n")}\r\n\r\n{}${DELETE}`,
    ],
    [
      "a shorter length, then another request",
      (head) => `${[...head, "content-length: 0"].join("\r\n")}\r\n\r\n${DELETE}`,
    ],
    [
      "chunked, then another request",
      (head) => `${[...head, "transfer-encoding: chunked"].join("\r\n")}\r\n\r\n2\r\n{}\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "a length and chunks",
      (head) =>
        `${[...head, "content-length: 2", "transfer-encoding: chunked"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "chunks named twice",
      (head) =>
        `${[...head, "transfer-encoding: chunked", "transfer-encoding: identity"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "an encoding that is almost chunked",
      (head) => `${[...head, "transfer-encoding: xchunked"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "chunked and another encoding",
      (head) => `${[...head, "transfer-encoding: chunked, gzip"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "chunked after a tab",
      (head) =>
        `${[...head, "transfer-encoding:\tchunked", "content-length: 2"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "a folded framing header",
      (head) => `${[...head, "transfer-encoding:\r\n chunked"].join("\r\n")}\r\n\r\n0\r\n\r\n${DELETE}`,
    ],
    ["a length with a sign", (head) => `${[...head, "content-length: +2"].join("\r\n")}\r\n\r\n{}${DELETE}`],
    ["a length as a list", (head) => `${[...head, "content-length: 2, 2"].join("\r\n")}\r\n\r\n{}${DELETE}`],
    ["a length in hexadecimal", (head) => `${[...head, "content-length: 0x2"].join("\r\n")}\r\n\r\n{}${DELETE}`],
    ["a length with a NUL", (head) => `${[...head, "content-length: 2\0"].join("\r\n")}\r\n\r\n{}${DELETE}`],
    [
      "a chunk that hides a line",
      (head) => `${[...head, "transfer-encoding: chunked"].join("\r\n")}\r\n\r\n2;a=\n${DELETE}\r\n{}\r\n0\r\n\r\n`,
    ],
    [
      "chunks that end with a line feed alone",
      (head) => `${[...head, "transfer-encoding: chunked"].join("\r\n")}\r\n\r\n2\n{}\n0\n\n${DELETE}`,
    ],
    [
      "a chunk whose length overflows",
      (head) =>
        `${[...head, "transfer-encoding: chunked"].join("\r\n")}\r\n\r\n10000000000000002\r\n{}\r\n0\r\n\r\n${DELETE}`,
    ],
    [
      "a trailer that names an operation",
      (head) =>
        `${[...head, "transfer-encoding: chunked", "trailer: x-amz-target"].join("\r\n")}\r\n\r\n2\r\n{}\r\n0\r\nx-amz-target: SageMaker.DeleteModel\r\n\r\n`,
    ],
    ["lines that end with a line feed alone", (head) => `${[...head, "content-length: 2"].join("\n")}\n\n{}${DELETE}`],
    [
      "a carriage return alone in a header",
      (head) =>
        `${[...head, "x-a: 1\rx-amz-target: SageMaker.DeleteModel", "content-length: 2"].join("\r\n")}\r\n\r\n{}`,
    ],
    [
      "an upgrade to HTTP/2",
      (head) =>
        `${[...head, "connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__", "content-length: 2"].join("\r\n")}\r\n\r\n{}PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n`,
    ],
    [
      "an upgrade to a WebSocket",
      (head) =>
        `${[...head, "connection: upgrade", "upgrade: websocket", "content-length: 2"].join("\r\n")}\r\n\r\n{}${DELETE}`,
    ],
    [
      "an old version",
      (head) =>
        `${[...head.with(0, `POST ${invoke} HTTP/1.0`), "connection: keep-alive", "content-length: 2"].join("\r\n")}\r\n\r\n{}${DELETE}`,
    ],
    ["no version", () => `POST ${invoke}\r\n\r\n${DELETE}`],
    ["another request after it", (head) => `${[...head, "content-length: 2"].join("\r\n")}\r\n\r\n{}${DELETE}`],
    ["twenty of the same", (head) => `${[...head, "content-length: 2"].join("\r\n")}\r\n\r\n{}`.repeat(20) + DELETE],
  ])("%s", async (_, text) => {
    const answer = await raw(text(await lines()));
    // The first request may be a right one; what follows it is not signed.
    expect(arrived().filter((operation) => operation !== "InvokeEndpoint")).toEqual([]);
    expect(answer).not.toMatch(/101 Switching/u);
    for (const record of local.audit)
      expect(record.actions.filter((action) => action !== "sagemaker:InvokeEndpoint")).toEqual([]);
  });

  it.each(["200-ok", "100-continued"])("with an expectation of %s nothing is sent", async (expectation) => {
    const answer = await raw(
      `${[...(await lines()), `expect: ${expectation}`, "content-length: 2"].join("\r\n")}\r\n\r\n{}`,
    );
    expect(arrived()).toEqual([]);
    expect(answer).toMatch(/^HTTP\/1\.1 417 /u);
  });

  it("a client that waits for 100 is told to go on only when its key is known", async () => {
    const head = await lines();
    const known = await raw(`${[...head, "expect: 100-continue", "content-length: 2"].join("\r\n")}\r\n\r\n`, "{}");
    expect(known).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /u);
    const stranger = head.map((line) => line.replace(local.key.accessKeyId, "CSPXAAAAAAAAAAAAAAAA"));
    expect(await raw(`${[...stranger, "expect: 100-continue", "content-length: 2"].join("\r\n")}\r\n\r\n`)).toMatch(
      /^HTTP\/1\.1 403 /u,
    );
  });
});

async function send(
  from: Signer,
  target: string,
  headers: Record<string, string>,
  body: string,
  method = "POST",
): Promise<number> {
  const url = local.listening.url + target;
  const hasBody = method !== "GET";
  const signed = await from.sign({ method, url, headers, ...(hasBody && { body }) });
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method, headers: { ...signed.headers, ...(hasBody && { "content-length": Buffer.byteLength(body) }) } },
      (answer) => answer.resume().on("end", () => resolve(answer.statusCode ?? 0)),
    );
    request.on("error", reject).end(hasBody ? body : undefined);
  });
}

describe("an operation that is read in one way here and in another way at AWS is refused", () => {
  const form = { "content-type": "application/x-www-form-urlencoded" };
  const identity = "Action=GetCallerIdentity&Version=2011-06-15";
  const assume =
    "Action=AssumeRole&Version=2011-06-15&RoleSessionName=a&RoleArn=arn:aws:iam::123456789012:role/inference";
  const utf16 = Buffer.from(assume, "utf16le").toString("latin1");

  it("and GetCallerIdentity, as the clients send it, is not", async () => {
    const types = [
      form,
      { "content-type": "application/x-www-form-urlencoded; charset=utf-8" },
      { "content-type": 'application/x-www-form-urlencoded;charset="UTF-8"' },
    ];
    for (const headers of types) expect(await send(sts, "/", headers, identity)).toBe(200);
    expect(await send(sts, `/?${identity}`, {}, "", "GET")).toBe(200);
    expect(await send(sts, "/", form, `${identity}&Tags.member.1.Key=a%3Bb&Policy=%00`)).toBe(200);
    expect(arrived()).toEqual(Array.from({ length: 5 }, () => "GetCallerIdentity"));
  });

  it.each<[string, string, Record<string, string>, string, string?]>([
    ["another action in the body", `/?${identity}`, form, assume],
    [
      "another action in another charset",
      `/?${identity}`,
      { "content-type": "application/x-www-form-urlencoded; charset=utf-16le" },
      utf16,
    ],
    [
      "another action in EBCDIC",
      `/?${identity}`,
      { "content-type": "application/x-www-form-urlencoded; charset=ibm037" },
      "\xc1\x83\xa3\x89\x96\x95",
    ],
    [
      "another action in a part of a form",
      `/?${identity}`,
      { "content-type": "multipart/form-data; boundary=a" },
      `--a\r\ncontent-disposition: form-data; name="Action"\r\n\r\nAssumeRole\r\n--a--`,
    ],
    [
      "another action as JSON",
      `/?${identity}`,
      { "content-type": "application/x-amz-json-1.1" },
      '{"Action":"AssumeRole"}',
    ],
    [
      "another action in a header",
      "/",
      { ...form, "x-amz-target": "AWSSecurityTokenServiceV20110615.AssumeRole" },
      identity,
    ],
    ["a compressed body", `/?${identity}`, { ...form, "content-encoding": "gzip" }, "\x1f\x8b"],
    ["a body without a type", `/?${identity}`, {}, "x=1"],
    ["two actions", "/", form, `${identity}&${assume}`],
    ["an action with another spelling beside it", "/", form, `${identity}&%41ction=AssumeRole`],
    ["an action behind a NUL", "/", form, `${identity}&Action%00=AssumeRole`],
    ["an action with a space in the query", `/?${identity}&+Action=AssumeRole`, {}, "", "GET"],
    ["an action with a byte outside of UTF-8", "/", form, `${identity}&Action%FF=AssumeRole`],
    ["an action in small letters", "/", form, `${identity}&action=AssumeRole`],
    ["an action in a list", "/", form, `${identity}&Action.1=AssumeRole`],
    ["an action in brackets", "/", form, `${identity}&Action%5B%5D=AssumeRole`],
    ["an action behind a semicolon", "/", form, `${identity}&a=b;Action=AssumeRole`],
    ["an action that is called an operation", "/", form, `${identity}&Operation=AssumeRole`],
    ["an operation in the query", `/?operation=AssumeRole`, form, identity],
    ["an action behind a byte order mark", "/", form, `\uFEFF${identity}`],
    ["a parameter without a name", "/", form, `${identity}&=AssumeRole`],
    ["another path", "/AssumeRole", form, identity],
    ["another method", "/", form, identity, "PUT"],
    ["a method in a header", "/", { ...form, "x-http-method-override": "DELETE" }, identity],
    ["a path in a header", "/", { ...form, "x-original-url": "/?Action=AssumeRole" }, identity],
  ])("of STS, by %s", async (_, target, headers, body, method) => {
    const status = await send(sts, target, headers, body, method);
    expect([status >= 400, arrived()]).toEqual([true, []]);
  });

  const json = { "content-type": "application/x-amz-json-1.1" };
  it.each<[string, string, Record<string, string>]>([
    ["an action in the query", "/?Action=DeleteModel", { ...json, "x-amz-target": "SageMaker.ListModels" }],
    [
      "another target in the query",
      "/?X-Amz-Target=SageMaker.DeleteModel",
      { ...json, "x-amz-target": "SageMaker.ListModels" },
    ],
    ["a path beside the target", "/ListModels", { ...json, "x-amz-target": "SageMaker.ListModels" }],
    ["two targets", "/", { ...json, "x-amz-target": "SageMaker.ListModels,SageMaker.DeleteModel" }],
    [
      "a target of another service",
      "/",
      { ...json, "x-amz-target": "AmazonEC2ContainerRegistry_V20150921.ListImages" },
    ],
    [
      "another method in a header",
      "/",
      { ...json, "x-amz-target": "SageMaker.ListModels", "x-method-override": "GET" },
    ],
    ["a target beside a path of the runtime", invoke, { ...json, "x-amz-target": "SageMaker.DeleteModel" }],
  ])("of SageMaker, by %s", async (_, target, headers) => {
    expect([(await send(signer, target, headers, "{}")) >= 400, arrived()]).toEqual([true, []]);
  });
});

it("no header that a client signs makes the proxy's own signature wrong, and none takes the role's credentials away", async () => {
  const answer = await raw(`${[...(await lines()), "x-note: caf\u00e9", "content-length: 2"].join("\r\n")}\r\n\r\n{}`);
  expect(answer).toMatch(/^HTTP\/1\.1 400 [^]*x-note must be ASCII/u);
  expect(arrived()).toEqual([]);
  // Every character of ASCII arrives as it was signed.
  const ascii = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join("");
  for (const shown of [`x${ascii}x`, "a  b   c", "a\tb", ",,", '"a" , b'])
    expect([shown, await send(signer, invoke, { "x-amzn-sagemaker-custom-attributes": shown }, "{}")]).toEqual([
      shown,
      200,
    ]);
});

describe("over HTTP/2", () => {
  async function over(change: (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders): Promise<number> {
    const { origin, host } = new URL(local.listening.url);
    const signed = await signer.sign({
      method: "POST",
      url: origin + invoke,
      headers: { "content-type": "application/json" },
      body: "{}",
    });
    const { host: _host, ...headers } = signed.headers;
    const session = connectHttp2(origin);
    session.on("error", () => undefined);
    try {
      const stream = session.request(change({ ":method": "POST", ":path": invoke, ":authority": host, ...headers }));
      return await new Promise<number>((resolve) => {
        stream.on("response", ({ ":status": status }) => resolve(status ?? 0));
        stream.on("error", () => resolve(0)).on("close", () => resolve(0));
        stream.end("{}");
      });
    } catch {
      return 0;
    } finally {
      session.destroy();
    }
  }

  it("the request as it is", async () =>
    expect([await over((headers) => headers), arrived()]).toEqual([200, ["InvokeEndpoint"]]));

  it.each<[string, (headers: OutgoingHttpHeaders) => OutgoingHttpHeaders]>([
    ["another authority", (headers) => ({ ...headers, ":authority": "runtime.sagemaker.us-east-1.amazonaws.com" })],
    ["a Host beside the authority", (headers) => ({ ...headers, host: "runtime.sagemaker.us-east-1.amazonaws.com" })],
    ["no authority", ({ ":authority": _authority, ...headers }) => ({ ...headers, host: "evil.test" })],
    ["another path", (headers) => ({ ...headers, ":path": "/endpoints/fraud/invocations" })],
    ["a full URL as the path", (headers) => ({ ...headers, ":path": `https://evil.test${invoke}` })],
    ["two slashes", (headers) => ({ ...headers, ":path": `/${invoke}` })],
    ["a fragment", (headers) => ({ ...headers, ":path": `${invoke}#a` })],
    ["the path of a server", (headers) => ({ ...headers, ":method": "OPTIONS", ":path": "*" })],
    ["another method", (headers) => ({ ...headers, ":method": "PUT" })],
    ["an unsigned target", (headers) => ({ ...headers, "x-amz-target": "SageMaker.DeleteModel" })],
    ["a length that is too long", (headers) => ({ ...headers, "content-length": "5" })],
    ["a length that is too short", (headers) => ({ ...headers, "content-length": "1" })],
    [
      "a line in a path",
      (headers) => ({ ...headers, ":path": `${invoke} HTTP/1.1\r\nx-amz-target: SageMaker.DeleteModel` }),
    ],
    ["a tunnel", (headers) => ({ ":method": "CONNECT", ":authority": headers[":authority"] })],
  ])("with %s nothing is sent", async (_, change) => {
    const status = await over(change);
    expect([status === 0 || status >= 400, arrived()]).toEqual([true, []]);
  });

  it("streams that are reset at once cost no more than others, and the next one is answered", async () => {
    const { origin } = new URL(local.listening.url);
    const session = connectHttp2(origin);
    session.on("error", () => undefined);
    for (let index = 0; index < 500; index += 1) {
      const stream = session.request({ ":method": "POST", ":path": invoke });
      stream.on("error", () => undefined);
      stream.close(constants.NGHTTP2_CANCEL);
    }
    await once(session, "close", { signal: AbortSignal.timeout(1_000) }).catch(() => undefined);
    session.destroy();
    expect(await over((headers) => headers)).toBe(200);
    await expect.poll(() => local.audit.length).toBeGreaterThan(0);
  });
});

it("a signature that was accepted on one listener is not accepted on another, nor over HTTP/2", async () => {
  const other = await local.proxy.listen({});
  const { origin, host } = new URL(local.listening.url);
  const headers = { "content-type": "application/json", "amz-sdk-invocation-id": "one" };
  const signed = await signer.sign({ method: "POST", url: origin + invoke, headers, body: "{}" });
  const again = (to: string): Promise<number> =>
    new Promise((resolve, reject) => {
      const request = http.request(to + invoke, { method: "POST", headers: signed.headers }, (answer) =>
        answer.resume().on("end", () => resolve(answer.statusCode ?? 0)),
      );
      request.on("error", reject).end("{}");
    });
  expect([await again(origin), await again(other.url), await again(origin)]).toEqual([200, 403, 403]);
  const { host: _host, ...rest } = signed.headers;
  const session = connectHttp2(origin);
  try {
    const stream = session.request({ ":method": "POST", ":path": invoke, ":authority": host, ...rest });
    stream.end("{}");
    const [head] = (await once(stream, "response")) as [{ readonly ":status": number }];
    expect(head[":status"]).toBe(403);
  } finally {
    session.destroy();
    await other.close(0);
  }
  expect(arrived()).toEqual(["InvokeEndpoint"]);
});

it.each([-301_000, 301_000, -86_400_000])("a signature whose date is off by %d ms is refused", async (offMs) => {
  const at = local.aws.clock.now() + offMs;
  const clock = createClock({ wall: () => at, monotonic: () => 0 });
  const off = createSigner({ region: local.aws.region, credentials: local.key, clock });
  expect([await send(off, invoke, { "content-type": "application/json" }, "{}"), arrived()]).toEqual([403, []]);
});

it("the exchange of a client that leaves over HTTP/2 before its body ends is over, and holds nothing", async () => {
  const { origin, host } = new URL(local.listening.url);
  const signed = await signer.sign({
    method: "POST",
    url: origin + invoke,
    headers: { "content-type": "a/b" },
    body: "{}",
  });
  const { host: _host, ...rest } = signed.headers;
  const session = connectHttp2(origin);
  const stream = session.request({ ":method": "POST", ":path": invoke, ":authority": host, ...rest });
  stream.on("error", () => undefined);
  // All that was signed has arrived; the end of the body has not.
  stream.write("{}");
  await once(session, "connect");
  // The answer to a ping comes after what was sent before it.
  await new Promise<void>((resolve, reject) => {
    session.ping((error) => (error === null ? resolve() : reject(error)));
  });
  stream.close(constants.NGHTTP2_CANCEL);
  await expect.poll(() => local.audit.length).toBe(1);
  session.destroy();
  expect(local.audit[0]?.code).not.toBeNull();
});
