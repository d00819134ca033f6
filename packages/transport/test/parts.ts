import { once } from "node:events";
import https from "node:https";
import type { RequestListener } from "node:http";
import type { AddressInfo, Server, Socket } from "node:net";
import { request as undiciRequest } from "undici";
import { afterAll, afterEach, expect } from "vitest";
import { type UndiciLoader, undici } from "../src/adapters/load-undici.ts";
import { type Transport, TransportError, type TransportOptions } from "../src/index.ts";
import { transportOver } from "../src/transport.ts";
import { type Authority, type Identity, createAuthority } from "./authority.ts";
import { type TestServer, startServer } from "./server.ts";

interface Closeable {
  close(): Promise<unknown>;
}

/** What most test files need: an authority, and transports and servers that are closed after each test. */
export interface Parts {
  readonly authority: Authority;
  /** A certificate for `localhost` and the loopback addresses. */
  readonly identity: Identity;
  closing<Part extends Closeable>(part: Part): Part;
  /** A transport that trusts the authority. */
  transport(options?: TransportOptions): Transport;
  server(options?: https.ServerOptions, handler?: RequestListener): Promise<TestServer>;
  /** Starts a server that a test made, and closes it with its connections. Returns its port. */
  listen(server: Server): Promise<number>;
}

/** What sends `transport.request` here: `node:http`, as for the first requests of a process, or undici. */
export type Sender = "node:http" | "undici";

let sender: Sender | undefined;

const loader: UndiciLoader = {
  get parts() {
    return sender === "node:http" ? undefined : undici.parts;
  },
  load: () => undici.load(),
};

/** From now on, for transports made from now on. */
export async function sendBy(next: Sender | undefined): Promise<void> {
  sender = next;
  if (next === "undici") await undici.load();
}

export function useParts(): Parts {
  const authority = createAuthority();
  const identity = authority.issue();
  const open: Closeable[] = [];
  const closing = <Part extends Closeable>(part: Part): Part => {
    open.push(part);
    return part;
  };
  afterEach(async () => {
    await Promise.all(open.splice(0).map((part) => part.close()));
  });
  afterAll(() => authority.dispose());
  return {
    authority,
    identity,
    closing,
    transport: (options) => closing(transportOver({ ca: authority.root.cert, ...options }, loader)),
    server: async (options, handler) => closing(await startServer(identity, options, handler)),
    async listen(server) {
      const sockets = new Set<Socket>();
      server.on("connection", (socket: Socket) => sockets.add(socket));
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      closing({
        async close() {
          server.close();
          for (const socket of sockets) socket.destroy();
        },
      });
      return (server.address() as AddressInfo).port;
    },
  };
}

/** The ways to send a request over HTTP/1.1, each answering with the body's text. */
export const ways: Readonly<
  Record<"first request" | "request" | "fetch" | "dispatcher" | "agent", (t: Transport, url: string) => Promise<string>>
> = {
  "first request": async (t, url) => {
    await sendBy("node:http");
    return (await t.request(url, { method: "GET" })).body.text();
  },
  request: async (t, url) => {
    await sendBy("undici");
    return (await t.request(url, { method: "GET" })).body.text();
  },
  fetch: async (t, url) => (await t.fetch(url)).text(),
  dispatcher: async (t, url) => (await undiciRequest(url, { dispatcher: t.dispatcher })).body.text(),
  agent: (t, url) =>
    new Promise((resolve, reject) => {
      https
        .get(url, { agent: t.agent }, (response) => {
          let text = "";
          response
            .setEncoding("utf8")
            .on("data", (part: string) => (text += part))
            .on("end", () => resolve(text));
        })
        .on("error", reject);
    }),
};

/** The transport's own error that a promise rejects with, wherever it is on the chain of causes. */
export async function refusal(promise: Promise<unknown>): Promise<TransportError> {
  let current = await promise.then(
    () => "no error",
    (error: unknown) => error,
  );
  while (current instanceof Error && !(current instanceof TransportError)) current = current.cause;
  expect(current).toBeInstanceOf(TransportError);
  return current as TransportError;
}
