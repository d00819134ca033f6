import type { Client as UndiciClient, Dispatcher as UndiciDispatcher, buildConnector } from "undici";
import type { OpenConnection } from "../connection/open-connection.ts";
import { bareHost } from "../connection/origin.ts";
import { TransportError } from "../errors/error.ts";
import { type Slots, createSlots } from "./slots.ts";
import { Exchange } from "./exchange.ts";
import { ForwardingHandler } from "./forwarding-handler.ts";
import type { Finish } from "./tracked-handler.ts";
import { Client, Dispatcher, api } from "./undici-modules.ts";

/** The rules for the connections of a transport. */
export interface PoolRules {
  readonly open: OpenConnection;
  /** Connections per origin. */
  readonly connections: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  readonly idleMs: number;
  readonly http2: boolean;
}

/** undici's index adds `request`, `stream` and the like to every dispatcher; without the index, this class adds them. */
export abstract class DispatcherWithApi extends Dispatcher {
  static {
    Object.assign(this.prototype, api);
  }
}

/** One request of `transport.request`. */
export interface PoolRequest {
  readonly path: string;
  readonly method: string;
  readonly headers: UndiciDispatcher.DispatchOptions["headers"] | null;
  readonly body: UndiciDispatcher.DispatchOptions["body"];
  readonly headersMs: number;
  readonly bodyIdleMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

/** A client of undici, which has one connection and opens it anew when it is lost. */
interface Line {
  readonly client: UndiciClient;
  readonly finish: Finish;
}

/**
 * The connections to one origin. The caller of `dispatch` holds a slot, and the pool returns the slot when the request is
 * over.
 *
 * Not undici's Pool: it opens a second connection for every request that follows another at once, and a request with
 * invalid headers or method leaves it with one client less.
 */
export class OriginPool extends DispatcherWithApi {
  readonly slots: Slots;
  readonly #origin: URL;
  readonly #rules: PoolRules;
  readonly #abandoned: () => void;
  readonly #lines = new Set<Line>();
  // The last to become idle is the next to be used, so that surplus lines time out.
  readonly #idle: Line[] = [];

  constructor(origin: string, rules: PoolRules, abandoned: () => void) {
    super();
    this.slots = createSlots(rules.connections);
    this.#origin = new URL(origin);
    this.#rules = rules;
    this.#abandoned = abandoned;
  }

  /** Sends a request, and resolves with the head of its answer. */
  send({
    path,
    method,
    headers,
    body,
    headersMs,
    bodyIdleMs,
    signal,
  }: PoolRequest): Promise<UndiciDispatcher.ResponseData> {
    return new Promise((resolve, reject) => {
      const { client, finish } = this.#idle.pop() ?? this.#newLine();
      // Without a prototype, so that a polluted `Object.prototype` adds nothing.
      const options = {
        __proto__: null,
        path,
        method,
        headers,
        body,
        headersTimeout: 0,
        bodyTimeout: bodyIdleMs ?? null,
        servername: this.#origin.hostname,
      };
      const { host } = this.#origin;
      client.dispatch(
        options as unknown as UndiciDispatcher.DispatchOptions,
        new Exchange({ method, body }, { host, finish, headersMs, signal }, { resolve, reject }),
      );
    });
  }

  override dispatch(options: UndiciDispatcher.DispatchOptions, handler: UndiciDispatcher.DispatchHandler): boolean {
    const { client, finish } = this.#idle.pop() ?? this.#newLine();
    const headersMs = ownTimeout(options) ?? this.#rules.headersMs;
    const tracking = { host: this.#origin.host, finish, headersMs, signal: undefined };
    return client.dispatch(this.#checked(options), new ForwardingHandler(handler, tracking));
  }

  /**
   * A copy of own properties, so that a polluted `Object.prototype` adds nothing. undici's timeout for the head starts
   * anew with each byte, so {@link TrackedHandler} has its own. A constant `servername` keeps undici from dropping the
   * connection when a `Host` header differs; the opener ignores both.
   */
  #checked(options: UndiciDispatcher.DispatchOptions): UndiciDispatcher.DispatchOptions {
    const { hostname } = this.#origin;
    return { __proto__: null, ...options, headersTimeout: 0, servername: hostname } as UndiciDispatcher.DispatchOptions;
  }

  #newLine(): Line {
    const options: Partial<UndiciClient.Options> & { __proto__: null } = {
      __proto__: null,
      headersTimeout: 0,
      bodyTimeout: this.#rules.bodyIdleMs,
      keepAliveTimeout: this.#rules.idleMs,
      keepAliveMaxTimeout: this.#rules.idleMs,
      allowH2: this.#rules.http2,
      connect: connector(this.#rules),
    };
    const client = new Client(this.#origin.origin, options);
    const hang = (): void => {
      this.#idle.push(line);
      this.slots.release();
    };
    const line: Line = {
      client,
      // undici must not get a request while it is failing another.
      finish: (failed) => (failed ? queueMicrotask(hang) : hang()),
    };
    // An idle line without a connection is dropped; a request may have taken the line again by then.
    const lost = (): void => queueMicrotask(() => queueMicrotask(() => this.#drop(line)));
    client.on("disconnect", lost).on("connectionError", lost);
    this.#lines.add(line);
    return line;
  }

  #drop(line: Line): void {
    const index = this.#idle.indexOf(line);
    if (index === -1 || line.client.stats.connected) return;
    this.#idle.splice(index, 1);
    this.#lines.delete(line);
    if (isOpen(line.client)) void line.client.close();
    if (this.#lines.size === 0 && this.slots.taken === 0) this.#abandoned();
  }

  get idle(): number {
    return this.#idle.filter(({ client }) => client.stats.connected).length;
  }

  /** Lets running requests finish and refuses those that wait. */
  override async close(): Promise<void> {
    this.slots.refuse(closedError());
    const open = [...this.#lines].map(({ client }) => client).filter(isOpen);
    await Promise.all(open.map((client) => client.close()));
  }

  override async destroy(): Promise<void> {
    this.slots.refuse(closedError());
    await Promise.all([...this.#lines].map(({ client }) => client.destroy(closedError())));
  }
}

/** The error for requests after `close()`. */
export function closedError(): TransportError {
  return new TransportError("CLOSED", "the transport is closed", { phase: "configure" });
}

function ownTimeout(options: UndiciDispatcher.DispatchOptions): number | undefined {
  const given = Object.hasOwn(options, "headersTimeout") ? options.headersTimeout : undefined;
  return typeof given === "number" && given >= 0 ? given : undefined;
}

// Closing a client that is destroyed is an error.
function isOpen({ closed, destroyed }: UndiciClient): boolean {
  return !closed && !destroyed;
}

function connector({ open, http2 }: PoolRules): buildConnector.connector {
  const alpn = http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  return ({ hostname, protocol, port }, handOver) => {
    const plaintext = protocol === "http:";
    open({ host: bareHost(hostname), port: Number(port) || (plaintext ? 80 : 443), alpn, plaintext }).then(
      ({ socket }) => handOver(null, socket),
      (error: unknown) => handOver(error as Error, null),
    );
  };
}
