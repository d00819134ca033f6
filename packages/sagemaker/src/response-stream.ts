import { CountersignError } from "@countersign/signer";
import { SageMakerError, type StreamProgress } from "./error.ts";
import { createEventDecoder } from "./event-decoder.ts";
import type { EventMessage } from "./event-message.ts";
import { createLineSplitter, type LineSplitter } from "./lines.ts";
import { createSseParser, type SseEvent } from "./sse.ts";
import { streamError } from "./service-error.ts";

/** A part of the model's answer, as AWS SDK v3 shapes it. */
export interface PayloadPart {
  readonly Bytes: Uint8Array;
  /** Bidirectional streams: `UTF8` or `BINARY`. */
  readonly DataType?: string;
  /** Bidirectional streams: `PARTIAL` or `COMPLETE`. */
  readonly CompletionState?: string;
}

/** An event of a response stream. Errors are thrown, and event types this version does not know are skipped. */
export interface ResponseStreamEvent {
  readonly PayloadPart: PayloadPart;
}

/** What the answer's head says. */
export interface StreamHead {
  readonly contentType?: string | undefined;
  readonly invokedProductionVariant?: string | undefined;
  readonly customAttributes?: string | undefined;
  readonly requestId?: string | undefined;
}

/** An answer whose head has arrived. */
export interface OpenedStream {
  readonly head: StreamHead;
  /** The body as it arrives; returning early cancels it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A streamed answer of a model. It is read once, in one of its forms; parts are asked for as they are consumed, so a
 * slow reader slows the model down instead of filling the memory. Leaving the loop early ends the request.
 */
export interface ResponseStream extends AsyncIterable<Uint8Array> {
  /** The events as AWS SDK v3 shapes them. */
  readonly events: AsyncIterable<ResponseStreamEvent>;
  /** The answer's head; sends the request when nothing did yet. */
  head(): Promise<StreamHead>;
  /** Lines of UTF-8 text, without their LF or CRLF; a last line without an end is delivered too. */
  lines(): AsyncIterable<string>;
  /** Server-sent events. `[DONE]` is data like any other; an event that the end cuts short is delivered. */
  sse(): AsyncIterable<SseEvent>;
  /** JSON Lines: one value per line; blank lines are skipped. */
  json(): AsyncIterable<unknown>;
}

/** Re-frames the answer that `open` fetches; `open` is called once, on the first read. */
export function createResponseStream(
  open: () => Promise<OpenedStream>,
  signal: AbortSignal | undefined,
): ResponseStream {
  let opened: Promise<OpenedStream> | undefined;
  let consumed = false;
  const opening = (): Promise<OpenedStream> =>
    (opened ??= open().catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    }));

  async function* read<Item>(framing: () => Framing<Item>): AsyncGenerator<Item, void, undefined> {
    if (consumed) {
      throw new SageMakerError("STREAM_CONSUMED", "The stream was read already; invoke again for another answer.");
    }
    consumed = true;
    const { body, head } = await opening();
    const decoder = createEventDecoder();
    const frames = framing();
    let parts = 0;
    let bytes = 0;
    const progress = (): StreamProgress => ({
      parts,
      bytes,
      ...(frames.unfinished === undefined || frames.unfinished === "" ? {} : { unfinished: frames.unfinished }),
    });
    try {
      for await (const chunk of body) {
        for (const message of decoder.push(chunk)) {
          const part = payloadPart(message, head, progress);
          if (part === undefined) continue;
          parts += 1;
          bytes += part.Bytes.length;
          yield* frames.push(part);
        }
      }
      decoder.end();
      yield* frames.end();
    } catch (error) {
      throw broken(error, progress(), head, signal);
    }
  }

  return {
    [Symbol.asyncIterator]: () => read(() => ({ push: (part) => [part.Bytes], end: () => [] })),
    get events() {
      return read<ResponseStreamEvent>(() => ({ push: (PayloadPart) => [{ PayloadPart }], end: () => [] }));
    },
    head: async () => (await opening()).head,
    lines: () => read(() => textFraming(createLineSplitter("lf"), (lines) => lines)),
    sse: () => read(sseFraming),
    json: () => read(jsonFraming),
  };
}

/** How parts become what the reader wants. */
interface Framing<Item> {
  push(part: PayloadPart): Iterable<Item>;
  end(): Iterable<Item>;
  readonly unfinished?: string;
}

function textFraming<Item>(
  splitter: LineSplitter,
  take: (lines: readonly string[]) => Iterable<Item>,
  last: () => Iterable<Item> = () => [],
): Framing<Item> {
  return {
    push: (part) => take(splitter.push(part.Bytes)),
    *end() {
      yield* take(splitter.end());
      yield* last();
    },
    get unfinished() {
      return splitter.unfinished;
    },
  };
}

function sseFraming(): Framing<SseEvent> {
  const parser = createSseParser();
  const take = function* (lines: readonly string[]): Iterable<SseEvent> {
    for (const line of lines) {
      const event = parser.push(line);
      if (event !== undefined) yield event;
    }
  };
  return textFraming(createLineSplitter("any"), take, () => {
    const event = parser.end();
    return event === undefined ? [] : [event];
  });
}

function jsonFraming(): Framing<unknown> {
  let line = 0;
  return textFraming(createLineSplitter("lf"), function* (lines) {
    for (const text of lines) {
      line += 1;
      if (text.trim() !== "") yield parseLine(text, line);
    }
  });
}

function parseLine(text: string, line: number): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The cause is dropped: JSON.parse quotes the text, and what a model answered belongs in no log.
    throw new SageMakerError("INVALID_JSON", `Line ${line} of the stream is not a JSON value.`);
  }
}

function payloadPart(message: EventMessage, head: StreamHead, progress: () => StreamProgress): PayloadPart | undefined {
  const { headers, payload } = message;
  if (headers[":message-type"] !== "event") throw streamError(message, head.requestId, progress());
  if (headers[":event-type"] !== "PayloadPart") return undefined;
  const { DataType, CompletionState } = headers;
  return {
    Bytes: payload,
    ...(typeof DataType === "string" ? { DataType } : {}),
    ...(typeof CompletionState === "string" ? { CompletionState } : {}),
  };
}

function broken(error: unknown, received: StreamProgress, head: StreamHead, signal?: AbortSignal): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (error instanceof SageMakerError) {
    if (error.received !== undefined) return error;
    const { code, message, cause } = error;
    return new SageMakerError(code, message, { cause, requestId: head.requestId, received });
  }
  const code = error instanceof CountersignError ? error.code : "CONNECTION_LOST";
  const message = `The stream broke off after ${received.parts} parts with ${received.bytes} bytes.`;
  return new SageMakerError(code, message, { cause: error, requestId: head.requestId, received });
}
