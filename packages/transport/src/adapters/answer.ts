import type { Dispatcher } from "undici";
import { AnswerBody, type BodySource, joined } from "./answer-body.ts";

type ResponseData = Dispatcher.ResponseData;

/** The head of an answer, and where its body comes from. */
export interface AnswerHead extends Pick<
  ResponseData,
  "statusCode" | "statusText" | "headers" | "trailers" | "context"
> {
  readonly source: BodySource;
}

/**
 * The answer to a request. Most bodies arrive together with their head: such a body becomes a stream only if it is used
 * as one, because making and ending a stream costs more than the rest of the answer.
 */
export class Answer {
  readonly statusCode: number;
  readonly statusText: string;
  readonly headers: ResponseData["headers"];
  readonly trailers: ResponseData["trailers"];
  readonly context: object;
  readonly opaque = null;
  readonly #source: BodySource;
  readonly #chunks: Uint8Array[] = [];
  #ended = false;
  #body: AnswerBody | undefined;

  constructor({ statusCode, statusText, headers, trailers, context, source }: AnswerHead) {
    this.statusCode = statusCode;
    this.statusText = statusText;
    this.headers = headers;
    this.trailers = trailers;
    this.context = context;
    this.#source = source;
  }

  /** Takes a part of the body, or its end. Answers whether the reader wants more now. */
  push(chunk: Uint8Array | null): boolean {
    if (this.#body !== undefined) return this.#body.push(chunk);
    if (chunk === null) this.#ended = true;
    else this.#chunks.push(chunk);
    return true;
  }

  /** Whether the body has arrived, and is no stream. */
  get isWhole(): boolean {
    return this.#ended;
  }

  get body(): AnswerBody {
    return this.stream();
  }

  /** The body as a stream, from now on. */
  stream(): AnswerBody {
    if (this.#body === undefined) {
      this.#body = new AnswerBody(this.#source);
      for (const chunk of this.#chunks) this.#body.push(chunk);
      if (this.#ended) this.#body.push(null);
    }
    return this.#body;
  }

  /** A copy of the whole body if it arrived together with the head, else `undefined`. */
  get bytes(): Uint8Array | undefined {
    return this.#ended ? new Uint8Array(joined(this.#chunks)) : undefined;
  }
}
