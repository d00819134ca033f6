import { CountersignError, words } from "@countersign/signer";
import { addDetails, SageMakerError } from "../core/error.ts";
import { createEventDecoder } from "../event-stream/event-decoder.ts";
import type { EventMessage } from "../event-stream/event-message.ts";
import { anyLineEnd, createLineSplitter, lineFeed, type LineSplitter } from "./lines.ts";
import { createSseParser, type SseEvent } from "./sse.ts";
import { streamError } from "../core/service-error.ts";
import type { StreamHead } from "./stream-head.ts";

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

/** How parts become what the reader wants; without a part: what the end of the stream completes. */
type Framing<Item> = (part?: PayloadPart) => Iterable<Item>;

/** Re-frames the answer that `open` fetches; `open` is called once, on the first read. */
export function createResponseStream(
  open: () => Promise<OpenedStream>,
  signal: AbortSignal | undefined,
): ResponseStream {
  let opened: Promise<OpenedStream> | undefined;
  let consumed = false;
  const opening = (): Promise<OpenedStream> => (opened ??= open());

  async function* read<Item>(frame: Framing<Item>, splitter?: LineSplitter): AsyncGenerator<Item, void, undefined> {
    if (consumed) {
      throw new SageMakerError(
        "STREAM_CONSUMED",
        words ? "The stream was read already; invoke again for another answer." : "stream",
      );
    }
    consumed = true;
    const { body, head } = await opening();
    const decoder = createEventDecoder();
    let parts = 0;
    let bytes = 0;
    try {
      for await (const chunk of body) {
        for (const message of decoder.push(chunk)) {
          const part = payloadPart(message);
          if (part === undefined) continue;
          parts += 1;
          bytes += part.Bytes.length;
          yield* frame(part);
        }
      }
      decoder.end();
      yield* frame();
    } catch (error) {
      if (signal?.aborted === true) throw signal.reason;
      const unfinished = splitter?.unfinished;
      throw addDetails(asSageMakerError(error), {
        requestId: head.requestId,
        received: { parts, bytes, ...(unfinished && { unfinished }) },
      });
    }
  }

  /** Lines as what `take` makes of them; `last` are told to it when the stream has ended. */
  function readLines<Item>(
    end: RegExp,
    take: (line: string) => Item | undefined,
    last: readonly string[] = [],
  ): AsyncIterable<Item> {
    const splitter = createLineSplitter(end);
    return read(function* (part) {
      const lines = splitter.push(part?.Bytes);
      for (const line of part === undefined ? [...lines, ...last] : lines) {
        const item = take(line);
        if (item !== undefined) yield item;
      }
    }, splitter);
  }

  return {
    [Symbol.asyncIterator]: () => read((part) => (part === undefined ? [] : [part.Bytes])),
    get events() {
      return read<ResponseStreamEvent>((part) => (part === undefined ? [] : [{ PayloadPart: part }]));
    },
    head: async () => (await opening()).head,
    lines: () => readLines(lineFeed, (line) => line),
    sse: () => readLines(anyLineEnd, createSseParser(), [""]),
    json: () => readLines(lineFeed, createJsonParser()),
  };
}

function createJsonParser(): (line: string) => unknown {
  let count = 0;
  return (line) => {
    count += 1;
    if (line.trim() === "") return undefined;
    try {
      return JSON.parse(line);
    } catch {
      // The cause is dropped: JSON.parse quotes the text, and what a model answered belongs in no log.
      throw new SageMakerError(
        "INVALID_JSON",
        words ? `Line ${count} of the stream is not a JSON value.` : `line: ${count}`,
      );
    }
  };
}

function payloadPart(message: EventMessage): PayloadPart | undefined {
  const { headers, payload } = message;
  if (headers[":message-type"] !== "event") throw streamError(message);
  if (headers[":event-type"] !== "PayloadPart") return undefined;
  const { DataType, CompletionState } = headers;
  return { Bytes: payload, ...(DataType && { DataType }), ...(CompletionState && { CompletionState }) };
}

function asSageMakerError(cause: unknown): SageMakerError {
  if (cause instanceof SageMakerError) return cause;
  const code = cause instanceof CountersignError ? cause.code : "CONNECTION_LOST";
  return new SageMakerError(code, words ? "The stream broke off; `received` tells what came before." : "stream", {
    cause,
  });
}
