import type { ClientRequest, IncomingMessage } from "node:http";
import { TransportError } from "../errors/error.ts";
import { bodyTooLong, Deadline } from "./deadline.ts";
import { isInterim, notFinal } from "./final-status.ts";
import { endUnproven, failAtConnectionEnd } from "./open-ended.ts";

/** The limits of a request through the agent, in milliseconds. 0: no limit. */
export interface RequestLimits {
  readonly headersMs: number;
  readonly bodyMs: number;
  readonly bodyIdleMs: number;
}

/**
 * Holds a request of `node:http` to the transport's limits, and removes the server's bytes from its errors.
 *
 * It observes `emit` instead of adding listeners: with a listener for `response` Node would no longer discard an answer
 * that the caller does not read, and with one for `error` an unhandled error would go unnoticed.
 */
export function watchRequest(request: ClientRequest, limits: RequestLimits): void {
  const watch = new RequestWatch(request, limits);
  const emit = request.emit.bind(request);
  request.emit = function observed(event: string | symbol, ...args: unknown[]): boolean {
    if (event === "response" && watch.refuses(args[0] as IncomingMessage)) return true;
    watch.see(event, args[0]);
    return emit(event, ...args);
  };
}

class RequestWatch {
  readonly #request: ClientRequest;
  readonly #limits: RequestLimits;
  #deadline: Deadline | undefined;
  #total: Deadline | undefined;
  #written = 0;
  #hasOutcome = false;

  constructor(request: ClientRequest, limits: RequestLimits) {
    this.#request = request;
    this.#limits = limits;
  }

  /** Fails a request that is answered with a status which ends no request. */
  refuses({ statusCode }: IncomingMessage): boolean {
    if (!isInterim(statusCode)) return false;
    this.#request.destroy(notFinal(this.#host));
    return true;
  }

  see(event: string | symbol, value: unknown): void {
    switch (event) {
      case "socket":
        this.#written = this.#request.socket?.bytesWritten ?? 0;
        this.#deadline = new Deadline(this.#limits.headersMs, () => this.#headersLate());
        break;
      case "finish":
        this.#deadline?.refresh();
        break;
      case "response":
        this.#hasOutcome = true;
        this.#deadline?.clear();
        this.#deadline = watchBody(value as IncomingMessage, this.#limits.bodyIdleMs, this.#host);
        this.#limitBody(value as IncomingMessage);
        this.#failAtConnectionEnd(value as IncomingMessage);
        break;
      case "error":
        this.#hasOutcome = true;
        // The bytes that the parser rejected, which may be an echo of the request.
        if (value instanceof Error && "rawPacket" in value) Reflect.deleteProperty(value, "rawPacket");
        this.#deadline?.clear();
        break;
      case "upgrade":
      case "connect":
        this.#hasOutcome = true;
        this.#clear();
        break;
      case "close":
        this.#clear();
        if (!this.#hasOutcome) this.#request.emit("error", this.#switched());
        break;
    }
  }

  #clear(): void {
    this.#deadline?.clear();
    this.#total?.clear();
  }

  /** Node closes the connection of a 101 that the caller did not ask for, and tells the caller nothing. */
  #switched(): TransportError {
    return new TransportError("RESPONSE_INVALID", `${this.#host}: switched to a protocol that was not asked for`, {
      phase: "request",
      sent: true,
    });
  }

  #limitBody(response: IncomingMessage): void {
    const { bodyMs } = this.#limits;
    this.#total = new Deadline(bodyMs, () => response.destroy(bodyTooLong(this.#host, bodyMs)));
  }

  #failAtConnectionEnd(response: IncomingMessage): void {
    failAtConnectionEnd(response, () => response.destroy(endUnproven(this.#host)));
  }

  get #host(): string {
    return this.#request.host;
  }

  #headersLate(): void {
    const { socket, writableFinished } = this.#request;
    const written = socket?.bytesWritten ?? 0;
    if (!writableFinished && written > this.#written) {
      // The caller is still sending its body.
      this.#written = written;
      this.#deadline?.refresh();
      return;
    }
    const { headersMs } = this.#limits;
    this.#request.destroy(
      new TransportError(
        "HEADERS_TIMEOUT",
        `${this.#host}: sent no complete head of an answer within ${headersMs} ms`,
        {
          phase: "request",
          sent: true,
        },
      ),
    );
  }
}

/** How often the limit for a silent body is checked, per limit. */
const checks = 4;

/** Ends an answer of which nothing arrives for `idleMs`, unless its reader is what is slow. */
function watchBody(response: IncomingMessage, idleMs: number, host: string): Deadline | undefined {
  if (idleMs === 0) return undefined;
  const { socket } = response;
  let read = socket.bytesRead;
  let silent = 0;
  const deadline = new Deadline(Math.ceil(idleMs / checks), () => {
    const slowReader = response.isPaused() || response.readableLength > 0;
    silent = slowReader || socket.bytesRead > read ? 0 : silent + 1;
    read = socket.bytesRead;
    if (silent < checks) {
      deadline.refresh();
      return;
    }
    response.destroy(
      new TransportError("BODY_TIMEOUT", `${host}: sent nothing for ${idleMs} ms`, { phase: "response", sent: true }),
    );
  });
  return deadline;
}
