import { CountersignError, words } from "@countersign/signer";
import { addDetails, SageMakerError } from "../core/error.ts";
import { createEventDecoder } from "../event-stream/event-decoder.ts";
import type { EventMessage } from "../event-stream/event-message.ts";
import { anyLineEnd, createLineSplitter, lineFeed, type LineSplitter } from "./lines.ts";
import { createSseParser, type SseEvent } from "./sse.ts";
import { streamError } from "../core/service-error.ts";
import type { StreamHead } from "./stream-head.ts";

/** A part of the model's answer, in the form of AWS SDK v3. */
export interface PayloadPart {
  readonly Bytes: Uint8Array;
  /** Bidirectional streams: `UTF8` or `BINARY`. */
  readonly DataType?: string;
  /** Bidirectional streams: `PARTIAL` or `COMPLETE`. */
  readonly CompletionState?: string;
}

/** An event of a response stream. Errors are thrown, and unknown event types are skipped. */
export interface ResponseStreamEvent {
  readonly PayloadPart: PayloadPart;
}

/** An answer whose head has arrived. */
export interface OpenedStream {
  readonly head: StreamHead;
  /** The body as it arrives; leaving the loop early cancels it. */
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * A streamed answer of a model. It is read once, in one of its forms. The next part is read when the last one was
 * consumed, so a slow reader slows the model down instead of filling the memory. Leaving the loop early ends the request.
 */
export interface ResponseStream extends AsyncIterable<Uint8Array> {
  /** The events in the form of AWS SDK v3. */
  readonly events: AsyncIterable<ResponseStreamEvent>;
  /** The answer's head. Sends the request if nothing was read before. */
  head(): Promise<StreamHead>;
  /** Lines of UTF-8 text, without their LF or CRLF. A last line without a line end is delivered too. */
  lines(): AsyncIterable<string>;
  /** Server-sent events. `[DONE]` is data like any other. A last event without a blank line is delivered too. */
  sse(): AsyncIterable<SseEvent>;
  /** JSON Lines: one value per line; blank lines are skipped. */
  json(): AsyncIterable<unknown>;
}

/** Turns parts into items. Without a part it returns the items that the end of the stream completes. */
type Framing<Item> = (part?: PayloadPart) => Iterable<Item>;

/** Reads the answer that `open` fetches, in several forms. `open` is called once, on the first read. */
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
        words ? "the stream was read already: invoke again for another answer" : "stream",
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

  /** Reads lines and turns them into items by `take`. `last` are lines that follow when the stream has ended. */
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
      // The cause is dropped: JSON.parse quotes the text, and a model's answer must not reach a log.
      throw new SageMakerError(
        "INVALID_JSON",
        words ? `line ${count} of the stream is not a JSON value` : `line: ${count}`,
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
  return new SageMakerError(code, words ? "the stream broke off; `received` has the progress" : "stream", {
    cause,
  });
}
