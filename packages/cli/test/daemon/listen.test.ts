import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { Agent, type IncomingMessage, request } from "node:http";
import { createServer, connect, type Socket } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";
import { createConnections } from "../../src/daemon/connections.ts";
import { listenOnPort, listenOnSocket } from "../../src/daemon/listen.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-listen-"));
afterAll(() => rmSync(folder, { recursive: true }));

const fetch = (): Response => new Response("ok");

it("a socket's path of 108 bytes is refused, and nothing is left listening", async () => {
  const socket = path.join(folder, "x".repeat(108 - folder.length - 1));
  await expect(listenOnSocket(fetch, socket)).rejects.toMatchObject({ code: "USAGE" });
  expect(readdirSync(folder)).toEqual([]);
});

it("a daemon that is there but does not answer keeps its socket", async () => {
  const socket = path.join(folder, "stopped.sock");
  const stopped = createServer(() => undefined);
  stopped.listen(socket);
  await once(stopped, "listening");
  await expect(listenOnSocket(fetch, socket)).rejects.toMatchObject({ code: "USAGE" });
  stopped.close();
});

it("the socket of a daemon that is gone is taken over", async () => {
  const socket = path.join(folder, "gone.sock");
  const first = await listenOnSocket(fetch, socket);
  await first.close();
  const second = await listenOnSocket(fetch, socket);
  expect(second.address).toBe(socket);
  await second.close();
});

it.each(["GET / HTTP/1.1\r\nHost: x\r\n", "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx", "x"])(
  "a request that never ends does not keep the server from ending: %j",
  async (half) => {
    const server = await listenOnPort((request) => request.text().then(() => new Response("ok")), { port: 0 });
    const client: Socket = connect(Number(new URL(server.address).port), "127.0.0.1");
    client.on("error", () => undefined);
    await once(client, "connect");
    const closed = once(client.resume(), "close");
    client.write(half);
    // Behind a whole request of another connection, the half one has arrived.
    await globalThis.fetch(server.address, { headers: { connection: "close" } });
    await server.close(0);
    await closed;
    expect(client.destroyed).toBe(true);
  },
);

it.each(["a port", "a socket"])(
  "a server on %s that ends lets no client go on over its open connection",
  async (where) => {
    let asked = (): void => undefined;
    let answer: (response: Response) => void = () => undefined;
    const slow = (): Promise<Response> =>
      new Promise((resolve) => {
        answer = resolve;
        asked();
      });
    const socketPath = path.join(folder, "ending.sock");
    const server = await (where === "a port" ? listenOnPort(slow, { port: 0 }) : listenOnSocket(slow, socketPath));
    const at = where === "a port" ? { port: Number(new URL(server.address).port) } : { socketPath };
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    /** Asks, and returns what has the answer given once it was asked for. */
    const ask = async (): Promise<() => Promise<IncomingMessage>> => {
      const arrived = new Promise<void>((resolve) => (asked = resolve));
      const answered = once(request({ ...at, agent }).end(), "response") as Promise<[IncomingMessage]>;
      await arrived;
      return async () => {
        answer(new Response("ok"));
        const [message] = await answered;
        await once(message.resume(), "end");
        return message;
      };
    };
    const underWay = await ask();
    const closed = server.close(60_000);
    await underWay();
    const later = await (await ask())();
    expect(later.headers.connection).toBe("close");
    await closed;
    agent.destroy();
  },
);

it("a client that does not read its answers is closed; one that reads slowly gets the whole answer", async () => {
  const size = 32 << 20;
  const server = await listenOnPort(() => new Response(new Uint8Array(size)), { port: 0 }, { silenceMs: 2000 });
  const client = (): Socket => {
    const socket = connect(Number(new URL(server.address).port), "127.0.0.1").on("error", () => undefined);
    socket.write("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    return socket;
  };
  const silent = client().pause();
  const slow = client();
  let received = 0;
  slow.on("data", (part: Buffer) => {
    received += part.length;
    slow.pause();
    setTimeout(() => slow.resume(), 6);
  });
  await once(slow, "end");
  expect(received).toBeGreaterThan(size);
  // However fast the other one was: by then the server has closed this connection.
  await new Promise((resolve) => setTimeout(resolve, 2500));
  // What the system had taken already can be read; the rest is gone.
  let kept = 0;
  silent.on("data", (part: Buffer) => (kept += part.length)).resume();
  await once(silent, "close");
  expect(kept).toBeLessThan(size);
  await server.close();
});

it("connections over the limit are closed at once, and there is room again after others ended", async () => {
  const connections = createConnections(2);
  const one = await listenOnPort(fetch, { port: 0 }, { connections });
  const two = await listenOnPort(fetch, { port: 0 }, { connections });
  const open = async (address: string): Promise<Socket> => {
    const socket = connect(Number(new URL(address).port), "127.0.0.1").on("error", () => undefined);
    await once(socket, "connect");
    return socket.resume();
  };
  const first = await open(one.address);
  await open(two.address);
  await expect.poll(() => connections.open()).toBe(2);
  const third = await open(one.address);
  await once(third, "close");
  expect(connections.refused()).toBe(1);
  first.destroy();
  await expect.poll(() => connections.open()).toBe(1);
  expect((await globalThis.fetch(two.address)).status).toBe(200);
  await Promise.all([one.close(0), two.close(0)]);
  await expect.poll(() => connections.open()).toBe(0);
});

const CLIENTS = 1000;

/** Connects `CLIENTS` times before the server can accept one. */
async function connectAtOnce(to: { readonly port: number } | { readonly path: string }): Promise<readonly Socket[]> {
  const clients = Array.from({ length: CLIENTS }, () => connect({ host: "127.0.0.1", ...to }));
  // The sockets ask the kernel in the next tick, and nothing is accepted before the event loop goes on.
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });
  return clients;
}

it.skipIf(process.platform !== "linux")(
  "a thousand users who come at once wait at the port: none is dropped",
  async () => {
    const server = await listenOnPort(fetch, { port: 0 });
    const port = Number(new URL(server.address).port);
    const clients = await connectAtOnce({ port });
    // A listening socket's `rx_queue` counts the connections that wait (proc_net_tcp in the kernel's documentation).
    const isListening = new RegExp(
      `:${port.toString(16).toUpperCase().padStart(4, "0")} 00000000:0000 0A \\w+:(\\w+)`,
      "u",
    );
    const waiting = Number.parseInt(isListening.exec(readFileSync("/proc/net/tcp", "utf8"))?.[1] ?? "", 16);
    expect(waiting).toBe(CLIENTS);
    for (const client of clients) client.destroy();
    await server.close(0);
  },
);

it("a thousand users who come at once wait at the socket: none is refused", async () => {
  const socket = path.join(folder, "crowd.sock");
  const server = await listenOnSocket(fetch, socket);
  const clients = await connectAtOnce({ path: socket });
  const outcomes = await Promise.all(clients.map((client) => once(client, "connect").then(() => "connected", String)));
  expect(new Set(outcomes)).toEqual(new Set(["connected"]));
  for (const client of clients) client.destroy();
  await server.close(0);
});
