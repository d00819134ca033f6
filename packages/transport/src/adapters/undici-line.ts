import type { ClientHttp2Session } from "node:http2";
import type { Socket } from "node:net";
import type { Client as UndiciClient, Dispatcher as UndiciDispatcher, buildConnector } from "undici";
import { bareHost, portOf } from "../connection/origin.ts";
import { beforeReuse } from "./before-reuse.ts";
import { ConnectionAttempt } from "./connection-attempt.ts";
import { Exchange, type Settle } from "./exchange.ts";
import { watchForLife } from "./dead-session.ts";
import { failWhenCut } from "./fail-when-cut.ts";
import { ForwardingHandler } from "./forwarding-handler.ts";
import type { Line, LineEvents, PoolRequest, PoolRules } from "./line.ts";
import { ownSignal } from "./own-signal.ts";
import { watchParser } from "./undici-parser.ts";
import type { UndiciParts } from "./undici-parts.ts";
import { finishRunning, watchStreams } from "./undici-session.ts";
import type { Tracking } from "./tracked-handler.ts";
import { watchUnprocessed } from "./unprocessed.ts";

/** A line over a client of undici, which has one connection and opens it anew when it is lost. */
export class UndiciLine implements Line {
  readonly #client: UndiciClient;
  readonly #undici: UndiciParts;
  readonly #origin: URL;
  readonly #headersMs: number;
  readonly #tracking: Pick<Tracking, "host" | "finish" | "bodyMs" | "isUnproven" | "isUnprocessed" | "endAttempt">;
  /** Of the running request. */
  #attempt = new ConnectionAttempt();
  #isBusy = false;
  /** Settles when the running request has been given to the client. */
  #starting: Promise<void> | undefined;
  /** Of the running request, over HTTP/2. */
  #mayBeDead: ((error: unknown) => boolean) | undefined;
  /** The connection speaks HTTP/2, and its server takes no more requests on it. */
  #isLeaving = false;
  /**
   * Over HTTP/2: whether a part of the last request was not sent. Node goes on counting it as the session's memory, and
   * refuses all answers once that is full.
   */
  #isUnsent: () => boolean = no;
  /** Over HTTP/2: whether the server says that it has not processed the last request. */
  #isUnprocessed: () => boolean = no;
  /** Whether the answer that ends at this moment is ended by the end of its connection. */
  #endsWithConnection = (): boolean => false;

  /** @param held takes over a connection to begin with. */
  constructor(undici: UndiciParts, origin: URL, rules: PoolRules, events: LineEvents, held?: () => Socket | undefined) {
    const options: Partial<UndiciClient.Options> & { __proto__: null } = {
      __proto__: null,
      headersTimeout: 0,
      bodyTimeout: rules.bodyIdleMs,
      keepAliveTimeout: rules.idleMs,
      keepAliveMaxTimeout: rules.idleMs,
      allowH2: rules.http2,
      connect: connector(rules, held, () => this.#attempt.started),
    };
    this.#undici = undici;
    this.#origin = origin;
    this.#headersMs = rules.headersMs;
    this.#tracking = {
      host: origin.host,
      finish: (failed, error) => {
        this.#isBusy = false;
        if (this.#isLeaving || this.#isUnsent() || (failed && this.#mayBeDead?.(error) === true))
          this.#dropConnection();
        events.finished(this, failed);
      },
      bodyMs: rules.bodyMs,
      endAttempt: () => this.#attempt.end(),
      isUnprocessed: () => this.#isUnprocessed(),
      isUnproven: () => origin.protocol === "https:" && this.#endsWithConnection(),
    };
    this.#client = new undici.Client(origin.origin, options);
    const lost = (): void => events.lost(this);
    this.#client.on("disconnect", lost).on("connectionError", lost);
    // Before the client sends its first request on the connection.
    this.#client.on("connect", () => this.#watchConnection(origin.host, rules.idleMs));
  }

  #watchConnection(host: string, idleMs: number): void {
    const { socket, session, parser } = this.#undici.connectionOf(this.#client);
    if (socket && parser) this.#endsWithConnection = watchParser(socket, parser);
    this.#isLeaving = false;
    this.#isUnsent = this.#isUnprocessed = no;
    if (session && socket) this.#watchSession(session, socket, host);
    // undici's own limit for unused connections does not hold for HTTP/2.
    session?.setTimeout(idleMs, () => {
      if (!this.#isBusy) this.#dropConnection();
    });
    this.#watch();
  }

  #watchSession(session: ClientHttp2Session, socket: Socket, host: string): void {
    failWhenCut(session, socket, host);
    const last = watchStreams(session);
    this.#isUnsent = () => last()?.writableFinished === false;
    const isUnprocessed = watchUnprocessed(session);
    this.#isUnprocessed = () => isUnprocessed(last());
    finishRunning(
      session,
      socket,
      () => this.#isBusy,
      () => (this.#isLeaving = true),
      // Not with the GOAWAY: undici writes no more of a body once there is an error.
      () => this.#undici.willEnd(socket, dropped("the connection has ended")),
    );
  }

  get connected(): boolean {
    return this.#client.stats.connected;
  }

  send({ path, method, headers, body, headersMs, bodyIdleMs, signal }: PoolRequest, settle: Settle): void {
    const { hostname } = this.#origin;
    // Without a prototype, so that a polluted `Object.prototype` adds nothing.
    const options = {
      __proto__: null,
      path,
      method,
      headers,
      body,
      headersTimeout: 0,
      bodyTimeout: bodyIdleMs ?? null,
      servername: hostname,
    };
    const tracking = { ...this.#tracking, headersMs, signal };
    const exchange = new Exchange({ method, body }, tracking, settle, this.#undici.parseHeaders);
    this.#begin(() => this.#client.dispatch(options as unknown as UndiciDispatcher.DispatchOptions, exchange));
  }

  #begin(dispatch: () => void): void {
    this.#isBusy = true;
    this.#attempt = new ConnectionAttempt();
    this.#watch();
    const { socket, session } = this.#undici.connectionOf(this.#client);
    // undici learns in a later turn that a connection was dropped, and until then would send on it.
    if (!socket || (session && !socket.destroyed)) dispatch();
    else {
      this.#starting = new Promise((resolve) => {
        beforeReuse(() => {
          resolve();
          dispatch();
        });
      });
    }
  }

  #watch(): void {
    const { session } = this.#undici.connectionOf(this.#client);
    this.#mayBeDead = session ? watchForLife(session) : undefined;
  }

  /** With an error: undici throws a TypeError of its own when a session ends without one. */
  #dropConnection(): void {
    const { socket } = this.#undici.connectionOf(this.#client);
    socket?.destroy(dropped("the session is not used any more"));
  }

  /** Sends a request of undici's own kind. */
  dispatch(options: UndiciDispatcher.DispatchOptions, handler: UndiciDispatcher.DispatchHandler): boolean {
    const headersMs = ownTimeout(options) ?? this.#headersMs;
    const tracking = { ...this.#tracking, headersMs, signal: ownSignal(options) };
    const older = this.#undici.UnwrapHandler.unwrap(handler);
    const checked = this.#checked(options);
    this.#begin(() => this.#client.dispatch(checked, new ForwardingHandler(older, tracking)));
    return true;
  }

  /**
   * A copy of own properties, so that a polluted `Object.prototype` adds nothing. undici's timeout for the head starts
   * anew with each byte, so `TrackedHandler` has its own. A constant `servername` keeps undici from dropping the
   * connection when a `Host` header differs; the opener ignores both.
   */
  #checked(options: UndiciDispatcher.DispatchOptions): UndiciDispatcher.DispatchOptions {
    const { hostname } = this.#origin;
    return { __proto__: null, ...options, headersTimeout: 0, servername: hostname } as UndiciDispatcher.DispatchOptions;
  }

  // Closing a client that is destroyed is an error.
  async close(): Promise<void> {
    await this.#starting;
    if (!this.#client.closed && !this.#client.destroyed) await this.#client.close();
  }

  async destroy(error: Error): Promise<void> {
    await this.#client.destroy(error);
  }
}

function no(): boolean {
  return false;
}

function dropped(why: string): Error {
  return Object.assign(new Error(why), { code: "ECONNRESET" });
}

function ownTimeout(options: UndiciDispatcher.DispatchOptions): number | undefined {
  const given = Object.hasOwn(options, "headersTimeout") ? options.headersTimeout : undefined;
  return typeof given === "number" && given >= 0 ? given : undefined;
}

function connector(
  { open, http2 }: PoolRules,
  held: (() => Socket | undefined) | undefined,
  started: () => ConnectionAttempt["started"],
): buildConnector.connector {
  const alpn = http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  let first = held;
  const connect = async (host: string, port: number, plaintext: boolean): Promise<Socket> => {
    const socket = await takeOver(first);
    first = undefined;
    if (socket !== undefined) return socket;
    const target = { host: bareHost(host), port, alpn, plaintext };
    return (await open(target, started())).socket;
  };
  return ({ hostname, protocol, port }, handOver) => {
    connect(hostname, portOf({ port, protocol }), protocol === "http:").then(
      (socket) => handOver(null, socket),
      (error: unknown) => handOver(error as Error, null),
    );
  };
}

/** As before each reuse, bytes without a request get the time to end the connection. */
async function takeOver(held: (() => Socket | undefined) | undefined): Promise<Socket | undefined> {
  if (held === undefined) return undefined;
  await new Promise<void>(beforeReuse);
  return held();
}
