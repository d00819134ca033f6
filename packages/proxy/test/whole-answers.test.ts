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

const credentials = { ...issueKey(), sessionToken: "IQoJb3JpZ2luX2VjEXAMPLETOKEN+/==" };
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
    clients: [{ name: "job", key, credentials, allow: [{ actions: ["s3:*"] }] }],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", service: "s3", credentials: key });
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  upstream.close();
});

async function ask(method: string, isLeftOut: RegExp = /^date$/i): Promise<object> {
  const signed = await signer.sign({ method, url: `${url}/bucket/key` });
  const request = http.request(signed.url, { method, headers: signed.headers }).end();
  const [response] = (await once(request, "response")) as [http.IncomingMessage];
  const body = (await buffer(response)).toString("latin1");
  const { statusCode, rawHeaders } = response;
  return {
    statusCode,
    rawHeaders: rawHeaders.filter((_, index) => !isLeftOut.test(rawHeaders[index & ~1] ?? "")),
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

describe("an answer to a write, which can be an error after a 200, is read whole or in pieces alike", () => {
  const quoted = `<Error><Token-0>${credentials.sessionToken}</Token-0></Error>`;
  it.each<[name: string, method: string, head: string, body: string, shown: object]>([
    ["nothing", "PUT", "HTTP/1.1 200 OK\nContent-Length: 0", "", { statusCode: 200, body: "" }],
    ["no content", "DELETE", "HTTP/1.1 204 No Content", "", { statusCode: 204, body: "" }],
    ["a result", "PUT", "HTTP/1.1 200 OK\nContent-Length: 8", "<Result>", { statusCode: 200, body: "<Result>" }],
    [
      "an error that quotes the session token",
      "PUT",
      `HTTP/1.1 200 OK\nContent-Length: ${quoted.length}`,
      quoted,
      { statusCode: 200, body: expect.stringMatching(/^<Error><Token-0>(?!.*EXAMPLETOKEN)/) as string },
    ],
    [
      "a header that quotes the access key id",
      "PUT",
      `HTTP/1.1 200 OK\nContent-Length: 2\nx-quoted: ${credentials.accessKeyId}`,
      "ok",
      { statusCode: 200, rawHeaders: expect.arrayContaining(["<access key id>"]) as string[] },
    ],
  ])("%s", async (_, method, head, body, shown) => {
    const framing = /^(?:date|content-length|transfer-encoding|x-amzn-requestid|x-amz-request-id)$/i;
    const answers = [];
    for (const isWhole of [true, false]) {
      answer = { head, body, isWhole };
      answers.push(await ask(method, framing));
    }
    const [whole, inPieces] = answers;
    expect(whole).toMatchObject(shown);
    expect(JSON.stringify(answers)).not.toContain("EXAMPLETOKEN");
    expect(JSON.stringify(answers)).not.toContain(credentials.accessKeyId);
    expect(inPieces).toMatchObject(shown);
  });

  it("an encoded body, which cannot be checked, reaches no client", async () => {
    const encoded = { head: "HTTP/1.1 200 OK\nContent-Length: 4\nContent-Encoding: gzip", body: "zzzz" };
    answer = { ...encoded, isWhole: true };
    await expect(ask("PUT")).resolves.toMatchObject({ statusCode: 502 });
    // The head is under way by then.
    answer = { ...encoded, isWhole: false };
    await expect(ask("PUT")).rejects.toThrow("socket hang up");
  });
});
