import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { TransportError, type TransportPhase } from "../errors/error.ts";
import { mapError } from "../errors/foreign-error.ts";
import { bodyTooLong, Deadline } from "./deadline.ts";
import { notFinal } from "./final-status.ts";
import { endUnproven } from "./open-ended.ts";

/** Called when a request is over. @param error what its caller gets, if it failed. */
export type Finish = (failed: boolean, error?: unknown) => void;

/** Ends a request that is under way. */
export type Abort = (error?: Error) => void;

/** How one request is tracked. */
export interface Tracking {
  /** `host:port`, for messages. */
  readonly host: string;
  readonly finish: Finish;
  /** Total time for the head of the answer, from the last byte of the request. 0: no limit. */
  readonly headersMs: number;
  /** Total time for the body of the answer. 0: no limit. */
  readonly bodyMs: number;
  /**
   * Ends the request. undici's own handling of signals costs a request two listeners more, and observes a signal only
   * once there is a connection.
   */
  readonly signal: AbortSignal | undefined;
  /** Ends the connection attempt of a request that is aborted before it has a connection. */
  readonly endAttempt: () => void;
  /**
   * Asked when an answer ends: whether the end of its connection ends it, over HTTP/1 and TLS. Over HTTP/2 an answer has
   * its own end. Plain HTTP goes to this machine only, where no attacker is between client and server.
   */
  readonly isUnproven: () => boolean;
  /** Asked about a request that fails without an answer: whether its server says that it has not processed it. */
  readonly isUnprocessed: () => boolean;
}

/**
 * The handler of one request that undici gets: returns the slot when the request is over, limits the wait for the head,
 * and maps undici's errors, for which it must know whether the request was sent. Subclasses receive the answer.
 */
export abstract class TrackedHandler implements Dispatcher.DispatchHandler {
  readonly #tracking: Tracking;
  #phase: TransportPhase = "connect";
  #abort: Abort | undefined;
  #deadline: Deadline | undefined;
  #ended = false;
  #aborted = false;

  constructor(tracking: Tracking) {
    this.#tracking = tracking;
    tracking.signal?.addEventListener("abort", this, { once: true });
  }

  protected abstract connected(abort: Abort, context: unknown): void;
  protected abstract informed(status: number, headers: Buffer[], resume: () => void, text: string): boolean;
  protected abstract answered(status: number, headers: Buffer[], resume: () => void, text: string): boolean;
  protected abstract completed(trailers: string[] | null): void;
  protected abstract failed(error: Error): void;
  abstract onData(chunk: Buffer): boolean;

  /** The signal aborts. */
  handleEvent(): void {
    const reason = this.#tracking.signal?.reason as Error;
    if (this.#abort !== undefined) this.#abort(reason);
    else {
      // There is no connection yet, and undici cannot take a request back: it fails with the attempt.
      this.#aborted = true;
      this.failed(reason);
      this.#tracking.endAttempt();
    }
  }

  onConnect(abort: Abort, context?: unknown): void {
    if (this.#aborted) {
      abort(this.#tracking.signal?.reason as Error);
      return;
    }
    this.#abort = abort;
    this.#phase = "request";
    this.#deadline = new Deadline(this.#tracking.headersMs, () => abort(this.#late()));
    this.connected(abort, context);
  }

  onBodySent(_chunkSize: number, _total: number): void {
    this.#deadline?.refresh();
  }

  onRequestSent(): void {
    this.#deadline?.refresh();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    // undici reads such a status over HTTP/2, and ends the request after it as if it were answered.
    if (status < 100) {
      this.#abort?.(notFinal(this.#tracking.host));
      return false;
    }
    if (status < 200) return this.informed(status, headers, resume, text);
    this.#phase = "response";
    this.#deadline?.clear();
    const { bodyMs, host } = this.#tracking;
    this.#deadline = new Deadline(bodyMs, () => this.#abort?.(bodyTooLong(host, bodyMs)));
    return this.answered(status, headers, resume, text);
  }

  onUpgrade(_status: number, _headers: Buffer[] | string[] | null, _socket: Duplex): void {
    this.#end(true);
  }

  onComplete(trailers: string[] | null): void {
    if (this.#tracking.isUnproven()) {
      this.onError(endUnproven(this.#tracking.host));
      return;
    }
    this.#end(false);
    this.completed(trailers);
  }

  onError(error: Error): void {
    const { host, signal, isUnprocessed } = this.#tracking;
    const phase = this.#phase;
    const own = signal?.aborted === true && error === signal.reason;
    const sent = phase === "response" || (phase === "request" && !isUnprocessed());
    const meant = own ? error : (mapError(error, { host, phase, sent }) as Error);
    this.#end(true, meant);
    if (!this.#aborted) this.failed(meant);
  }

  #end(failed: boolean, error?: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#deadline?.clear();
    this.#tracking.signal?.removeEventListener("abort", this);
    this.#tracking.finish(failed, error);
  }

  #late(): TransportError {
    const { host, headersMs } = this.#tracking;
    return new TransportError("HEADERS_TIMEOUT", `${host}: sent no complete head of an answer within ${headersMs} ms`, {
      phase: "request",
      sent: true,
    });
  }
}
