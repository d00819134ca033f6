import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { TransportError, type TransportPhase } from "../errors/error.ts";
import { mapError } from "../errors/foreign-error.ts";
import { Deadline } from "./deadline.ts";
import { UnwrapHandler } from "./undici-modules.ts";

type Handler = Dispatcher.DispatchHandler & { onRequestSent?(): void };

/** Called when a request is over. */
export type Finish = (failed: boolean) => void;

/** How one request is tracked. */
export interface Tracking {
  /** Total time for the head of the answer, from the last byte of the request. 0: no limit. */
  readonly headersMs: number;
  /**
   * Ends the request. undici's own handling of signals costs a request two listeners more, and observes a signal only
   * once there is a connection.
   */
  readonly signal: AbortSignal | undefined;
}

/**
 * Stands between undici and the handler of one request: returns the slot when the request is over, limits the wait for
 * the head, and maps undici's errors, for which it must know whether the request was sent.
 *
 * undici has two generations of handlers. The newer comes from interceptors, and from the global `fetch` of Node 26.
 */
export function trackHandler(
  handler: Handler,
  host: string,
  finish: Finish,
  { headersMs, signal }: Tracking,
): Dispatcher.DispatchHandler {
  const tracked = new TrackedHandler(UnwrapHandler.unwrap(handler), host, finish, headersMs);
  if (signal !== undefined) tracked.follow(signal);
  return tracked;
}

/** Ends a request that was never dispatched. */
export function failHandler(handler: Dispatcher.DispatchHandler, error: Error): void {
  if (handler.onError !== undefined) handler.onError(error);
  else handler.onResponseError?.(undefined as unknown as Dispatcher.DispatchController, error);
}

class TrackedHandler implements Dispatcher.DispatchHandler {
  readonly #handler: Handler;
  readonly #host: string;
  readonly #headersMs: number;
  #finish: Finish | undefined;
  #phase: TransportPhase = "connect";
  #signal: AbortSignal | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #deadline: Deadline | undefined;
  #answered = false;

  constructor(handler: Handler, host: string, finish: Finish, headersMs: number) {
    this.#handler = handler;
    this.#host = host;
    this.#finish = finish;
    this.#headersMs = headersMs;
  }

  follow(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener("abort", this, { once: true });
  }

  /** The signal aborts. */
  handleEvent(): void {
    const reason = this.#signal?.reason as Error;
    if (this.#abort !== undefined) this.#abort(reason);
    else {
      // There is no connection yet, and undici cannot take a request back. The slot stays taken until undici tries.
      this.#answered = true;
      this.#handler.onError?.(reason);
    }
  }

  onConnect(abort: (error?: Error) => void, context?: unknown): void {
    if (this.#answered) {
      abort(this.#signal?.reason as Error);
      return;
    }
    this.#abort = abort;
    this.#phase = "request";
    this.#deadline = new Deadline(this.#headersMs, () => abort(this.#late()));
    (this.#handler.onConnect as (abort: (error?: Error) => void, context?: unknown) => void)(abort, context);
  }

  onBodySent(chunkSize: number, total: number): void {
    this.#deadline?.refresh();
    this.#handler.onBodySent?.(chunkSize, total);
  }

  onRequestSent(): void {
    this.#deadline?.refresh();
    this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    if (status >= 200) {
      this.#phase = "response";
      this.#deadline?.clear();
    }
    return (this.#handler.onHeaders as NonNullable<Handler["onHeaders"]>)(status, headers, resume, text);
  }

  onData(chunk: Buffer): boolean {
    return (this.#handler.onData as NonNullable<Handler["onData"]>)(chunk);
  }

  onComplete(trailers: string[] | null): void {
    this.#finished(false);
    this.#handler.onComplete?.(trailers);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.#finished(true);
    this.#handler.onUpgrade?.(status, headers, socket);
  }

  onError(error: Error): void {
    this.#finished(true);
    if (this.#answered) return;
    const aborted = this.#signal?.aborted === true && error === this.#signal.reason;
    this.#handler.onError?.(aborted ? error : this.#mapped(error));
  }

  #finished(failed: boolean): void {
    this.#deadline?.clear();
    this.#signal?.removeEventListener("abort", this);
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(failed);
  }

  #late(): TransportError {
    return new TransportError(
      "HEADERS_TIMEOUT",
      `${this.#host}: sent no complete head of an answer within ${this.#headersMs} ms`,
      { phase: "request", sent: true },
    );
  }

  #mapped(error: Error): Error {
    return mapError(error, { host: this.#host, phase: this.#phase, sent: this.#phase !== "connect" }) as Error;
  }
}
