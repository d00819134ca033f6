import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SageMakerError } from "../../src/core/error.ts";
import { encodeMessage, type SentMessage } from "../../src/event-stream/encode-message.ts";
import { createResponseStream, type ResponseStream } from "../../src/stream/response-stream.ts";

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

const message = (headers: SentMessage["headers"], payload: string | Uint8Array): Uint8Array =>
  encodeMessage({ headers, payload: typeof payload === "string" ? encode(payload) : payload });

const part = (payload: string | Uint8Array): Uint8Array =>
  message(
    { ":message-type": "event", ":event-type": "PayloadPart", ":content-type": "application/octet-stream" },
    payload,
  );

const exception = (type: string, fields: object): Uint8Array =>
  message(
    { ":message-type": "exception", ":exception-type": type, ":content-type": "application/json" },
    JSON.stringify(fields),
  );

const concat = (pieces: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces));

function streamOf(chunks: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, signal?: AbortSignal): ResponseStream {
  const body = (async function* () {
    yield* chunks;
  })();
  return createResponseStream(async () => ({ head: { requestId: "request-1" }, body }), signal);
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<{ items: Item[]; error: unknown }> {
  const collected: Item[] = [];
  try {
    for await (const item of items) collected.push(item);
    return { items: collected, error: undefined };
  } catch (error) {
    return { items: collected, error };
  }
}

async function text(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const { items, error } = await collect(stream);
  if (error !== undefined) throw error;
  return Buffer.concat(items).toString();
}

// strands-agents/harness-sdk#4036: SageMaker does not align parts to the events of the text they carry.
describe("re-framing is independent of how parts and chunks are cut", () => {
  const sse = 'data: {"token":"Grüße"}\r\n\r\nevent: usage\ndata: 1\n\ndata: [DONE]';
  const events = [
    { event: "message", data: '{"token":"Grüße"}', id: "" },
    { event: "usage", data: "1", id: "" },
    { event: "message", data: "[DONE]", id: "" },
  ];

  test("wherever one cut falls in the bytes on the wire", async () => {
    const wire = concat([part("data: a\n\n"), part(""), part("data: b\n"), part("\n"), part("data: [DONE]")]);
    for (let at = 0; at <= wire.length; at++) {
      const { items, error } = await collect(streamOf([wire.subarray(0, at), wire.subarray(at)]).sse());
      expect(error).toBe(undefined);
      expect(items.map(({ data }) => data)).toEqual(["a", "b", "[DONE]"]);
    }
  });

  test("wherever one cut falls between two parts", async () => {
    const bytes = encode(sse);
    for (let at = 0; at <= bytes.length; at++) {
      const wire = [part(bytes.subarray(0, at)), part(bytes.subarray(at))];
      expect((await collect(streamOf(wire).sse())).items).toEqual(events);
    }
  });

  test("in any parts and any chunks, for text, lines, events and JSON", async () => {
    const json = '{"a":1}\r\n\n[2]\n"three"\nnull';
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(80), { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), async (cuts, size) => {
        const wire = (value: string): Uint8Array[] => {
          const bytes = encode(value);
          const ends = [...cuts.filter((end) => end < bytes.length).toSorted((a, b) => a - b), bytes.length];
          const all = concat(ends.map((end, index) => part(bytes.subarray(ends[index - 1] ?? 0, end))));
          return Array.from({ length: Math.ceil(all.length / size) }, (_, index) =>
            all.subarray(index * size, (index + 1) * size),
          );
        };
        expect(await text(streamOf(wire(sse)))).toBe(sse);
        expect((await collect(streamOf(wire(sse)).sse())).items).toEqual(events);
        expect((await collect(streamOf(wire(json)).lines())).items).toEqual(['{"a":1}', "", "[2]", '"three"', "null"]);
        expect((await collect(streamOf(wire(json)).json())).items).toEqual([{ a: 1 }, [2], "three", null]);
      }),
      { numRuns: 60 },
    );
  });
});

describe("events", () => {
  test("come in the shape of AWS SDK v3, and unknown types are skipped", async () => {
    const wire = [part("a"), message({ ":message-type": "event", ":event-type": "Telemetry" }, "{}"), part("b")];
    const { items } = await collect(streamOf(wire).events);
    expect(items).toEqual([{ PayloadPart: { Bytes: encode("a") } }, { PayloadPart: { Bytes: encode("b") } }]);
  });

  test("carry the data type and completion state of bidirectional streams", async () => {
    const headers = {
      ":message-type": "event",
      ":event-type": "PayloadPart",
      DataType: "UTF8",
      CompletionState: "PARTIAL",
    };
    const { items } = await collect(streamOf([message(headers, "a")]).events);
    expect(items).toEqual([{ PayloadPart: { Bytes: encode("a"), DataType: "UTF8", CompletionState: "PARTIAL" } }]);
  });
});

describe("errors in the middle of a stream", () => {
  test("ModelStreamError is thrown with its error code after what came before", async () => {
    const wire = [
      part("data: 1\n\nda"),
      exception("ModelStreamError", { Message: "too slow", ErrorCode: "ModelInvocationTimeExceeded" }),
    ];
    const { items, error } = await collect(streamOf(wire).sse());
    expect(items.map(({ data }) => data)).toEqual(["1"]);
    expect(error).toBeInstanceOf(SageMakerError);
    expect(error).toMatchObject({
      code: "ModelStreamError",
      message: "too slow",
      errorCode: "ModelInvocationTimeExceeded",
      requestId: "request-1",
      received: { parts: 1, bytes: 11, unfinished: "da" },
    });
  });

  test("InternalStreamFailure is thrown", async () => {
    const { items, error } = await collect(
      streamOf([part("a"), exception("InternalStreamFailure", { Message: "oops" })]),
    );
    expect(items).toEqual([encode("a")]);
    expect(error).toMatchObject({ code: "InternalStreamFailure", message: "oops", received: { parts: 1, bytes: 1 } });
  });

  test("an unmodelled error message of the protocol is thrown", async () => {
    const wire = [message({ ":message-type": "error", ":error-code": "InternalError", ":error-message": "gone" }, "")];
    expect((await collect(streamOf(wire))).error).toMatchObject({ code: "InternalError", message: "gone" });
  });

  test("a corrupted message is thrown after the parts before it", async () => {
    const corrupted = part("b");
    corrupted.fill((corrupted.at(-1) ?? 0) ^ 0x40, corrupted.length - 1);
    const { items, error } = await collect(streamOf([concat([part("a"), corrupted])]));
    expect(items).toEqual([encode("a")]);
    expect(error).toMatchObject({ code: "STREAM_CORRUPT", received: { parts: 1, bytes: 1 }, requestId: "request-1" });
  });

  test("an end inside a message is thrown after the parts before it", async () => {
    const { items, error } = await collect(streamOf([part("a"), part("b").subarray(0, 20)]));
    expect(items).toEqual([encode("a")]);
    expect(error).toMatchObject({ code: "STREAM_TRUNCATED", received: { parts: 1, bytes: 1 } });
  });

  test("a lost connection is thrown with its cause", async () => {
    const cause = new Error("socket hang up");
    const { items, error } = await collect(
      streamOf(
        (async function* () {
          yield part("a");
          throw cause;
        })(),
      ),
    );
    expect(items).toEqual([encode("a")]);
    expect(error).toMatchObject({ code: "CONNECTION_LOST", cause, received: { parts: 1, bytes: 1 } });
  });

  test("a line that is not JSON is named by its number, and its text stays out of the error", async () => {
    const { items, error } = await collect(streamOf([part('1\n\n{"secret diagnosis\n2\n')]).json());
    expect(items).toEqual([1]);
    expect(error).toMatchObject({ code: "INVALID_JSON", message: "line 3 of the stream is not a JSON value" });
    expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain("diagnosis");
  });

  test("an abort is thrown as the signal's reason", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    const wire = (async function* () {
      yield part("a");
      controller.abort(reason);
      throw new Error("destroyed");
    })();
    const { items, error } = await collect(streamOf(wire, controller.signal));
    expect(items).toEqual([encode("a")]);
    expect(error).toBe(reason);
  });
});

describe("reading", () => {
  test("asks for the next chunk only when the one before is consumed", async () => {
    let produced = 0;
    const stream = streamOf(
      (async function* () {
        for (; produced < 1000; produced++) yield part(`${produced}`);
      })(),
    );
    let read = 0;
    for await (const _ of stream) {
      read += 1;
      expect(produced).toBeLessThanOrEqual(read);
      if (read === 5) break;
    }
    expect(produced).toBeLessThanOrEqual(5);
  });

  test("leaving the loop early ends the body", async () => {
    let ended = false;
    const stream = streamOf(
      (async function* () {
        try {
          for (;;) yield part("a\n");
        } finally {
          ended = true;
        }
      })(),
    );
    for await (const _ of stream.lines()) break;
    expect(ended).toBe(true);
  });

  test("sends nothing until something is read, and then once", async () => {
    let opened = 0;
    const stream = createResponseStream(async () => {
      opened += 1;
      return { head: { contentType: "text/plain" }, body: (async function* () {})() };
    }, undefined);
    await Promise.resolve();
    expect(opened).toBe(0);
    expect(await stream.head()).toEqual({ contentType: "text/plain" });
    expect(await text(stream)).toBe("");
    expect(opened).toBe(1);
  });

  test("is possible once; a second reader is told so", async () => {
    const stream = streamOf([part("a")]);
    expect(await text(stream)).toBe("a");
    expect((await collect(stream.lines())).error).toMatchObject({ code: "STREAM_CONSUMED" });
  });
});
