import type undici from "undici";
import { TransportError } from "./error.ts";
import type { OpenConnection } from "./open-connection.ts";
import { type Slots, createSlots } from "./slots.ts";
import { failHandler, trackHandler } from "./track-handler.ts";
import { Dispatcher, Pool, api } from "./undici-modules.ts";

/** What the pools of a transport are made with. */
export interface PoolRules {
  readonly open: OpenConnection;
  /** Connections per origin. */
  readonly connections: number;
  readonly headersMs: number;
  readonly bodyIdleMs: number;
  readonly idleMs: number;
  readonly http2: boolean;
}

// undici's index gives `request`, `stream` and the like to every dispatcher; without it they are ours to give.
abstract class WithApi extends Dispatcher {
  static {
    Object.assign(this.prototype, api);
  }
}

/**
 * The connections to one origin. `dispatch` expects that a slot is held already; it is given back when the request is
 * over.
 */
export class Origin extends WithApi {
  readonly slots: Slots;
  readonly #pool: undici.Pool;
  readonly #host: string;
  readonly #finish: () => void;

  constructor(origin: string, rules: PoolRules, abandoned: () => void) {
    super();
    this.slots = createSlots(rules.connections);
    this.#host = new URL(origin).host;
    const alpn = rules.http2 ? ["h2", "http/1.1"] : ["http/1.1"];
    this.#pool = new Pool(origin, {
      connections: rules.connections,
      headersTimeout: rules.headersMs,
      bodyTimeout: rules.bodyIdleMs,
      keepAliveTimeout: rules.idleMs,
      keepAliveMaxTimeout: rules.idleMs,
      allowH2: rules.http2,
      connect: ({ hostname, protocol, port, servername }, handOver) => {
        const plaintext = protocol === "http:";
        rules
          .open({
            host: hostname.replace(/^\[|\]$/g, ""),
            port: Number(port) || (plaintext ? 80 : 443),
            servername: servername || undefined,
            alpn,
            plaintext,
          })
          .then(
            ({ socket }) => handOver(null, socket),
            (error: unknown) => handOver(error as Error, null),
          );
      },
    });
    const released = (): void => {
      if (this.slots.taken === 0 && this.#pool.stats.connected === 0) abandoned();
    };
    this.#pool.on("disconnect", released).on("connectionError", () => queueMicrotask(released));
    this.#finish = () => this.slots.release();
  }

  override dispatch(options: undici.Dispatcher.DispatchOptions, handler: undici.Dispatcher.DispatchHandler): boolean {
    return this.#pool.dispatch(options, trackHandler(handler, this.#host, this.#finish));
  }

  get idle(): number {
    return this.#pool.stats.free;
  }

  /** Lets running requests finish and turns away those that wait. */
  override close(): Promise<void> {
    this.slots.refuse(closedError());
    return this.#pool.close();
  }

  override destroy(): Promise<void> {
    this.slots.refuse(closedError());
    return this.#pool.destroy(closedError());
  }
}

function closedError(): TransportError {
  return new TransportError("CLOSED", "the transport is closed", { phase: "configure" });
}

/** An undici dispatcher over connections that satisfy the policy. */
export class TransportDispatcher extends WithApi {
  readonly #rules: PoolRules;
  readonly #origins = new Map<string, Origin>();
  #closed = false;

  constructor(rules: PoolRules) {
    super();
    this.#rules = rules;
  }

  /** The connections to an origin such as `https://host:port`. */
  origin(name: string): Origin {
    if (this.#closed) throw closedError();
    let found = this.#origins.get(name);
    if (found === undefined) {
      found = new Origin(name, this.#rules, () => this.#abandon(name));
      this.#origins.set(name, found);
    }
    return found;
  }

  // Hosts come and go in a long-lived process; one that nobody is connected to is forgotten.
  #abandon(name: string): void {
    const origin = this.#origins.get(name);
    this.#origins.delete(name);
    void origin?.close();
  }

  override dispatch(options: undici.Dispatcher.DispatchOptions, handler: undici.Dispatcher.DispatchHandler): boolean {
    try {
      const origin = this.origin(String(options.origin));
      if (origin.slots.take()) return origin.dispatch(options, handler);
      origin.slots.wait({
        granted: () => origin.dispatch(options, handler),
        refused: (error) => failHandler(handler, error),
      });
      return true;
    } catch (error) {
      failHandler(handler, error as Error);
      return false;
    }
  }

  get idle(): number {
    return this.#sum((origin) => origin.idle);
  }

  get pending(): number {
    return this.#sum((origin) => origin.slots.waiting);
  }

  #sum(of: (origin: Origin) => number): number {
    let sum = 0;
    for (const origin of this.#origins.values()) sum += of(origin);
    return sum;
  }

  override async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#origins.values()].map((origin) => origin.close()));
  }

  override async destroy(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#origins.values()].map((origin) => origin.destroy()));
  }
}
