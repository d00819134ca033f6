import type { Readable } from "node:stream";
import type { Dispatcher } from "undici";
import { AnswerBody } from "./answer-body.ts";
import { type Abort, TrackedHandler, type Tracking } from "./tracked-handler.ts";

type ResponseData = Dispatcher.ResponseData;

/** The parts of a request that its answer depends on. */
export interface SentRequest {
  readonly method: string;
  readonly body: unknown;
}

/** Reads a flat list of names and values, as undici and `node:http` give it. Names become lower case. */
export type ReadHeaders = (
  raw: readonly (Buffer | string)[],
  into?: Record<string, string>,
) => Record<string, string | string[]>;

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
  readonly #readHeaders: ReadHeaders;
  readonly #trailers: Record<string, string> = {};
  #abort: Abort | undefined;
  #context: unknown;
  #body: AnswerBody | undefined;

  constructor(request: SentRequest, tracking: Tracking, settle: Settle, readHeaders: ReadHeaders) {
    super(tracking);
    this.#request = request;
    this.#settle = settle;
    this.#readHeaders = readHeaders;
  }

  protected override connected(abort: Abort, context: unknown): void {
    this.#abort = abort;
    this.#context = context;
  }

  protected override informed(): boolean {
    return true;
  }

  protected override answered(status: number, raw: Buffer[], resume: () => void, text: string): boolean {
    const headers = this.#readHeaders(raw);
    const { "content-type": contentType, "content-length": contentLength } = headers;
    const body = new AnswerBody({
      resume,
      abort: this.#abort as Abort,
      contentType: contentType as string | undefined,
      contentLength: this.#request.method !== "HEAD" && contentLength !== undefined ? Number(contentLength) : undefined,
    });
    this.#body = body;
    this.#settle.resolve({
      statusCode: status,
      statusText: text,
      headers,
      trailers: this.#trailers,
      opaque: null,
      // undici's types want Node's own `Blob`, and no `body`.
      body: body as unknown as ResponseData["body"],
      context: this.#context as object,
    });
    return true;
  }

  override onData(chunk: Buffer): boolean {
    return this.#body?.push(chunk) === true;
  }

  protected override completed(trailers: string[] | null): void {
    this.#readHeaders(trailers ?? [], this.#trailers);
    this.#body?.push(null);
  }

  protected override failed(error: Error): void {
    this.#settle.reject(error);
    const body = this.#body;
    if (body !== undefined) {
      // First the reader gets the parts that have arrived.
      queueMicrotask(() => body.on("error", ignore).destroy(error));
    }
    const sent = this.#request.body;
    if (isStream(sent)) sent.on("error", ignore).destroy(error);
  }
}

function isStream(body: unknown): body is Readable {
  const given = body as Partial<Readable> | null | undefined;
  return typeof given?.pipe === "function" && typeof given.on === "function" && typeof given.destroy === "function";
}

function ignore(): void {}
