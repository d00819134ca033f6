import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
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
  readonly body: string;
};
let proxy: Proxy;
let signer: Signer;
let url: string;
const transport = createTransport({ allowLoopbackHttp: true });
const upstream = createServer((request, response) => {
  request.resume();
  const { status, headers, body } = answer(request.rawHeaders.join("\n"));
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
    clients: [{ name: "job", key, credentials, allow: [{ actions: ["sagemaker:InvokeEndpoint"] }] }],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", credentials: key });
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  upstream.close();
});

async function invoke(): Promise<{ readonly status: number; readonly text: string; readonly headers: Headers }> {
  const signed = await signer.sign({ method: "POST", url: `${url}/endpoints/churn/invocations`, body: "{}" });
  const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}", redirect: "manual" });
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

  it("that is endless is cut off, and nothing of it is passed on", async () => {
    answer = () => ({ status: 500, body: "x".repeat(2_000_000) });
    expect(await invoke()).toMatchObject({ status: 502, text: expect.not.stringContaining("xxxx") });
  });
});

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
