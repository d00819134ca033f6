import type { Duplex } from "node:stream";
import type { Dispatcher } from "undici";
import { type Abort, TrackedHandler, type Tracking } from "./tracked-handler.ts";

type Handler = Dispatcher.DispatchHandler & { onRequestSent?(): void };

/**
 * Tracks a request whose handler comes from elsewhere: from the global `fetch`, undici's functions or interceptors.
 *
 * undici has two generations of handlers. The newer comes from interceptors, and from the global `fetch` of Node 26; undici's
 * `UnwrapHandler` turns it into the older.
 */
export class ForwardingHandler extends TrackedHandler {
  readonly #handler: Handler;

  /** @param handler of the older generation. */
  constructor(handler: Handler, tracking: Tracking) {
    super(tracking);
    this.#handler = handler;
  }

  protected override connected(abort: Abort, context: unknown): void {
    (this.#handler.onConnect as (abort: Abort, context?: unknown) => void)(abort, context);
  }

  override onBodySent(chunkSize: number, total: number): void {
    super.onBodySent(chunkSize, total);
    this.#handler.onBodySent?.(chunkSize, total);
  }

  override onRequestSent(): void {
    super.onRequestSent();
    this.#handler.onRequestSent?.();
  }

  onResponseStarted(): void {
    this.#handler.onResponseStarted?.();
  }

  protected override informed(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    return this.answered(status, headers, resume, text);
  }

  protected override answered(status: number, headers: Buffer[], resume: () => void, text: string): boolean {
    return (this.#handler.onHeaders as NonNullable<Handler["onHeaders"]>)(status, headers, resume, text);
  }

  override onData(chunk: Buffer): boolean {
    return (this.#handler.onData as NonNullable<Handler["onData"]>)(chunk);
  }

  override onUpgrade(status: number, headers: Buffer[] | string[] | null, socket: Duplex): void {
    super.onUpgrade(status, headers, socket);
    this.#handler.onUpgrade?.(status, headers, socket);
  }

  protected override completed(trailers: string[] | null): void {
    this.#handler.onComplete?.(trailers);
  }

  protected override failed(error: Error): void {
    this.#handler.onError?.(error);
  }
}

/** Ends a request that was never dispatched. */
export function failHandler(handler: Dispatcher.DispatchHandler, error: Error): void {
  if (handler.onError !== undefined) handler.onError(error);
  else handler.onResponseError?.(undefined as unknown as Dispatcher.DispatchController, error);
}
