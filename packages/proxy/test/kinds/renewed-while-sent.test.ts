import { once } from "node:events";
import { createServer } from "node:http";
import { connect, createServer as createHttp2Server } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { type AwsCredentials, createSigner, type MemoizedProvider } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createProxy, issueKey, type Proxy } from "../../src/index.ts";
import { converse, part } from "../conversation.ts";

// Credentials are renewed while a request is on its way: an answer then quotes others than those that were asked for first.
const before: AwsCredentials = {
  accessKeyId: "ASIABEFOREBEFOREBEFO",
  secretAccessKey: "before",
  sessionToken: "IQoJb3JpZ2luX2VjEFirstTokenOfTheRole+/==",
};
const after: AwsCredentials = {
  accessKeyId: "ASIAOTHEROTHEROTHERO",
  secretAccessKey: "after",
  sessionToken: "FwoGZXIvYXdzEJrSecondTokenThatStays+/==",
};
const key = issueKey();
let current = before;
const provider: MemoizedProvider = Object.assign(
  async () => {
    const given = current;
    current = after;
    return given;
  },
  { memoized: true as const, peek: () => current, invalidate: () => undefined },
);
const transport = createTransport({ allowLoopbackHttp: true });
let status = 400;
const service = createServer((request, response) => {
  const { authorization, "x-amz-security-token": token } = request.headers;
  request
    .resume()
    .on("end", () => response.writeHead(status, { "x-quoted": token }).end(`<a>${authorization}, ${String(token)}`));
});
const eventService = createHttp2Server().on("stream", (stream, { authorization, "x-amz-security-token": token }) => {
  stream.on("error", () => undefined);
  stream.respond({ ":status": 400, "x-quoted": token });
  stream.end(`${authorization}, ${String(token)}`);
});
let proxy: Proxy;
let url: string;

beforeAll(async () => {
  const listening = async (server: Server): Promise<{ readonly url: string }> => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  };
  const plain = await listening(service);
  proxy = await createProxy({
    transport,
    endpoints: { s3: plain, "sagemaker-runtime": plain, "sagemaker-runtime-http2": await listening(eventService) },
    clients: [{ name: "a", key, credentials: provider, allow: [{ actions: ["sagemaker:*", "s3:*"] }] }],
  });
  ({ url } = await proxy.listen({}));
});
afterAll(async () => {
  await proxy.close();
  await transport.close();
  service.close();
  eventService.close();
});

function expectNothingQuoted(shown: string): void {
  expect(shown).toContain("<access key id>");
  expect(shown).toMatch(/x-quoted.{1,5}<session token/u);
  for (const { accessKeyId, sessionToken } of [before, after])
    for (const secret of [accessKeyId, sessionToken]) expect(shown).not.toContain(secret);
}

describe("credentials that were renewed while a request was on its way are not quoted in", () => {
  it.each([
    ["an error", "sagemaker", "/endpoints/churn/invocations", 400],
    ["an answer of Amazon S3 to a write", "s3", "/bucket/a?uploadId=1", 200],
    ["an error of Amazon S3", "s3", "/bucket/a?uploadId=1", 403],
  ])("%s", async (_, name, path, answered) => {
    [current, status] = [before, answered];
    const signed = await createSigner({ region: "us-east-1", service: name, credentials: key }).sign({
      method: "POST",
      url: url + path,
      body: "{}",
    });
    const response = await fetch(signed.url, { method: "POST", headers: signed.headers, body: "{}" });
    expect(response.status).toBe(answered);
    expectNothingQuoted(JSON.stringify([...response.headers]) + (await response.text()));
  });

  it("an error instead of a stream in both directions", async () => {
    current = before;
    const through = connect(url);
    const talk = await converse(through, url, key);
    talk.stream.write(talk.sign(part("one")));
    const head = await talk.head();
    let text = "";
    for await (const piece of talk.stream as AsyncIterable<Buffer>) text += piece.toString();
    expect(head[":status"]).toBe(400);
    expectNothingQuoted(JSON.stringify(Object.entries(head)) + text);
    through.close();
  });
});
