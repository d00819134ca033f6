import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { createSigner } from "@countersign/signer";
import { createTransport } from "@countersign/transport";
import { describe, expect, it } from "vitest";
import { createProxy, issueKey } from "../../src/index.ts";
import { createConnectionShares } from "../../src/send/connection-shares.ts";

// A program behind the proxy holds a valid key. Its requests that never end must not take the connections to a service from
// the programs beside it.
const CONNECTIONS = 4;
const STUCK = 6;

const flood: RequestListener = (_, response) => {
  const more = (): void => {
    while (response.write(Buffer.alloc(65_536)));
    response.once("drain", more);
  };
  response.on("error", () => undefined);
  more();
};

it.each<[string, string, RequestListener]>([
  ["waits for answers that never come", "GET", () => undefined],
  ["never ends its uploads", "PUT", (request) => request.resume()],
  ["never reads its answers", "GET", flood],
])("a client that %s leaves connections for another client", async (_, method, slow) => {
  const upstream = createServer((request, response) => {
    if (request.url?.includes("slow") === true) slow(request, response);
    else request.resume().on("end", () => response.end("{}"));
  });
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const transport = createTransport({ allowLoopbackHttp: true, connections: CONNECTIONS });
  const [key, other] = [issueKey(), issueKey()];
  const shared = { credentials: issueKey(), allow: [{ actions: ["sagemaker:*", "s3:*"] }] };
  const proxy = await createProxy({
    transport,
    endpoints: { url: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` },
    clients: [
      { name: "attacker", key, ...shared },
      { name: "victim", key: other, ...shared },
    ],
  });
  const { url } = await proxy.listen({});
  const { hostname, port, host } = new URL(url);
  const sockets: Socket[] = [];
  try {
    const attacker = createSigner({ region: "us-east-1", service: "s3", credentials: key });
    for (let index = 0; index < STUCK; index += 1) {
      const signed = await attacker.sign({ method, url: `${url}/bucket/slow${index}`, payload: "unsigned" });
      const lines = Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`);
      const head = [`${method} /bucket/slow${index} HTTP/1.1`, `host: ${host}`, ...lines];
      const socket = connect(Number(port), hostname).on("error", () => undefined);
      sockets.push(socket);
      socket.write(`${head.join("\r\n")}\r\n${method === "PUT" ? "content-length: 9\r\n\r\na" : "\r\n"}`);
    }
    const arrived = (): Promise<number> =>
      new Promise((resolve) => upstream.getConnections((_error, count) => resolve(count)));
    await expect.poll(arrived).toBe(CONNECTIONS - 1);
    const victim = createSigner({ region: "us-east-1", credentials: other });
    const signed = await victim.sign({ method: "POST", url: `${url}/endpoints/good/invocations`, body: "{}" });
    const answer = await fetch(signed.url, {
      method: "POST",
      headers: signed.headers,
      body: "{}",
      signal: AbortSignal.timeout(20_000),
    });
    expect(answer.status).toBe(200);
  } finally {
    for (const socket of sockets) socket.destroy();
    upstream.closeAllConnections();
    upstream.close();
    await proxy.close();
    await transport.close();
  }
});

describe("the connections to one service", () => {
  const { signal } = new AbortController();
  const entered = async (step: Promise<unknown>): Promise<boolean> =>
    (await Promise.race([step.then(() => true), new Promise((resolve) => setImmediate(resolve, false))])) as boolean;

  it("are three quarters of one client at most, and those who wait come in turn", async () => {
    const shares = createConnectionShares(64);
    const [one, two] = [{}, {}];
    const releases = await Promise.all(Array.from({ length: 48 }, () => shares.enter("a", one, signal)));
    const waiting = shares.enter("a", one, signal);
    expect(await entered(waiting)).toBe(false);
    expect(await entered(shares.enter("b", one, signal))).toBe(true);
    expect(await entered(shares.enter("a", two, signal))).toBe(true);
    releases[0]?.();
    expect(await entered(waiting)).toBe(false);
    releases[1]?.();
    expect(await entered(waiting)).toBe(true);
  });

  it("are not given to a client that left while it waited", async () => {
    const shares = createConnectionShares(1);
    const release = await shares.enter("a", {}, signal);
    const leaving = new AbortController();
    const left = shares.enter("a", {}, leaving.signal);
    const stays = shares.enter("a", {}, signal);
    leaving.abort();
    await expect(left).rejects.toThrow("the client is gone");
    await expect(shares.enter("a", {}, leaving.signal)).rejects.toThrow("the client is gone");
    release();
    expect(await entered(stays)).toBe(true);
  });
});
