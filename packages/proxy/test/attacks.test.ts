import { once } from "node:events";
import { createServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { Readable } from "node:stream";
import { createSigner, presignRequest, type Signer } from "@countersign/signer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createManualClock } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { readHead } from "../src/receive/received.ts";
import { createProxy, issueKey, type Proxy, type ProxyClient, type ProxyOptions } from "../src/index.ts";
import { issueCertificates } from "./certificates.ts";
import { type Local, startProxy } from "./local.ts";

let local: Local;
let signer: Signer;
const other = issueKey();
const invoke = "/endpoints/churn/invocations";

beforeAll(async () => {
  local = await startProxy();
  signer = createSigner({ region: local.aws.region, credentials: local.key, clock: local.aws.clock });
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
});

const host = (): string => new URL(local.listening.url).host;

/** Writes bytes to the proxy and reads until it closes the connection or answers. */
async function raw(text: string): Promise<string> {
  const { hostname, port } = new URL(local.listening.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
  socket.on("error", () => undefined);
  socket.write(text);
  const timer = setTimeout(() => socket.destroy(), 15_000);
  socket.once("data", () => setTimeout(() => socket.destroy(), 200));
  await once(socket, "close");
  clearTimeout(timer);
  return answer;
}

async function head(
  body: string,
  change: (lines: string[]) => string[] = (lines) => lines,
  target = invoke,
): Promise<string> {
  const signed = await signer.sign({
    method: "POST",
    url: local.listening.url + invoke,
    headers: { "content-type": "application/json" },
    body,
  });
  const lines = [
    `POST ${target} HTTP/1.1`,
    `host: ${host()}`,
    ...Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${body.length}`,
  ];
  return `${change(lines).join("\r\n")}\r\n\r\n`;
}

/** Whether a request was answered as a success, arrived at AWS, or is recorded as sent. */
function arrived(answer: string): boolean {
  return (
    answer.startsWith("HTTP/1.1 2") ||
    local.aws.calls().length > 0 ||
    local.audit.some(({ decision }) => decision === "sent")
  );
}

describe("what two readers could read in two ways is refused", () => {
  it.each<[string, (lines: string[]) => string[]]>([
    ["both framings", (lines) => [...lines, "transfer-encoding: chunked"]],
    ["two lengths", (lines) => [...lines, "content-length: 5"]],
    ["a repeated Host", (lines) => [...lines, "host: runtime.sagemaker.us-east-1.amazonaws.com"]],
    ["a repeated Authorization", (lines) => [...lines, lines.find((line) => line.startsWith("authorization")) ?? ""]],
    ["a folded header", (lines) => [...lines, "x-a: 1\r\n b: 2"]],
    ["a header with a space before the colon", (lines) => [...lines, "x-amz-target : SageMaker.DeleteModel"]],
    ["a bare line feed", (lines) => [...lines, "x-a: 1\nx-amz-target: SageMaker.DeleteModel"]],
    ["absolute form", (lines) => lines.with(0, `POST https://evil.test${invoke} HTTP/1.1`)],
    ["a target with two slashes", (lines) => lines.with(0, `POST //evil.test${invoke} HTTP/1.1`)],
    ["a target with dot segments", (lines) => lines.with(0, "POST /endpoints/x/../churn/invocations HTTP/1.1")],
    [
      "a target with encoded dot segments",
      (lines) => lines.with(0, "POST /endpoints/%2E%2e/churn/invocations HTTP/1.1"),
    ],
    ["a target with a backslash", (lines) => lines.with(0, "POST /endpoints\\churn/invocations HTTP/1.1")],
    ["HTTP/1.0, where an answer that broke off looks whole", (lines) => lines.with(0, `POST ${invoke} HTTP/1.0`)],
    ["a version that its connection does not speak", (lines) => lines.with(0, `POST ${invoke} HTTP/2.0`)],
    ["a version without heads", (lines) => lines.with(0, `POST ${invoke} HTTP/0.9`)],
    ["a tunnel", (lines) => lines.with(0, "CONNECT runtime.sagemaker.us-east-1.amazonaws.com:443 HTTP/1.1")],
  ])("%s", async (_, change) => expect(arrived(await raw(`${await head("{}", change)}{}`))).toBe(false));

  // Node's parser and the signature stop most of these too. The proxy does not depend on it.
  it.each<[string, string, readonly string[]]>([
    ["both framings", invoke, ["content-length", "2", "transfer-encoding", "chunked"]],
    ["two lengths", invoke, ["content-length", "2", "Content-Length", "2"]],
    ["two framings", invoke, ["transfer-encoding", "chunked", "transfer-encoding", "identity"]],
    ["a repeated Host", invoke, ["Host", "a"]],
    ["a repeated Authorization", invoke, ["authorization", "a", "authorization", "a"]],
    ["a repeated type", invoke, ["content-type", "text/csv", "content-type", "text/csv"]],
    ["another method in a header", invoke, ["X-HTTP-Method-Override", "DELETE"]],
    ["another path in a header", invoke, ["x-original-url", "/"]],
    ["another path in a header with underscores", invoke, ["x_original_url", "/"]],
    ["a length in a header with an underscore", invoke, ["content_length", "2"]],
    ["another model in a header with underscores", invoke, ["x_amzn_sagemaker_target_model", "a"]],
    ["a grant in a header with one underscore", invoke, ["X-Amz_Acl", "public-read"]],
    ["a letter beyond ASCII", invoke, ["x-a", "\u00e9"]],
    ["dot segments", "/endpoints/x/../churn", []],
    ["encoded dot segments", "/endpoints/%2E%2e/churn", []],
    ["a segment with one dot of two spellings", "/endpoints/.%2e", []],
    ["a backslash", "/endpoints\\churn", []],
    ["two slashes", `/${invoke}`, []],
    ["a fragment", `${invoke}#a`, []],
    ["a whole URL", `https://evil.test${invoke}`, []],
    ["a control character", `${invoke}?a\u0001`, []],
  ])("%s, whatever reads the bytes before", (_, url, more) => {
    const fine = ["host", "a", "x_request_id", "a", "x-amz-meta-one_two", "a"];
    expect(() => readHead({ method: "POST", url: invoke, rawHeaders: fine })).not.toThrow();
    expect(() => readHead({ method: "POST", url, rawHeaders: ["host", "a", ...more] })).toThrow(
      expect.objectContaining({ name: "Refusal", status: 400 }),
    );
  });
});

describe("what the signature does not cover is refused", () => {
  it.each<[string, (lines: string[]) => string[]]>([
    ["another Host", (lines) => lines.with(1, "host: runtime.sagemaker.us-east-1.amazonaws.com")],
    ["an unsigned x-amz header", (lines) => [...lines, "x-amz-security-token: x"]],
    ["an unsigned x-amz-target", (lines) => [...lines, "x-amz-target: SageMaker.DeleteModel"]],
    ["an unsigned header of SageMaker", (lines) => [...lines, "x-amzn-sagemaker-target-model: other"]],
    ["a changed header", (lines) => lines.map((line) => line.replace("application/json", "text/csv"))],
    [
      "a changed date",
      (lines) =>
        lines.map((line) =>
          line.replace(/^(x-amz-date: \d{8}T\d{5})(\d)/u, (_, before, last) => `${before}${(Number(last) + 1) % 10}`),
        ),
    ],
  ])("%s", async (_, change) => {
    const text = await head("{}", change);
    // A change that changes nothing proves nothing.
    expect(text).not.toBe(await head("{}"));
    expect(arrived(await raw(`${text}{}`))).toBe(false);
  });

  it("another path or query", async () => {
    expect(arrived(await raw(`${await head("{}", undefined, "/endpoints/fraud/invocations")}{}`))).toBe(false);
    expect(arrived(await raw(`${await head("{}", undefined, `${invoke}?x=1`)}{}`))).toBe(false);
  });

  it("another body", async () => expect(arrived(await raw(`${await head("{}")}[]`))).toBe(false));
});

describe("an identity is proven", () => {
  it("not by a key that another proxy issued", async () => {
    const stranger = createSigner({ region: local.aws.region, credentials: other, clock: local.aws.clock });
    const signed = await stranger.sign({ method: "POST", url: local.listening.url + invoke, body: "{}" });
    const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect(arrived(`HTTP/1.1 ${response.status}`)).toBe(false);
  });

  it("not twice at once, by header and query", async () => {
    const { url } = presignRequest(
      { method: "POST", url: local.listening.url + invoke },
      {
        credentials: local.key,
        region: local.aws.region,
        service: "sagemaker",
        date: new Date(local.aws.clock.now()),
        expiresIn: 60,
      },
    );
    const answer = await raw(
      `${await head("{}", (lines) => lines.with(0, `POST ${url.slice(local.listening.url.length)} HTTP/1.1`))}{}`,
    );
    expect(arrived(answer)).toBe(false);
  });

  it("not by a signature that was accepted before, where the client's requests are unique", async () => {
    const headers = { "amz-sdk-invocation-id": "one", "content-type": "application/json" };
    const covering = createSigner({
      region: local.aws.region,
      credentials: local.key,
      clock: local.aws.clock,
      settings: { signedHeaders: "all" },
    });
    const signed = await covering.sign({ method: "POST", url: local.listening.url + invoke, headers, body: "{}" });
    const send = (): Promise<Response> => fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect((await send()).status).toBe(200);
    const again = await send();
    expect([again.status, again.headers.get("x-amzn-errortype")]).toEqual([403, "AccessDeniedException"]);
    expect(local.aws.calls()).toHaveLength(1);
  });

  it("but two equal requests of a client without invocation ids are both answered, as AWS does", async () => {
    const signed = await signer.sign({ method: "POST", url: local.listening.url + invoke, body: "{}" });
    for (const _ of [1, 2])
      expect((await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status).toBe(200);
  });
});

describe("a signature is accepted once, without an invocation id too, where the client's replay is refused", () => {
  const key = issueKey();
  const request = (url: string) => ({ method: "POST", url: url + invoke, body: "{}" });
  const time = { region: "us-east-1", credentials: key };
  it.each<[string, (url: string) => Promise<{ readonly url: string; readonly headers?: HeadersInit }>]>([
    ["headers", (url) => createSigner({ ...time, clock: local.aws.clock }).sign(request(url))],
    [
      "a presigned URL",
      async (url) =>
        presignRequest(request(url), {
          ...time,
          service: "sagemaker",
          date: new Date(local.aws.clock.now()),
          expiresIn: 3600,
        }),
    ],
  ])("in %s", async (_, sign) => {
    const allow = [{ actions: ["sagemaker:InvokeEndpoint"] }];
    const { proxy, url } = await proxyOf([{ name: "once", key, allow, replay: "refuse" }]);
    const signed = await sign(url);
    const send = async (): Promise<number> =>
      (await fetch(signed.url, { method: "POST", headers: signed.headers ?? {}, body: "{}" })).status;
    expect([await send(), await send()]).toEqual([200, 403]);
    expect(local.aws.calls()).toHaveLength(1);
    await proxy.close();
  });
});

it("a client that proves itself is held to its own allowances, not to those of the client beside it", async () => {
  const [mine, theirs] = [issueKey(), issueKey()];
  const { proxy, url } = await proxyOf([
    { name: "mine", key: mine, allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources: ["endpoint/mine"] }] },
    { name: "theirs", key: theirs, allow: [{ actions: ["sagemaker:InvokeEndpoint"], resources: ["endpoint/theirs"] }] },
  ]);
  const status = async (credentials: typeof mine, endpoint: string): Promise<number> => {
    const own = createSigner({ region: local.aws.region, credentials, clock: local.aws.clock });
    const signed = await own.sign({ method: "POST", url: `${url}/endpoints/${endpoint}/invocations`, body: "{}" });
    return (await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status;
  };
  expect([await status(mine, "mine"), await status(mine, "theirs"), await status(theirs, "mine")]).toEqual([
    200, 403, 403,
  ]);
  expect(local.aws.calls()).toHaveLength(1);
  await proxy.close();
});

describe("a body that proves nothing yet is read up to a limit that is its own client's", () => {
  const small = issueKey();
  const large = issueKey();
  const body = "x".repeat(5000);

  it.each<[string, string | undefined, number, number]>([
    ["of no key", undefined, 403, 0],
    ["of an unknown key", claim(issueKey().accessKeyId), 403, 0],
    ["of the client with the small limit", claim(small.accessKeyId), 413, 0],
    ["of the client with the large limit, whose proof is wrong", claim(large.accessKeyId), 403, body.length],
  ])("%s", async (_, authorization, status, bytesIn) => {
    const { proxy, url } = await proxyOf([
      { name: "small", key: small, allow: [], maxBodyBytes: 100 },
      { name: "large", key: large, allow: [], maxBodyBytes: 10_000 },
    ]);
    const date = new Date(local.aws.clock.now()).toISOString().replaceAll(/[-:]|\.\d{3}/gu, "");
    const headers = { "x-amz-date": date, ...(authorization !== undefined && { authorization }) };
    const response = await fetch(url + invoke, { method: "POST", headers, body });
    await expect.poll(() => local.audit.at(-1)).toMatchObject({ status, bytesIn });
    expect(response.status).toBe(status);
    await proxy.close();
  });

  function claim(accessKeyId: string): string {
    const day = new Date().toISOString().slice(0, 10).replaceAll("-", "");
    return `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${day}/us-east-1/sagemaker/aws4_request, SignedHeaders=host;x-amz-date, Signature=${"0".repeat(64)}`;
  }
});

it("a name of AWS that DNS points at another server gets nothing of the request", async () => {
  // Its authority is trusted: the name alone is wrong.
  const { ca, server: pair } = issueCertificates();
  let received = 0;
  const elsewhere = createServer({ ...pair }, (_, response) => {
    received += 1;
    response.end();
  });
  await once(elsewhere.listen(0, "127.0.0.1"), "listening");
  const { port } = elsewhere.address() as AddressInfo;
  const transport = createTransport({
    ca,
    lookup: ((_name: string, _options: object, callback: (...found: unknown[]) => void) =>
      callback(null, [{ address: "127.0.0.1", family: 4 }])) as never,
  });
  const key = issueKey();
  const { proxy, url } = await proxyOf([{ name: "a", key, allow: [{ actions: ["sagemaker:*"] }] }], {
    transport,
    endpoints: { url: `https://runtime.sagemaker.us-east-1.amazonaws.com:${port}` },
  });
  const own = createSigner({ region: local.aws.region, credentials: key, clock: local.aws.clock });
  const signed = await own.sign({ method: "POST", url: url + invoke, body: "{}" });
  const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
  expect([response.status, received]).toEqual([502, 0]);
  expect(local.audit.at(-1)?.detail).toMatch(/^TLS_HOST_MISMATCH/u);
  await proxy.close();
  await transport.close();
  elsewhere.close();
});

describe("clients are judged by the machine's own clock", () => {
  const key = issueKey();
  const allow = [{ actions: ["sagemaker:InvokeEndpoint"] }];

  /** A proxy before a service whose answers bear a date that is off by `lieMs`. */
  async function beforeLiar(maxSkewMs = 300_000) {
    const clock = createManualClock();
    const clientClock = createManualClock(clock.wall());
    const liar = { lieMs: 0, calls: 0 };
    const transport = {
      async request(): Promise<unknown> {
        liar.calls += 1;
        const date = new Date(clock.wall() + liar.lieMs).toUTCString();
        return { statusCode: 200, headers: { date }, body: Readable.from([Buffer.from("{}")]) };
      },
    } as unknown as ProxyOptions["transport"];
    const { proxy, url } = await proxyOf([{ name: "a", key, allow }], { transport, clock, maxSkewMs });
    const own = createSigner({
      region: local.aws.region,
      credentials: key,
      clock: clientClock,
      settings: { signedHeaders: "all" },
    });
    let count = 0;
    const sign = (): Promise<{ readonly url: string; readonly headers: Readonly<Record<string, string>> }> =>
      own.sign({
        method: "POST",
        url: url + invoke,
        headers: { "amz-sdk-invocation-id": String((count += 1)) },
        body: "{}",
      });
    const send = async (signed: Awaited<ReturnType<typeof sign>>): Promise<number> =>
      (await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status;
    return { clock, clientClock, liar, proxy, sign, send };
  }

  it.each([3_600_000, -3_600_000])("a service that lies about the time by %d ms locks no client out", async (lieMs) => {
    const { clock, liar, proxy, sign, send } = await beforeLiar();
    liar.lieMs = lieMs;
    for (const _ of [1, 2, 3]) expect(await send(await sign())).toBe(200);
    // The lie was believed, as far as the proxy's own signatures go.
    expect(Math.abs(clock.offsetMs - lieMs)).toBeLessThan(2_000);
    liar.lieMs = 0;
    for (const _ of [1, 2]) expect(await send(await sign())).toBe(200);
    expect(clock.offsetMs).toBe(0);
    expect(local.audit.at(-1)?.time).toBe(new Date(clock.wall()).toISOString());
    await proxy.close();
  });

  it.each<[string, (from: Awaited<ReturnType<typeof beforeLiar>>) => Promise<void> | void]>([
    ["a service that lies about the time", ({ liar }) => void (liar.lieMs = 3_600_000)],
    ["a clock that is set forward and back", ({ clock }) => clock.jump(1_500_000)],
  ])("a signature stays used in spite of %s", async (_, disturb) => {
    const attacked = await beforeLiar();
    const { clock, clientClock, liar, proxy, sign, send } = attacked;
    const start = clock.wall();
    const used = await sign();
    expect(await send(used)).toBe(200);
    await disturb(attacked);
    clientClock.jump(clock.wall() - clientClock.wall());
    for (const _unused of [1, 2, 3]) expect(await send(await sign())).toBe(200);
    liar.lieMs = 0;
    clock.jump(start - clock.wall());
    const before = liar.calls;
    expect(await send(used)).toBe(403);
    expect(liar.calls).toBe(before);
    await proxy.close();
  });

  it("a signature stays used for as long as a wide skew lets it live", async () => {
    const { clock, clientClock, liar, proxy, sign, send } = await beforeLiar(900_000);
    clientClock.jump(890_000);
    const used = await sign();
    expect(await send(used)).toBe(200);
    for (const _ of [1, 2]) {
      await clock.advance(850_000);
      clientClock.jump(clock.wall() - clientClock.wall());
      expect(await send(await sign())).toBe(200);
    }
    const before = liar.calls;
    expect(await send(used)).toBe(403);
    expect(local.audit.at(-1)?.code).toBe("AccessDeniedException");
    expect(liar.calls).toBe(before);
    await proxy.close();
  });
});

/** Another proxy before the same local AWS. */
async function proxyOf(
  clients: readonly Omit<ProxyClient, "credentials">[],
  options: Partial<ProxyOptions> = {},
): Promise<{ readonly proxy: Proxy; readonly url: string }> {
  const proxy = await createProxy({
    transport: local.transport,
    clock: local.aws.clock,
    endpoints: { "sagemaker-runtime": { url: local.aws.url.runtime } },
    audit: (record) => local.audit.push(record),
    clients: clients.map((one) => ({ ...one, credentials: local.session })),
    ...options,
  });
  return { proxy, url: (await proxy.listen({})).url };
}
