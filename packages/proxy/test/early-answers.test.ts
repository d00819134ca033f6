import { once } from "node:events";
import http from "node:http";
import net, { type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { createSigner, type PayloadMode, type Signer } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AuditRecord, createProxy, issueKey, type Proxy } from "../src/index.ts";

/** More than the buffers of all sockets hold. */
const LENGTH = 24_000_000;
const DENIED = "<Error><Code>AccessDenied</Code></Error>";
const head = (status: string, length: number): string => `HTTP/1.1 ${status}\r\ncontent-length: ${length}\r\n`;

/** A store that answers uploads before it has read them, and reads on or not. */
let answer: (socket: net.Socket) => void;
const store = net.createServer((socket) => {
  socket
    .on("error", () => undefined)
    .on("data", (bytes) => {
      const begin = bytes.toString("latin1", 0, 4);
      if (begin === "GET ") socket.write(`${head("200 OK", 2)}\r\nok`);
      if (begin === "PUT ") answer(socket);
    });
});
const key = issueKey();
const audit: AuditRecord[] = [];
const transport = createTransport({ allowLoopbackHttp: true });
const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
let proxy: Proxy;
let url: string;
let signer: Signer;

beforeAll(async () => {
  store.listen(0, "127.0.0.1");
  await once(store, "listening");
  proxy = await createProxy({
    transport,
    audit: (record) => audit.push(record),
    endpoints: { url: `http://127.0.0.1:${(store.address() as AddressInfo).port}` },
    clients: [{ name: "job", key, credentials: issueKey(), allow: [{ actions: ["s3:*"] }], maxInFlight: 1 }],
  });
  ({ url } = await proxy.listen({}));
  signer = createSigner({ region: "us-east-1", service: "s3", credentials: key });
});
afterAll(async () => {
  agent.destroy();
  await proxy.close();
  await transport.close();
  store.close();
});

interface Answered {
  readonly status: number | undefined;
  readonly connection: string | undefined;
  readonly text: string;
}

async function send(method: string, payload: PayloadMode, body?: Buffer): Promise<Answered> {
  const signed = await signer.sign({ method, url: `${url}/bucket/key`, payload });
  const length = body && { "content-length": String(body.length) };
  const request = http.request(signed.url, { method, agent, headers: { ...signed.headers, ...length } });
  const answered = once(request, "response") as Promise<[http.IncomingMessage]>;
  // The rest of the body cannot be sent to a connection that ends.
  request.on("error", () => undefined).end(body);
  const [response] = await answered;
  const { statusCode: status, headers } = response;
  return { status, connection: headers.connection, text: await text(response) };
}

describe("an answer that comes before the whole upload was read", () => {
  const body = Buffer.alloc(LENGTH);
  it.each<[name: string, answer: (socket: net.Socket) => void, status: number]>([
    [
      "to a service that keeps its connection",
      (socket) => socket.write(`${head("403 Forbidden", 40)}\r\n${DENIED}`),
      403,
    ],
    [
      "to a service that ends its connection",
      (socket) => socket.end(`${head("403 Forbidden", 40)}connection: close\r\n\r\n${DENIED}`),
      403,
    ],
    ["to a service that breaks off", (socket) => void socket.resetAndDestroy(), 502],
  ])("%s reaches the client, whose next request does not wait for the rest", async (_, given, status) => {
    answer = given;
    for (const payload of ["unsigned", { sha256: "0".repeat(64) }] as const) {
      const early = await send("PUT", payload, body);
      const shown = status === 403 ? DENIED : "<Code>ServiceUnavailable</Code>";
      expect(early).toMatchObject({ status, connection: "close", text: expect.stringContaining(shown) as string });
      expect(audit.at(-1)?.bytesIn).toBeLessThan(LENGTH);
      // The client may have one request under way. This one is answered, so the upload has ended.
      await expect(send("GET", "hash")).resolves.toMatchObject({ status: 200, text: "ok" });
    }
  });
});
