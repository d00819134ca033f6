import type { Agent } from "node:https";
import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import { dns } from "./builtin.ts";
import { type HandshakeReport, createEmitter } from "@countersign/signer";
import type { Dispatcher } from "undici";
import { type ConnectHttp2, createConnectHttp2, limitAnswers } from "./adapters/connect-http2.ts";
import { TransportDispatcher } from "./adapters/dispatcher.ts";
import { createFetch } from "./adapters/fetch.ts";
import { TransportAgent } from "./adapters/https-agent.ts";
import { closedError } from "./adapters/origin-pool.ts";
import { type UndiciLoader, undici } from "./adapters/load-undici.ts";
import { createProbe } from "./adapters/probe.ts";
import { createSendHttp2 } from "./adapters/request-handler-http2.ts";
import { type HttpHandler, type RequestHandlerOptions, createRequestHandler } from "./adapters/request-handler.ts";
import { type ResponseData, type TransportRequest, createRequest } from "./adapters/request.ts";
import { type OpenConnection, createOpener } from "./connection/open-connection.ts";
import { parseOrigin } from "./connection/origin.ts";
import { createSessionCache } from "./connection/session-cache.ts";
import { type TransportOptions, resolveOptions } from "./options.ts";
import { checkEnvironment } from "./policy/environment.ts";
import { createClientContext } from "./policy/tls-options.ts";
import type { TlsPolicy } from "./policy/tls-policies.ts";
import { createProxyRouter } from "./proxy/router.ts";

/** The connections and requests of a transport at this moment. */
export interface TransportStats {
  /** Connections that are ready or in use. */
  readonly open: number;
  /** The open connections that wait for a request. */
  readonly idle: number;
  /** Requests that wait for a connection. */
  readonly pending: number;
  /** Handshakes that satisfied the policy, since the start. */
  readonly handshakes: number;
  /** Connections refused by the policy, since the start. */
  readonly refused: number;
}

/** One TLS policy, applied to every way Node sends a request. */
export interface Transport {
  /** The policy of all connections, fitted to this runtime. */
  readonly policy: TlsPolicy;
  /** Whether `addresses` keeps connections off the public internet. */
  readonly private: boolean;
  /** How many connections it opens to one origin for `request`, `fetch` and `dispatcher`. */
  readonly connections: number;
  /** For undici, and libraries that accept its dispatchers. */
  readonly dispatcher: Dispatcher;
  /** The global `fetch`, over this transport. */
  readonly fetch: typeof globalThis.fetch;
  /** For `node:https`, and libraries that accept an agent. */
  readonly agent: Agent;
  /**
   * Sends a request: the cheapest way to do so.
   *
   * @throws {TransportError} with any code but `INVALID_OPTION`. If the signal aborts, its reason is thrown.
   */
  request(url: string | URL, request: TransportRequest): Promise<ResponseData>;
  /** Opens an HTTP/2 session. Close it after use; `close()` closes those that are left. */
  connectHttp2(origin: string | URL): Promise<ClientHttp2Session>;
  /** The `requestHandler` of an AWS SDK v3 client. */
  requestHandler(options?: RequestHandlerOptions): HttpHandler;
  /** Makes one connection, sends nothing, and returns what was negotiated. */
  probe(origin: string | URL): Promise<HandshakeReport>;
  stats(): TransportStats;
  /** Refuses new requests, gives running ones five seconds to finish, and closes every connection. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** How long `close()` waits for requests under way, in milliseconds. */
const drainMs = 5_000;

/** `performance` would load more than the rest of a first request needs. */
const systemTime = {
  now: (): number => Date.now(),
  wall: (): number => Date.now(),
  monotonic: (): number => Number(process.hrtime.bigint()) / 1e6,
};

/**
 * Makes a transport: one TLS policy for undici, `fetch`, `https.Agent`, HTTP/2 and AWS SDK clients, asserted on each
 * connection before the first byte of a request leaves.
 *
 * @throws {TransportError} `ENVIRONMENT_UNSAFE`, `INVALID_OPTION`, `TLS_POST_QUANTUM_REQUIRED`.
 * @example
 *   const transport = createTransport();
 *   const { statusCode } = await transport.request("https://sts.eu-west-1.amazonaws.com/", { method: "GET" });
 */
export function createTransport(options?: TransportOptions): Transport {
  return transportOver(options, undici);
}

/** Makes a transport. Tests choose what sends its first requests. */
export function transportOver(options: TransportOptions | undefined, loader: UndiciLoader): Transport {
  checkEnvironment(process);
  const resolved = resolveOptions(options);
  const { policy, timeouts, connections, addresses } = resolved;
  const clock = resolved.clock ?? systemTime;
  const sessions = createSessionCache();
  const sockets = new Set<Socket>();
  const sessionsOpen = new Set<ClientHttp2Session>();
  const counts = { open: 0, handshakes: 0, refused: 0 };
  let closing: Promise<void> | undefined;

  const connect = createOpener({
    policy,
    postQuantum: resolved.postQuantum,
    secureContext: createClientContext(policy, resolved.ca),
    pins: resolved.pins,
    addresses,
    route: createProxyRouter(resolved.proxy, process.env),
    sessions,
    allowLoopbackHttp: resolved.allowLoopbackHttp,
    connectMs: timeouts.connectMs,
    tcpKeepAliveMs: timeouts.tcpKeepAliveMs,
    lookup: resolved.lookup ?? ((hostname, o, callback) => dns.lookup(hostname, o, callback)),
    clock,
    emit: createEmitter(resolved.onEvent, clock),
    sockets,
    refused: () => counts.refused++,
  });

  const open: OpenConnection = async (target, started) => {
    if (closing !== undefined) throw closedError();
    const connection = await connect(target, started);
    counts.open++;
    connection.socket.once("close", () => counts.open--);
    if (connection.report !== undefined) counts.handshakes++;
    return connection;
  };

  const dispatcher = new TransportDispatcher({ open, connections, http2: resolved.http2, undici: loader, ...timeouts });
  const agent = new TransportAgent({ open, connections, ...timeouts });
  const request = createRequest(dispatcher, timeouts.headersMs);
  const openHttp2 = createConnectHttp2(open, (session) => {
    sessionsOpen.add(session);
    session.once("close", () => sessionsOpen.delete(session));
  });
  const connectHttp2: ConnectHttp2 = async (origin) =>
    limitAnswers(await openHttp2(origin), parseOrigin(origin).host, timeouts);

  const sendHttp2 = createSendHttp2(openHttp2, timeouts.idleMs);

  async function shutDown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    const finished = [...sessionsOpen].map(
      (session) => new Promise((resolve) => session.once("close", resolve).close()),
    );
    await Promise.race([Promise.all([dispatcher.close(), agent.drained(), ...finished]), late]);
    clearTimeout(timer);
    agent.destroy();
    // With an error: streams without one would end as if their answers were complete.
    for (const session of sessionsOpen) session.destroy(closedError());
    await dispatcher.destroy();
    const gone = [...sockets].map((socket) => new Promise((resolve) => socket.once("close", resolve).destroy()));
    await Promise.all(gone);
    sessions.clear();
  }

  const close = (): Promise<void> => (closing ??= shutDown());

  return {
    policy,
    private: addresses !== undefined,
    connections,
    dispatcher: dispatcher as unknown as Dispatcher,
    fetch: createFetch(dispatcher as unknown as Dispatcher),
    agent,
    request,
    connectHttp2,
    requestHandler: (o) => createRequestHandler({ http1: request, http2: sendHttp2, ...timeouts }, o),
    probe: createProbe(open),
    stats: () => ({
      open: counts.open,
      idle: dispatcher.idle + agent.idle,
      pending: dispatcher.pending + agent.pending,
      handshakes: counts.handshakes,
      refused: counts.refused,
    }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
