import type { Dispatcher } from "undici";
import { type Abort, TrackedHandler, type Tracking } from "./tracked-handler.ts";
import { BodyReadable, undiciUtil } from "./undici-modules.ts";

type ResponseData = Dispatcher.ResponseData;

/** The parts of a request that its answer depends on. */
export interface SentRequest {
  readonly method: string;
  readonly body: unknown;
}

/** What becomes of the promise of an answer. */
export interface Settle {
  readonly resolve: (answer: ResponseData) => void;
  readonly reject: (error: Error) => void;
}

/**
 * The handler of one request of `transport.request`: settles the promise of the answer, and feeds its body.
 *
 * undici's `request` does the same with a handler of its own, which needs another one around it to be tracked, and an
 * `AsyncResource` that a promise makes superfluous.
 */
export class Exchange extends TrackedHandler {
  readonly #request: SentRequest;
  readonly #settle: Settle;
  readonly #trailers: Record<string, string> = {};
  #abort: Abort | undefined;
  #context: unknown;
  #body: InstanceType<typeof BodyReadable> | undefined;

  constructor(request: SentRequest, tracking: Tracking, settle: Settle) {
    super(tracking);
    this.#request = request;
    this.#settle = settle;
  }

  protected override connected(abort: Abort, context: unknown): void {
    this.#abort = abort;
    this.#context = context;
  }

  protected override informed(): boolean {
    return true;
  }

  protected override answered(status: number, raw: Buffer[], resume: () => void, text: string): boolean {
    const headers = undiciUtil.parseHeaders(raw);
    const { "content-type": contentType, "content-length": contentLength } = headers;
    const body = new BodyReadable({
      resume,
      abort: this.#abort as Abort,
      contentType: contentType as string | undefined,
      contentLength: this.#request.method !== "HEAD" && contentLength !== undefined ? Number(contentLength) : null,
    });
    this.#body = body;
    this.#settle.resolve({
      statusCode: status,
      statusText: text,
      headers,
      trailers: this.#trailers,
      opaque: null,
      body,
      context: this.#context as object,
    });
    return true;
  }

  override onData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) === true;
  }

  protected override completed(trailers: string[] | null): void {
    undiciUtil.parseHeaders(trailers ?? [], this.#trailers);
    this.#body?.push(null);
  }

  protected override failed(error: Error): void {
    this.#settle.reject(error);
    const body = this.#body;
    if (body !== undefined) {
      // First the reader gets the parts that have arrived.
      queueMicrotask(() => undiciUtil.destroy(body.on("error", ignore), error));
    }
    const sent = this.#request.body;
    if (undiciUtil.isStream(sent)) undiciUtil.destroy(sent.on("error", ignore), error);
  }
}

function ignore(): void {}
