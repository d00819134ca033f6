import https from "node:https";
import type { RequestListener } from "node:http";
import { request as undiciRequest } from "undici";
import { afterAll, afterEach, expect } from "vitest";
import { type Transport, TransportError, type TransportOptions, createTransport } from "../src/index.ts";
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
    transport: (options) => closing(createTransport({ ca: authority.root.cert, ...options })),
    server: async (options, handler) => closing(await startServer(identity, options, handler)),
  };
}

/** The ways to send a request over HTTP/1.1, each answering with the body's text. */
export const ways: Readonly<
  Record<"request" | "fetch" | "dispatcher" | "agent", (t: Transport, url: string) => Promise<string>>
> = {
  request: async (t, url) => (await t.request(url, { method: "GET" })).body.text(),
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
