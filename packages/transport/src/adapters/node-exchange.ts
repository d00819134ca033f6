import type { ClientRequest, IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import { http } from "../builtin.ts";
import { TransportError } from "../errors/error.ts";
import { Deadline } from "./deadline.ts";
import type { Exchange } from "./exchange.ts";
import { isInterim, notFinal } from "./final-status.ts";
import { endUnproven, failAtConnectionEnd } from "./open-ended.ts";
import type { PlainRequest } from "./plain-request.ts";

/** Gives every request the one socket that it was made with. */
class SocketAgent extends http.Agent {
  /** The socket carries TLS or not; for `http:` Node would consider a proxy of its own. */
  readonly protocol = "https:";
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super(agentOptions);
    this.#socket = socket;
  }

  /** Node calls this for each request. It is not in Node's types. */
  addRequest(request: ClientRequest): void {
    request.onSocket(this.#socket);
  }
}

/**
 * Own properties for all that `http.request` and its agent read: they read through the prototype too, and a polluted
 * `Object.prototype` would set a limit, another server or a second user name.
 */
const unset = Object.freeze({
  _defaultAgent: undefined,
  auth: undefined,
  createConnection: undefined,
  defaultPort: undefined,
  family: undefined,
  highWaterMark: undefined,
  host: undefined,
  hostname: undefined,
  httpValidation: undefined,
  joinDuplicateHeaders: undefined,
  localAddress: undefined,
  lookup: undefined,
  maxHeaderSize: undefined,
  maxSockets: undefined,
  maxTotalSockets: undefined,
  noDelay: undefined,
  path: undefined,
  port: undefined,
  proxyEnv: undefined,
  scheduling: undefined,
  setDefaultHeaders: undefined,
  setHost: undefined,
  signal: undefined,
  socketPath: undefined,
  timeout: undefined,
  uniqueHeaders: undefined,
});
const agentOptions = { ...unset, keepAlive: true };

/** What the exchange needs from the line of its request. */
export interface NodeRoute {
  /** `host:port`, for messages. */
  readonly host: string;
  readonly bodyIdleMs: number;
  /** Whether the end of the connection can be a cut: over TLS. */
  readonly isCuttable: boolean;
  /**
   * Called once, before the handler learns that the request is over. The connection can take another request within
   * `reusableMs`; 0: it is closed, or closing.
   */
  readonly over: (reusableMs: number) => void;
}

/** One request over a connection, by `node:http`. It tells the handler what undici would tell it. */
export class NodeExchange {
  readonly #socket: Socket;
  readonly #route: NodeRoute;
  readonly #handler: Exchange;
  #outgoing: ClientRequest | undefined;
  #incoming: IncomingMessage | undefined;
  #silence: Deadline | undefined;
  #over = false;

  constructor(socket: Socket, route: NodeRoute, handler: Exchange) {
    this.#socket = socket;
    this.#route = route;
    this.#handler = handler;
  }

  start({ method, path, list, bytes }: PlainRequest): void {
    this.#handler.onConnect((error) => this.fail(error ?? abortion()));
    if (this.#over) return;
    this.#socket.on("free", this.#settle).on("close", this.#settle);
    const agent = new SocketAgent(this.#socket);
    const { protocol } = agent;
    const headers = list as string[];
    const outgoing = http.request({ ...unset, agent, protocol, method, path, headers, insecureHTTPParser: false });
    this.#outgoing = outgoing;
    // As undici: any number of headers, within the limit of their size.
    outgoing.maxHeadersCount = 0;
    outgoing
      .on("error", (error) => this.fail(error))
      .on("finish", () => this.#sent())
      .on("response", (incoming) => this.#answered(incoming))
      .end(bytes);
  }

  /** Ends the request and closes its connection. */
  fail(error: Error): void {
    if (!this.#end(0)) return;
    this.#outgoing?.destroy();
    this.#socket.destroy();
    this.#handler.onError(error);
  }

  #sent(): void {
    if (!this.#over && this.#incoming === undefined) this.#handler.onRequestSent();
  }

  #answered(incoming: IncomingMessage): void {
    const { bodyIdleMs, host, isCuttable } = this.#route;
    // Node's parser lets statuses below 100 pass, and a 101 that names no protocol.
    if (isInterim(incoming.statusCode)) {
      this.fail(notFinal(host));
      return;
    }
    this.#incoming = incoming;
    if (isCuttable) failAtConnectionEnd(incoming, () => this.fail(endUnproven(host)));
    const silence = new Deadline(bodyIdleMs, () => {
      // A slow reader is not the server's silence.
      if (incoming.isPaused()) silence.refresh();
      else this.fail(bodyLate(host, bodyIdleMs));
    });
    this.#silence = silence;
    const { statusCode = 0, statusMessage = "", rawHeaders } = incoming;
    const handler = this.#handler;
    handler.onHeaders(statusCode, rawHeaders as unknown as Buffer[], () => incoming.resume(), statusMessage);
    incoming
      .on("error", (error) => this.fail(error))
      .on("data", (chunk: Buffer) => {
        silence.refresh();
        if (!handler.onData(chunk)) incoming.pause();
      })
      .on("end", () => {
        silence.clear();
        if (this.#socket.destroyed) this.#settle();
        // The server answered before it had read the whole request: if it does not go on, it is not asked again.
        else if (this.#outgoing?.writableFinished !== true) {
          this.#silence = new Deadline(flushMs, () => this.#socket.destroy());
        }
      });
  }

  /** The connection is free, or closed: the request is over, if its answer has arrived. */
  readonly #settle = (): void => {
    const incoming = this.#incoming;
    if (incoming?.readableEnded !== true) {
      // What arrived before the end of the connection is read first.
      if (incoming?.complete !== true) this.fail(lost());
      return;
    }
    if (this.#end(reusableMs(this.#socket, incoming))) this.#handler.onComplete(incoming.rawTrailers);
  };

  /** Answers false if the request was over before. */
  #end(reusable: number): boolean {
    if (this.#over) return false;
    this.#over = true;
    this.#silence?.clear();
    this.#socket.removeListener("free", this.#settle).removeListener("close", this.#settle);
    this.#route.over(reusable);
    return true;
  }
}

/** How long a request may take to leave after its answer has come. */
const flushMs = 1_000;

/** The server's own limit, less the time of a request on its way. undici uses the same margin. */
const marginMs = 2_000;

function reusableMs(socket: Socket, { headers }: IncomingMessage): number {
  if (socket.destroyed || !socket.writable) return 0;
  const limit = /\btimeout=(\d+)/.exec(String(headers["keep-alive"]))?.[1];
  return limit === undefined ? Infinity : Math.max(0, Number(limit) * 1000 - marginMs);
}

function lost(): Error {
  return Object.assign(new Error("the connection was closed before the answer was complete"), { code: "ECONNRESET" });
}

function abortion(): Error {
  return Object.assign(new Error("the request was aborted"), { name: "AbortError", code: "ABORT_ERR" });
}

function bodyLate(host: string, ms: number): TransportError {
  return new TransportError("BODY_TIMEOUT", `${host}: sent nothing for ${ms} ms`, { phase: "response", sent: true });
}
