import https, { type AgentOptions, type RequestOptions } from "node:https";
import type { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { invalidOption } from "../errors/error.ts";
import type { OpenConnection } from "../connection/open-connection.ts";

/** What the agent of a transport is made with. */
export interface AgentRules {
  readonly open: OpenConnection;
  readonly connections: number;
  readonly idleMs: number;
  readonly tcpKeepAliveMs: number;
}

/** An `https.Agent` over connections that satisfy the policy; TLS options of a single request change nothing. */
export class TransportAgent extends https.Agent {
  readonly #open: OpenConnection;
  readonly #idleMs: number;

  constructor({ open, connections, idleMs, tcpKeepAliveMs }: AgentRules) {
    const options: AgentOptions = {
      keepAlive: true,
      keepAliveMsecs: tcpKeepAliveMs,
      maxSockets: connections,
      maxFreeSockets: connections,
      scheduling: "lifo",
    };
    super(options);
    this.#open = open;
    this.#idleMs = idleMs;
  }

  // Answers through the callback alone: a returned socket would get the request before the handshake is judged.
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const handOver = callback as (error: Error | null, stream?: Duplex) => void;
    const { host, port, servername, socketPath } = options;
    if (typeof host !== "string" || (socketPath !== undefined && socketPath !== null)) {
      process.nextTick(handOver, invalidOption("agent: only hosts and ports can be connected to, not socket paths"));
      return undefined;
    }
    this.#open({
      host: host.replace(/^\[|\]$/g, ""),
      port: Number(port ?? 443),
      servername: servername || undefined,
      alpn: ["http/1.1"],
    }).then(
      ({ socket }) => handOver(null, socket),
      (error: unknown) => handOver(error as Error),
    );
    return undefined;
  }

  // Node restarts the timer of a socket when it is taken out of the pool.
  override keepSocketAlive(socket: Duplex): void {
    const keep: unknown = super.keepSocketAlive(socket);
    const { timeout = 0 } = socket as Socket;
    if (keep !== false && (timeout === 0 || timeout > this.#idleMs)) (socket as Socket).setTimeout(this.#idleMs);
    return keep as never;
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
    return count(this.requests);
  }
}

function count(lists: NodeJS.ReadOnlyDict<readonly unknown[]>): number {
  let sum = 0;
  for (const list of Object.values(lists)) sum += list?.length ?? 0;
  return sum;
}
