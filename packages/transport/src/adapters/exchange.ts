import { Answer } from "./answer.ts";
import { isStream } from "./body-stream.ts";
import { type Abort, TrackedHandler, type Tracking } from "./tracked-handler.ts";

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

/** Settles the promise of an answer. */
export interface Settle {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const thisTurn = Promise.resolve();

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
  #answer: Answer | undefined;

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
    const hasBody = this.#request.method !== "HEAD" && contentLength !== undefined;
    const source = {
      resume,
      abort: this.#abort as Abort,
      contentType: contentType as string | undefined,
      contentLength: hasBody ? Number(contentLength) : undefined,
    };
    const context = this.#context as object;
    const head = { statusCode: status, statusText: text, headers, trailers: this.#trailers, context, source };
    const answer = new Answer(head);
    this.#answer = answer;
    // What arrived with the head is parsed first.
    void thisTurn.then(() => this.#handOver(answer));
    return true;
  }

  #handOver(answer: Answer): void {
    if (!answer.isWhole) answer.stream();
    this.#settle.resolve(answer);
  }

  override onData(chunk: Buffer): boolean {
    return this.#answer?.push(chunk) === true;
  }

  protected override completed(trailers: string[] | null): void {
    this.#readHeaders(trailers ?? [], this.#trailers);
    this.#answer?.push(null);
  }

  protected override failed(error: Error): void {
    if (this.#answer === undefined) this.#settle.reject(error);
    else {
      const body = this.#answer.stream();
      // First the caller gets the answer, and the reader the parts that have arrived.
      queueMicrotask(() => queueMicrotask(() => body.on("error", ignore).destroy(error)));
    }
    const sent = this.#request.body;
    if (isStream(sent)) sent.on("error", ignore).destroy(error);
  }
}

function ignore(): void {}
