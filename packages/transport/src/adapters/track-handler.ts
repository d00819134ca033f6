import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import type { TransportPhase } from "../errors/error.ts";
import { mapError } from "../errors/foreign-error.ts";

type Handler = Dispatcher.DispatchHandler & { onRequestSent?(): void };
type Controller = Dispatcher.DispatchController;

/** What is to be done when a request is over. */
export type Finish = (failed: boolean) => void;

/**
 * The field of dispatch options with the signal that may end the request. undici's own handling of signals costs a
 * request two listeners more, and heeds a signal only once there is a connection.
 */
export const endedBy: unique symbol = Symbol("endedBy");

/** Dispatch options with {@link endedBy}. */
export type TrackedOptions = Dispatcher.DispatchOptions & { readonly [endedBy]?: AbortSignal | undefined };

/**
 * Stands between undici and the handler of one request: gives the slot back when the request is over and turns undici's
 * errors into ours, which takes knowing whether the request had been sent.
 *
 * undici has two generations of handlers; the requests of the global `fetch` of Node 26 come with the newer.
 */
export function trackHandler(
  handler: Handler,
  host: string,
  finish: Finish,
  signal?: AbortSignal,
): Dispatcher.DispatchHandler {
  if (handler.onRequestStart !== undefined) return new TrackedController(handler, host, finish);
  const tracked = new TrackedHandler(handler, host, finish);
  if (signal !== undefined) tracked.follow(signal);
  return tracked;
}

/** Ends a request that was never dispatched. */
export function failHandler(handler: Dispatcher.DispatchHandler, error: Error): void {
  if (handler.onError !== undefined) handler.onError(error);
  else handler.onResponseError?.(undefined as unknown as Controller, error);
}

abstract class Tracked {
  protected phase: TransportPhase = "connect";
  protected readonly handler: Handler;
  readonly #host: string;
  #finish: Finish | undefined;

  constructor(handler: Handler, host: string, finish: Finish) {
    this.handler = handler;
    this.#host = host;
    this.#finish = finish;
  }

  protected finished(failed: boolean): void {
    const finish = this.#finish;
    this.#finish = undefined;
    finish?.(failed);
  }

  protected mapped(error: Error): Error {
    return mapError(error, { host: this.#host, phase: this.phase, sent: this.phase !== "connect" }) as Error;
  }
}

class TrackedHandler extends Tracked implements Dispatcher.DispatchHandler {
  #signal: AbortSignal | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #answered = false;

  follow(signal: AbortSignal): void {
    this.#signal = signal;
    signal.addEventListener("abort", this, { once: true });
  }

  /** The signal aborts. */
  handleEvent(): void {
    const reason = this.#signal?.reason as Error;
    if (this.#abort !== undefined) this.#abort(reason);
    else {
      // There is no connection yet, and undici has no way to take a request back. The slot stays taken until it tries.
      this.#answered = true;
      this.handler.onError?.(reason);
    }
  }

  protected override finished(failed: boolean): void {
    this.#signal?.removeEventListener("abort", this);
    super.finished(failed);
  }

  onConnect(abort: (error?: Error) => void, context?: unknown): void {
    if (this.#answered) {
      abort(this.#signal?.reason as Error);
      return;
    }
    this.#abort = abort;
    this.phase = "request";
    (this.handler.onConnect as (abort: (error?: Error) => void, context?: unknown) => void)(abort, context);
  }

  onResponseStarted(): void {
    this.handler.onResponseStarted?.();
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    this.phase = "response";
    return (this.handler.onHeaders as NonNullable<Handler["onHeaders"]>).call(
      this.handler,
      status,
      headers,
      resume,
      text,
    );
  }

  onData(chunk: Buffer): boolean {
    return (this.handler.onData as NonNullable<Handler["onData"]>).call(this.handler, chunk);
  }

  onComplete(trailers: string[] | null): void {
    this.finished(false);
    this.handler.onComplete?.(trailers);
  }

  onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    this.finished(true);
    this.handler.onUpgrade?.(status, headers, socket);
  }

  onError(error: Error): void {
    this.finished(true);
    if (this.#answered) return;
    const aborted = this.#signal?.aborted === true && error === this.#signal.reason;
    this.handler.onError?.(aborted ? error : this.mapped(error));
  }

  onBodySent(chunkSize: number, total: number): void {
    this.handler.onBodySent?.(chunkSize, total);
  }

  onRequestSent(): void {
    this.handler.onRequestSent?.();
  }
}

class TrackedController extends Tracked implements Dispatcher.DispatchHandler {
  onRequestStart(controller: Controller, context: unknown): void {
    this.phase = "request";
    this.handler.onRequestStart?.(controller, context);
  }

  onResponseStarted(): void {
    this.handler.onResponseStarted?.();
  }

  onResponseStart(
    controller: Controller,
    status: number,
    headers: Record<string, string | string[]>,
    text?: string,
  ): void {
    this.phase = "response";
    this.handler.onResponseStart?.(controller, status, headers, text);
  }

  onResponseData(controller: Controller, chunk: Buffer): void {
    this.handler.onResponseData?.(controller, chunk);
  }

  onResponseEnd(controller: Controller, trailers: Record<string, string | string[]>): void {
    this.finished(false);
    this.handler.onResponseEnd?.(controller, trailers);
  }

  onRequestUpgrade(
    controller: Controller,
    status: number,
    headers: Record<string, string | string[]>,
    socket: Duplex,
  ): void {
    this.finished(true);
    this.handler.onRequestUpgrade?.(controller, status, headers, socket);
  }

  onResponseError(controller: Controller, error: Error): void {
    this.finished(true);
    this.handler.onResponseError?.(controller, this.mapped(error));
  }
}
