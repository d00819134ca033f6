import type { Socket } from "node:net";
import { bareHost, portOf } from "../connection/origin.ts";
import { beforeReuse } from "./before-reuse.ts";
import { ConnectionAttempt } from "./connection-attempt.ts";
import { Exchange, type Settle } from "./exchange.ts";
import type { Line, LineEvents, PoolRules } from "./line.ts";
import { NodeExchange } from "./node-exchange.ts";
import type { PlainRequest } from "./plain-request.ts";
import { readHeaders } from "./read-headers.ts";

/**
 * A line over `node:http`, for the requests before undici is loaded.
 *
 * The same opener makes its connections, and the same `Exchange` limits the request and maps its errors.
 */
export class NodeLine implements Line {
  readonly #origin: URL;
  readonly #rules: PoolRules;
  readonly #events: LineEvents;
  #socket: Socket | undefined;
  #running: NodeExchange | undefined;
  /** A request that waits for its connection: fails it. */
  #connecting: ((error: Error) => void) | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(origin: URL, rules: PoolRules, events: LineEvents) {
    this.#origin = origin;
    this.#rules = rules;
    this.#events = events;
  }

  get connected(): boolean {
    return this.#socket !== undefined;
  }

  /** Sends a request. The line takes one at a time. */
  send(request: PlainRequest, settle: Settle): void {
    const { host } = this.#origin;
    const { headersMs, signal } = request;
    const { bodyMs } = this.#rules;
    const finish = (failed: boolean): void => {
      this.#running = undefined;
      this.#whenIdle?.();
      this.#events.finished(this, failed);
    };
    const attempt = new ConnectionAttempt();
    const tracking = {
      host,
      finish,
      headersMs,
      bodyMs,
      signal,
      isUnproven: seenBefore,
      isUnprocessed: never,
      endAttempt: attempt.end,
    };
    const exchange = new Exchange(request, tracking, settle, readHeaders);
    void this.#connect(request, exchange, attempt);
  }

  async #connect(request: PlainRequest, exchange: Exchange, attempt: ConnectionAttempt): Promise<void> {
    const { hostname, protocol } = this.#origin;
    const plaintext = protocol === "http:";
    const alpn = ["http/1.1"];
    const target = { host: bareHost(hostname), port: portOf(this.#origin), plaintext, alpn };
    let doomed = false;
    const fail = (error: Error): void => {
      doomed = true;
      this.#connecting = undefined;
      exchange.onError(error);
      this.#events.lost(this);
    };
    this.#connecting = fail;
    try {
      const socket = (await this.#reuse()) ?? (await this.#rules.open(target, attempt.started)).socket;
      if (doomed) {
        socket.destroy();
        return;
      }
      this.#connecting = undefined;
      this.#begin(socket, request, exchange);
    } catch (error) {
      if (!doomed) fail(error as Error);
    }
  }

  /**
   * The idle connection, after what has arrived on it was looked at: bytes without a request end it, and would
   * otherwise be taken for the next answer. undici does the same.
   */
  async #reuse(): Promise<Socket | undefined> {
    if (this.#socket === undefined) return undefined;
    await new Promise<void>(beforeReuse);
    return this.release();
  }

  #begin(socket: Socket, request: PlainRequest, exchange: Exchange): void {
    const { idleMs } = this.#rules;
    const bodyIdleMs = request.bodyIdleMs ?? this.#rules.bodyIdleMs;
    this.#socket = socket.on("close", this.#closed);
    const over = (reusableMs: number): void => {
      if (reusableMs === 0) socket.destroy();
      else this.#rest(socket, Math.min(reusableMs, idleMs));
    };
    const { host, protocol } = this.#origin;
    const isCuttable = protocol === "https:";
    this.#running = new NodeExchange(socket, { host, bodyIdleMs, isCuttable, over }, exchange);
    this.#running.start(request);
  }

  /** Nothing may arrive on a connection between two requests: it would be taken for the next answer. */
  #rest(socket: Socket, idleMs: number): void {
    socket.on("data", destroyed).on("timeout", destroyed).setTimeout(idleMs).unref().resume();
  }

  readonly #closed = (): void => {
    this.#socket = undefined;
    this.#events.lost(this);
  };

  /** Gives the idle connection away, as it was before the line had it. */
  release(): Socket | undefined {
    const socket = this.#socket;
    this.#socket = undefined;
    socket
      ?.removeListener("close", this.#closed)
      .removeListener("data", destroyed)
      .removeListener("timeout", destroyed);
    socket?.setTimeout(0).ref();
    return socket?.destroyed === false ? socket : undefined;
  }

  async close(): Promise<void> {
    if (this.#running !== undefined || this.#connecting !== undefined) {
      await new Promise<void>((resolve) => {
        this.#whenIdle = resolve;
      });
    }
    this.#socket?.destroy();
  }

  async destroy(error: Error): Promise<void> {
    this.#connecting?.(error);
    this.#running?.fail(error);
    this.#socket?.destroy();
  }
}

/** `NodeExchange` fails such an answer, and its handler does not see the end of it. */
function seenBefore(): boolean {
  return false;
}

function destroyed(this: Socket): void {
  this.destroy();
}

/** Only HTTP/2 says so. */
function never(): boolean {
  return false;
}
