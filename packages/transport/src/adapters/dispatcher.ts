import type undici from "undici";
import { TransportError } from "../errors/error.ts";
import type { OpenConnection } from "../connection/open-connection.ts";
import { type Slots, createSlots } from "./slots.ts";
import { type Finish, type TrackedOptions, endedBy, failHandler, trackHandler } from "./track-handler.ts";
import { Client, Dispatcher, api } from "./undici-modules.ts";

/** What the connections of a transport are made with. */
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

/** A client of undici, which has one connection and opens it anew when it is lost. */
interface Line {
  readonly client: undici.Client;
  /** Called when a request is over. */
  readonly finish: Finish;
}

/**
 * The connections to one origin. `dispatch` expects that a slot is held already; it is given back when the request is
 * over.
 *
 * Not undici's Pool: it opens a second connection for every request that follows another at once, and a request that is
 * turned down for its headers or method leaves it with one client less.
 */
export class Origin extends WithApi {
  readonly slots: Slots;
  readonly #origin: string;
  readonly #host: string;
  readonly #rules: PoolRules;
  readonly #abandoned: () => void;
  readonly #lines = new Set<Line>();
  // The last to become idle is the next to be used, so that those that are not needed time out.
  readonly #idle: Line[] = [];

  constructor(origin: string, rules: PoolRules, abandoned: () => void) {
    super();
    this.slots = createSlots(rules.connections);
    this.#origin = origin;
    this.#host = new URL(origin).host;
    this.#rules = rules;
    this.#abandoned = abandoned;
  }

  override dispatch(options: TrackedOptions, handler: undici.Dispatcher.DispatchHandler): boolean {
    const { client, finish } = this.#idle.pop() ?? this.#newLine();
    return client.dispatch(options, trackHandler(handler, this.#host, finish, options[endedBy]));
  }

  #newLine(): Line {
    const client = new Client(this.#origin, {
      headersTimeout: this.#rules.headersMs,
      bodyTimeout: this.#rules.bodyIdleMs,
      keepAliveTimeout: this.#rules.idleMs,
      keepAliveMaxTimeout: this.#rules.idleMs,
      allowH2: this.#rules.http2,
      connect: connector(this.#rules),
    });
    const hang = (): void => {
      this.#idle.push(line);
      this.slots.release();
    };
    const line: Line = {
      client,
      // undici is not to be given a request in the middle of failing another.
      finish: (failed) => (failed ? queueMicrotask(hang) : hang()),
    };
    // Once idle and unconnected, a line is worth nothing; it may have been taken again by then.
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

  /** Lets running requests finish and turns away those that wait. */
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

// Closing a client that is destroyed is an error.
function isOpen({ closed, destroyed }: undici.Client): boolean {
  return !closed && !destroyed;
}

function connector({ open, http2 }: PoolRules): undici.buildConnector.connector {
  const alpn = http2 ? ["h2", "http/1.1"] : ["http/1.1"];
  return ({ hostname, protocol, port, servername }, handOver) => {
    const plaintext = protocol === "http:";
    open({
      host: hostname.replace(/^\[|\]$/g, ""),
      port: Number(port) || (plaintext ? 80 : 443),
      servername: servername || undefined,
      alpn,
      plaintext,
    }).then(
      ({ socket }) => handOver(null, socket),
      (error: unknown) => handOver(error as Error, null),
    );
  };
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
