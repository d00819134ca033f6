import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { createSigner, type Signer } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditRecord, createProxy, issueKey, type Proxy } from "../src/index.ts";

const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLETOKEN+/==";
const credentials = {
  accessKeyId: "ASIAREALKEYOFTHEROLE",
  secretAccessKey: "a-real-secret-that-stays",
  sessionToken: TOKEN,
};
const key = issueKey();
const audit: AuditRecord[] = [];
let answer: (quoted: string) => {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body: string | Buffer;
};
let proxy: Proxy;
let signer: Signer;
let url: string;
const transport = createTransport({ allowLoopbackHttp: true });
const upstream = createServer((incoming, response) => {
  incoming.resume();
  const { status, headers, body } = answer(incoming.rawHeaders.join("\n"));
  response.writeHead(status, headers).end(body);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    upstream.listen(0, "127.0.0.1", resolve);
  });
  proxy = await createProxy({
    transport,
    audit: (record) => audit.push(record),
    endpoints: { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    clients: [{ name: "job", key, credentials, allow: [{ actions: ["sagemaker:InvokeEndpoint", "s3:*"] }] }],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", credentials: key });
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  upstream.close();
});

async function invoke(
  extra: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
  const signed = await signer.sign({ method: "POST", url: `${url}/endpoints/churn/invocations`, body: "{}" });
  const response = await fetch(signed.url, {
    method: "POST",
    headers: { ...signed.headers, ...extra },
    body: "{}",
    redirect: "manual",
  });
  return { status: response.status, text: await response.text(), headers: response.headers };
}

describe("an error of the service", () => {
  it("comes back without the session token and the key that it quotes", async () => {
    answer = (quoted) => ({
      status: 400,
      headers: { "x-amzn-errortype": "ValidationException" },
      body: JSON.stringify({ message: quoted }),
    });
    const { status, text, headers } = await invoke();
    expect([status, headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
    expect(text).toContain("<access key id>");
    for (const secret of [TOKEN, encodeURIComponent(TOKEN), credentials.accessKeyId])
      expect(text).not.toContain(secret);
    expect(headers.get("content-length")).toBe(String(Buffer.byteLength(text)));
  });

  it.each([
    "SignatureDoesNotMatch",
    "ExpiredTokenException",
    "com.amazon.coral.service#UnrecognizedClientException",
    "RequestTimeTooSkewed",
  ])("about the proxy's own signature (%s) is not the client's fault, and the operator reads why", async (code) => {
    answer = (quoted) => ({ status: 403, body: JSON.stringify({ __type: code, message: quoted }) });
    const { status, text } = await invoke();
    expect(status).toBe(503);
    expect(text).not.toContain("EXAMPLETOKEN");
    expect(audit.at(-1)).toMatchObject({
      code: "ServiceUnavailable",
      status: 503,
      detail: expect.stringContaining(credentials.accessKeyId),
    });
    expect(JSON.stringify(audit)).not.toContain(TOKEN);
  });

  it.each<[string, number]>([
    ["SignatureDoesNotMatch", 1],
    ["IncompleteSignature", 1],
    ["RequestTimeTooSkewed", 1],
    ["ExpiredTokenException", 2],
    ["UnrecognizedClientException", 2],
  ])(
    "that says %s makes the proxy ask %d times for credentials: what a client sent takes none away",
    async (code, times) => {
      let asked = 0;
      const own = issueKey();
      const client = {
        name: "a",
        key: own,
        credentials: async () => ({ ...credentials, accessKeyId: `ASIAKEYNUMBER${(asked += 1)}` }),
        allow: [{ actions: ["sagemaker:InvokeEndpoint"] }],
      };
      const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
      const other = await createProxy({ transport, endpoints: { url: address }, clients: [client] });
      try {
        const listening = await other.listen({});
        const signs = createSigner({ region: "us-east-1", credentials: own });
        answer = () => ({ status: 403, body: JSON.stringify({ __type: code }) });
        for (const _ of [1, 2]) {
          const signed = await signs.sign({
            method: "POST",
            url: `${listening.url}/endpoints/churn/invocations`,
            body: "{}",
          });
          expect((await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" })).status).toBe(503);
        }
        expect(asked).toBe(times);
      } finally {
        await other.close();
      }
    },
  );

  it.each<[string, number, string, number, number]>([
    ["AssumeRoleWithWebIdentity", 400, "ExpiredTokenException", 400, 1],
    ["AssumeRoleWithSAML", 400, "ExpiredTokenException", 400, 1],
    ["AssumeRole", 400, "ExpiredTokenException", 400, 1],
    ["AssumeRoleWithWebIdentity", 403, "ExpiredToken", 503, 2],
    ["AssumeRoleWithWebIdentity", 403, "InvalidClientTokenId", 503, 2],
    ["GetCallerIdentity", 400, "ExpiredToken", 503, 2],
  ])(
    "to %s with status %d that says %s is answered with %d, and credentials are asked for %d times: a token that a client sent takes none away",
    async (action, answered, code, status, times) => {
      let asked = 0;
      const own = issueKey();
      const provider = async () => ({ ...credentials, accessKeyId: `ASIAKEYNUMBER${(asked += 1)}` });
      const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
      const other = await createProxy({
        transport,
        endpoints: { url: address },
        clients: [{ name: "a", key: own, credentials: provider, allow: [{ actions: [`sts:${action}`] }] }],
      });
      try {
        const listening = await other.listen({});
        const signs = createSigner({ region: "us-east-1", service: "sts", credentials: own });
        const body = `Action=${action}&Version=2011-06-15`;
        answer = () => ({
          status: answered,
          body: `<ErrorResponse><Error><Code>${code}</Code></Error></ErrorResponse>`,
        });
        for (const _ of [1, 2]) {
          const headers = { "content-type": "application/x-www-form-urlencoded" };
          const signed = await signs.sign({ method: "POST", url: `${listening.url}/`, headers, body });
          expect((await fetch(signed.url, { method: "POST", headers: signed.headers, body })).status).toBe(status);
        }
        expect(asked).toBe(times);
      } finally {
        await other.close();
      }
    },
  );

  it.each([
    "AWSAccessKeyId=AKIDOFTHECLIENT&SignatureMethod=HmacSHA256&SignatureVersion=2&Signature=a",
    "SecurityToken=a",
    "securitytoken=a",
    "%53ecurityToken=a",
    "X-Amz-Security-Token=a",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a",
  ])("of STS about what its parameters sign it with cannot come: a request with %s is not sent", async (more) => {
    let calls = 0;
    answer = () => {
      calls += 1;
      return { status: 403, body: "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>" };
    };
    const address = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
    const clients = [{ name: "a", key, credentials, allow: [{ actions: ["sts:GetCallerIdentity"] }] }];
    const other = await createProxy({ transport, endpoints: { url: address }, clients });
    try {
      const listening = await other.listen({});
      const signs = createSigner({ region: "us-east-1", service: "sts", credentials: key });
      const headers = { "content-type": "application/x-www-form-urlencoded" };
      const action = "Action=GetCallerIdentity&Version=2011-06-15";
      const [form, query] = [`${action}&${more}`, `?${more}`];
      const asked: readonly (readonly [string, string])[] = more.startsWith("X-Amz")
        ? [["", form]]
        : [
            ["", form],
            [query, action],
          ];
      for (const [target, body] of asked) {
        const signed = await signs.sign({ method: "POST", url: `${listening.url}/${target}`, headers, body });
        const sent = await fetch(signed.url, { method: "POST", headers: signed.headers, body });
        expect([sent.status, await sent.text(), calls]).toEqual([403, expect.stringContaining("must not sign it"), 0]);
      }
    } finally {
      await other.close();
    }
  });

  it.each<[string, (secret: string) => string]>([
    [
      "JSON's escape of a slash and of another character",
      (secret) => secret.replace("/", "\\/").replace("J", "\\u004A"),
    ],
    ["decimal references", (secret) => secret.replaceAll(/[^A-Za-z]/gu, (one) => `&#${one.charCodeAt(0)};`)],
    [
      "hexadecimal references",
      (secret) => secret.replaceAll(/[^A-Z]/gu, (one) => `&#x${one.charCodeAt(0).toString(16)};`),
    ],
    ["references of references", (secret) => secret.replace("+", "&amp;#43;")],
    ["escapes of escapes", (secret) => secret.replace("b", "\\\\u0062").replace("/", "\\\\/")],
  ])("that quotes the token with %s is not passed on, in its body or a header", async (_, escape) => {
    const quoted = escape(TOKEN);
    for (const shown of [
      { body: `{"message":"${quoted}"}` },
      { headers: { "x-amzn-error-message": quoted }, body: "{}" },
    ]) {
      answer = () => ({ status: 400, ...shown });
      const { status, text, headers } = await invoke();
      expect([status, headers.get("x-amzn-error-message")]).toEqual([502, null]);
      expect(text).not.toContain("EXAMPLETOKEN");
    }
    // Other escapes are what errors have.
    answer = () => ({ status: 400, body: '{"message":"a\\/b \\u0041 &#43;"}' });
    expect(await invoke()).toMatchObject({ status: 400, text: '{"message":"a\\/b \\u0041 &#43;"}' });
  });

  const bytesOf = (text: string, between: string): string =>
    [...Buffer.from(text)].map((byte) => byte.toString(16)).join(between);

  it.each<[string, string]>([
    ["the beginning of the token with an escape", TOKEN.slice(0, 24).replace("Z", "\\u005a")],
    ["the middle of the token in references", TOKEN.slice(8, 26).replaceAll(/./gu, (one) => `&#${one.charCodeAt(0)};`)],
    ["the token in Base64", Buffer.from(`a ${TOKEN}`).toString("base64")],
    ["the end of the token in the other Base64", Buffer.from(`a${TOKEN.slice(12)}\xff\xfe`).toString("base64url")],
    ["the bytes of the token", bytesOf(`token:${TOKEN}\n`, " ")],
    ["the bytes of the token in one word", bytesOf(TOKEN, "").toUpperCase()],
    ["the key id in percent-encoding", credentials.accessKeyId.replace("REAL", "RE%41L")],
    ["the key id in percent-encoding of another", bytesOf(credentials.accessKeyId, "%25").replace(/^/u, "%25")],
    ["the key id in Base64", Buffer.from(`Credential=${credentials.accessKeyId}/2026`).toString("base64")],
  ])("that quotes %s is not passed on", async (_, quoted) => {
    for (const shown of [
      { body: `{"message":"${quoted}"}` },
      { headers: { "x-amzn-error-message": quoted }, body: "{}" },
    ]) {
      answer = () => ({ status: 400, ...shown });
      const { status, headers } = await invoke();
      expect([status, headers.get("x-amzn-error-message")]).toEqual([502, null]);
    }
  });

  it.each([
    Buffer.from("what a model says of itself, in Base64").toString("base64"),
    bytesOf("PUT\n/bucket/key\nX-Amz-Expires=300", " "),
    "arn:aws:sagemaker:eu-west-1:111122223333:endpoint/churn-0f1e2d3c4b5a69788796a5b4c3d2e1f0 50% of 100",
  ])("that quotes something else is passed on: %s", async (quoted) => {
    answer = () => ({ status: 400, headers: { "x-amz-id-2": quoted }, body: quoted });
    const { status, text, headers } = await invoke();
    expect([status, text, headers.get("x-amz-id-2")]).toEqual([400, quoted, quoted]);
  });

  it("that is endless is cut off, and nothing of it is passed on", async () => {
    answer = () => ({ status: 500, body: "x".repeat(2_000_000) });
    expect(await invoke()).toMatchObject({ status: 502, text: expect.not.stringContaining("xxxx") });
  });
});

describe("what an error quotes of the proxy's credentials stays hidden", () => {
  it("in its headers", async () => {
    answer = () => ({
      status: 400,
      headers: {
        "x-amzn-errormessage": `token ${TOKEN} is bad`,
        "x-other": encodeURIComponent(TOKEN),
        "x-key": credentials.accessKeyId,
        "x-amzn-requestid": "r",
      },
      body: "{}",
    });
    const { status, headers } = await invoke();
    expect([status, headers.get("x-amzn-requestid"), headers.get("x-key")]).toEqual([400, "r", "<access key id>"]);
    expect(JSON.stringify([...headers])).not.toContain("EXAMPLETOKEN");
  });

  it.each<[string, Record<string, string>, Buffer]>([
    ["gzip", { "content-encoding": "gzip" }, gzipSync(TOKEN)],
    ["an unknown encoding", { "content-encoding": "x-new" }, Buffer.from(TOKEN)],
    ["a charset without ASCII", { "content-type": "text/xml; charset=utf-16le" }, Buffer.from(TOKEN, "utf16le")],
    ["UTF-16 that is not announced", {}, Buffer.from(TOKEN, "utf16le")],
    ["UTF-7", { "content-type": "text/xml; charset='utf-7'" }, Buffer.from(TOKEN)],
  ])("in %s, which cannot be checked and is not passed on", async (_, headers, body) => {
    answer = () => ({ status: 400, headers, body });
    const { status, text, headers: shown } = await invoke();
    expect([status, shown.get("content-encoding")]).toEqual([502, null]);
    expect(text).toContain("cannot be checked");
  });

  it("and no service is asked to compress its answer", async () => {
    let asked = "";
    answer = (quoted) => {
      asked = quoted.toLowerCase();
      return { status: 200, body: "{}" };
    };
    expect((await invoke({ "accept-encoding": "gzip, br" })).status).toBe(200);
    expect(asked).toContain("accept-encoding\nidentity");
    expect(asked).not.toContain("gzip");
  });

  it.each([
    ["at once", ""],
    ["after what keeps the connection alive", `<?xml version="1.0" encoding="UTF-8"?>\n${" ".repeat(500)}`],
    ["after more of that than is passed on unread", " ".repeat(20_000)],
  ])("in an error after the 200 of a completed upload, %s", async (_, begin) => {
    answer = () => ({
      status: 200,
      headers: { "x-other": TOKEN },
      body: `${begin}<Error><Code>InvalidToken</Code><Token-0>${TOKEN}</Token-0><Key>${credentials.accessKeyId}</Key></Error>`,
    });
    const { status, text, headers } = await complete();
    expect(status).toBe(200);
    expect(text.slice(0, begin.length)).toBe(begin);
    expect(text).toContain("<Error><Code>InvalidToken</Code>");
    expect(text + JSON.stringify([...headers])).not.toMatch(/EXAMPLETOKEN|ASIAREALKEY/u);
  });

  it.each<[string, string, string]>([
    ["an uploaded part", "PUT", "/bucket/a?partNumber=1&uploadId=1"],
    ["an object", "PUT", "/bucket/a"],
    ["a deletion", "DELETE", "/bucket/a"],
    ["an upload that begins", "POST", "/bucket/a?uploads="],
  ])("in an error after the 200 for %s", async (_, method, target) => {
    answer = () => ({ status: 200, body: `<Error><Token-0>${TOKEN}</Token-0></Error>` });
    const { status, text } = await store(method, target, method === "DELETE" ? undefined : "data");
    expect([status, text]).toEqual([200, expect.stringMatching(/^<Error><Token-0>(?!.*EXAMPLETOKEN)/u)]);
  });

  it("and an object that looks like such an error is passed on byte by byte", async () => {
    const body = `<Error><Token-0>${TOKEN}</Token-0></Error>`;
    answer = () => ({ status: 200, body });
    expect(await store("GET", "/bucket/a")).toMatchObject({ status: 200, text: body });
  });

  it("and a completed upload is passed on whole", async () => {
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n  <CompleteMultipartUploadResult/>`;
    answer = () => ({ status: 200, body });
    expect(await complete()).toMatchObject({ status: 200, text: body });
  });

  const complete = (): ReturnType<typeof invoke> => store("POST", "/bucket/a?uploadId=1", "<CompleteMultipartUpload/>");

  async function store(method: string, target: string, body?: string): ReturnType<typeof invoke> {
    const s3 = createSigner({ region: "us-east-1", service: "s3", credentials: key });
    const signed = await s3.sign({ method, url: url + target, ...(body !== undefined && { body }) });
    const response = await fetch(signed.url, { method, headers: signed.headers, ...(body !== undefined && { body }) });
    return { status: response.status, text: await response.text(), headers: response.headers };
  }
});

it.each(["X-Amz-Date", "x-amzn-sagemaker-target-model", "content-type", "close, x-amz-acl", "If-None-Match", "x-note"])(
  "a Connection header, which no signature covers, takes no header of the message away: %s",
  async (named) => {
    let calls = 0;
    answer = () => ((calls += 1), { status: 200, body: "{}" });
    const name = named.replace("close, ", "").toLowerCase();
    const headers = { "content-type": "application/json", ...(name !== "x-amz-date" && { [name]: "a/b" }) };
    const signed = await signer.sign({
      method: "POST",
      url: `${url}/endpoints/churn/invocations`,
      headers,
      body: "{}",
    });
    const send = (connection: string): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const framed = { ...signed.headers, connection, "content-length": "2" };
        const sent = request(signed.url, { method: "POST", headers: framed }, (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        sent.on("error", reject).end("{}");
      });
    expect([await send(named), calls]).toEqual([400, 0]);
    // Names of the connection's own headers, and of headers that are not there, are what many clients write.
    expect([await send("upgrade, http2-settings, te, x-absent"), calls]).toEqual([200, 1]);
  },
);

it("a redirect is not followed and not passed on", async () => {
  answer = () => ({ status: 307, headers: { location: "https://evil.test/" }, body: "" });
  const { status, headers } = await invoke();
  expect([status, headers.get("location")]).toEqual([502, null]);
});

it("hop-by-hop headers stay on their connection", async () => {
  answer = () => ({
    status: 200,
    headers: { connection: "close, x-secret-hop", "x-secret-hop": "1", "x-amzn-requestid": "r" },
    body: "{}",
  });
  const { status, headers } = await invoke();
  expect([status, headers.get("x-secret-hop"), headers.get("x-amzn-requestid")]).toEqual([200, null, "r"]);
});

it("an answer that breaks off breaks off for the client too", async () => {
  answer = () => ({ status: 200, headers: { "content-length": "100", connection: "close" }, body: "short" });
  await expect(invoke()).rejects.toThrow("terminated");
});
