import type { ClientRequest } from "node:http";
import type { AgentOptions, RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { asyncHooks, https } from "../builtin.ts";
import type { OpenConnection } from "../connection/open-connection.ts";
import { bareHost } from "../connection/origin.ts";
import { invalidOption } from "../errors/error.ts";
import { ConnectionAttempt } from "./connection-attempt.ts";
import { type Slots, createSlots } from "./slots.ts";
import { watchRequest } from "./watch-request.ts";

/** The rules for the agent of a transport. */
export interface AgentRules {
  readonly open: OpenConnection;
  readonly connections: number;
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly bodyIdleMs: number;
  readonly idleMs: number;
  readonly tcpKeepAliveMs: number;
}

/** An `https.Agent` over connections that satisfy the policy. TLS options of single requests have no effect. */
export class TransportAgent extends https.Agent {
  readonly #rules: AgentRules;
  readonly #slots = new Map<string, Slots>();
  /** The connection attempt of the request that is being added. */
  #adding: ConnectionAttempt | undefined;

  constructor(rules: AgentRules) {
    const options: AgentOptions = {
      keepAlive: true,
      keepAliveMsecs: rules.tcpKeepAliveMs,
      maxSockets: rules.connections,
      maxFreeSockets: rules.connections,
      scheduling: "lifo",
    };
    super(options);
    this.#rules = rules;
  }

  /** Node calls this for each request. It is not in Node's types. */
  addRequest(request: ClientRequest, ...rest: readonly unknown[]): void {
    watchRequest(request, this.#rules);
    const attempt = new ConnectionAttempt();
    endWithoutSocket(request, attempt.end);
    const [options] = rest as [string | RequestOptions];
    const origin = typeof options === "string" ? options : this.getName(options);
    const slots = this.#slotsOf(origin);
    let hasSlot = slots.take();
    let leave = (): void => {};
    request.once("close", () => {
      leave();
      // Later, when its connection is free.
      if (hasSlot) setImmediate(() => this.#release(origin, slots));
    });
    if (hasSlot) {
      try {
        this.#add(request, attempt, rest);
      } catch (error) {
        // The caller of `https.request` gets the error and no request, so that no `close` returns the slot.
        this.#release(origin, slots);
        throw error;
      }
    } else {
      // In the async context of this request, as Node's own queue does it, and not of the one that ended.
      const granted = asyncHooks.AsyncResource.bind(() => {
        hasSlot = true;
        try {
          this.#add(request, attempt, rest);
        } catch (error) {
          request.destroy(error as Error);
        }
      });
      leave = slots.wait({ granted, refused: (error) => void request.destroy(error) });
    }
  }

  /** Node counts connections only once they are open, and would open one for each request that comes before. */
  #slotsOf(origin: string): Slots {
    const known = this.#slots.get(origin);
    if (known !== undefined) return known;
    const slots = createSlots(this.#rules.connections);
    this.#slots.set(origin, slots);
    return slots;
  }

  #release(origin: string, slots: Slots): void {
    slots.release();
    if (slots.taken === 0) this.#slots.delete(origin);
  }

  #add(request: ClientRequest, attempt: ConnectionAttempt, rest: readonly unknown[]): void {
    const { addRequest } = https.Agent.prototype as unknown as { readonly addRequest: (...args: unknown[]) => void };
    this.#adding = attempt;
    try {
      Reflect.apply(addRequest, this, [request, ...rest]);
    } finally {
      this.#adding = undefined;
    }
  }

  // Answers through the callback alone: a returned socket would get the request before the handshake is judged.
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const handOver = callback as (error: Error | null, stream?: Duplex) => void;
    const { host, port, socketPath } = options;
    if (typeof host !== "string" || (socketPath !== undefined && socketPath !== null)) {
      process.nextTick(handOver, invalidOption("agent: must get a host and a port; socket paths are not supported"));
      return undefined;
    }
    // Not `servername`: Node takes it from the Host header, and the target alone decides which certificate is accepted.
    const target = { host: bareHost(host), port: Number(port ?? 443), alpn: ["http/1.1"], plaintext: false };
    this.#rules.open(target, this.#adding?.started).then(
      ({ socket }) => handOver(null, socket),
      (error: unknown) => handOver(error as Error),
    );
    return undefined;
  }

  // By the target alone: Node's name has the server name and the TLS options of a request too, and each name would have
  // idle connections of its own. A socket path has a name of its own: it is refused, and must find no idle connection.
  override getName({ host, port, socketPath }: RequestOptions = {}): string {
    const path = socketPath === undefined || socketPath === null ? "" : ":socketPath";
    return `${bareHost(String(host)).toLowerCase()}:${Number(port ?? 443)}${path}`;
  }

  // Node restarts the timer of a socket when it is taken out of the pool.
  override keepSocketAlive(socket: Duplex): void {
    const keep: unknown = super.keepSocketAlive(socket);
    const { timeout = 0 } = socket as Socket;
    const { idleMs } = this.#rules;
    if (keep !== false && (timeout === 0 || timeout > idleMs)) (socket as Socket).setTimeout(idleMs);
    // Nothing may arrive between two requests: Node 20 and 24.9 take it for the next answer.
    if (keep !== false) socket.on("data", destroyed).resume();
    return keep as never;
  }

  override reuseSocket(socket: Duplex, request: ClientRequest): void {
    socket.removeListener("data", destroyed);
    super.reuseSocket(socket, request);
  }

  /** Resolves when no request is under way. */
  drained(): Promise<void> {
    return new Promise((resolve) => {
      const check = (): void => {
        if (count(this.sockets) + this.pending === 0) resolve();
      };
      this.on("free", check);
      for (const socket of Object.values(this.sockets).flat()) {
        socket?.once("close", () => setImmediate(check));
      }
      check();
    });
  }

  get idle(): number {
    return count(this.freeSockets);
  }

  get pending(): number {
    let waiting = count(this.requests);
    for (const slots of this.#slots.values()) waiting += slots.waiting;
    return waiting;
  }
}

/**
 * Makes a request that is destroyed before it has a socket fail at once. Node waits for the socket, which it expects to
 * get in the same turn, and this agent gives it after the handshake.
 */
function endWithoutSocket(request: ClientRequest, ended: () => void): void {
  const [destroy, onSocket] = [request.destroy.bind(request), request.onSocket.bind(request)];
  let state: "waiting" | "connected" | "ended" = "waiting";
  request.destroy = (error) => {
    destroy(error);
    if (state !== "waiting") return request;
    state = "ended";
    onSocket(undefined as unknown as Socket);
    ended();
    return request;
  };
  request.onSocket = (socket, ...rest) => {
    // A request of the queue may have ended before its turn: the next one gets the socket.
    if (state === "ended") process.nextTick(() => (socket as Socket | undefined)?.emit("free"));
    else onSocket(socket, ...rest);
    if (state === "waiting") state = "connected";
  };
}

function destroyed(this: Duplex): void {
  this.destroy();
}

function count(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  let sum = 0;
  for (const list of Object.values(lists)) sum += list?.length ?? 0;
  return sum;
}
