import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import { createSigner, type Signer } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditRecord, createProxy, issueKey, type Proxy } from "../src/index.ts";

/** What the service sends: head and body, with the body in the same packet or after it. */
let answer: { readonly head: string; readonly body: string; readonly isWhole: boolean };
const upstream = net.createServer((socket) => {
  socket.on("error", () => undefined).on("data", () => void send(socket));
});
async function send(socket: net.Socket): Promise<void> {
  const { head, body, isWhole } = answer;
  const text = `${head.replaceAll("\n", "\r\n")}\r\n\r\n`;
  if (isWhole) {
    socket.write(text + body);
    return;
  }
  socket.write(text);
  await new Promise((resolve) => setTimeout(resolve, 20));
  socket.write(body);
}

const audit: AuditRecord[] = [];
const key = issueKey();
const transport = createTransport({ allowLoopbackHttp: true });
let proxy: Proxy;
let url: string;
let signer: Signer;

beforeAll(async () => {
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  proxy = await createProxy({
    transport,
    audit: (record) => audit.push(record),
    endpoints: { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    clients: [{ name: "job", key, credentials: issueKey(), allow: [{ actions: ["s3:*"] }] }],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", service: "s3", credentials: key });
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  upstream.close();
});

async function ask(method: string): Promise<object> {
  const signed = await signer.sign({ method, url: `${url}/bucket/key` });
  const request = http.request(signed.url, { method, headers: signed.headers }).end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const body = (await buffer(response)).toString("latin1");
  const { statusCode, rawHeaders } = response;
  return {
    statusCode,
    rawHeaders: rawHeaders.filter((_, index) => !/^date$/i.test(rawHeaders[index & ~1] ?? "")),
    body,
  };
}

describe("an answer that arrives whole is passed on as one that arrives in pieces", () => {
  it.each<[name: string, method: string, head: string, body: string]>([
    ["with a length", "GET", "HTTP/1.1 200 OK\nContent-Length: 5\nx-amz-id-2: a=b", "hello"],
    ["in chunks", "GET", "HTTP/1.1 200 OK\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"],
    ["with a header twice", "GET", "HTTP/1.1 200 OK\nContent-Length: 2\nset-cookie: a=1\nset-cookie: b=2", "ok"],
    [
      "with headers of its connection",
      "GET",
      "HTTP/1.1 200 OK\nContent-Length: 2\nConnection: x-hop, keep-alive\nx-hop: 1",
      "ok",
    ],
    ["of a length of nothing", "GET", "HTTP/1.1 200 OK\nContent-Length: 0", ""],
    ["to a HEAD", "HEAD", 'HTTP/1.1 200 OK\nContent-Length: 1000\netag: "e"', ""],
    ["without a body", "GET", 'HTTP/1.1 204 No Content\netag: "e"', ""],
    ["of bytes that are not text", "GET", "HTTP/1.1 206 Partial Content\nContent-Length: 3", "\u0000\u0001\u007f"],
  ])("%s", async (_, method, head, body) => {
    answer = { head, body, isWhole: true };
    const whole = await ask(method);
    const record = audit.at(-1);
    answer = { head, body, isWhole: false };
    await expect(ask(method)).resolves.toEqual(whole);
    expect(whole).toMatchObject({ body: head.includes("chunked") ? "hello" : body });
    expect(JSON.stringify(whole)).not.toContain("x-hop");
    expect(audit.at(-1)).toMatchObject({ status: record?.status, bytesOut: record?.bytesOut, code: null });
  });
});
