import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createEventDecoder } from "../../src/event-stream/event-decoder.ts";
import { encodeMessage, type SentMessage } from "../../src/event-stream/encode-message.ts";

const message = (payload: string | number): SentMessage => ({
  headers: { ":message-type": "event", ":event-type": "PayloadPart" },
  payload: typeof payload === "number" ? new Uint8Array(payload).fill(7) : new TextEncoder().encode(payload),
});

const join = (messages: readonly SentMessage[]): Uint8Array =>
  new Uint8Array(Buffer.concat(messages.map((one) => encodeMessage(one))));

function decode(chunks: readonly Uint8Array[]): Uint8Array[] {
  const decoder = createEventDecoder();
  const payloads = chunks.flatMap((chunk) => [...decoder.push(chunk)].map(({ payload }) => payload.slice()));
  decoder.end();
  return payloads;
}

function cut(bytes: Uint8Array, at: readonly number[]): Uint8Array[] {
  const ends = [...new Set([...at.filter((index) => index < bytes.length), bytes.length])].toSorted((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(index === 0 ? 0 : (ends[index - 1] as number), end));
}

describe("push", () => {
  const messages = [message("first"), message(""), message("third, longer than its headers are, by some bytes")];
  const payloads = messages.map(({ payload }) => payload);
  const bytes = join(messages);

  test("finds the same messages wherever one cut falls", () => {
    for (let at = 0; at <= bytes.length; at++) {
      expect(decode([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(payloads);
    }
  });

  test("finds the same messages byte by byte", () => {
    expect(decode([...bytes].map((byte) => Uint8Array.of(byte)))).toEqual(payloads);
  });

  test("finds the same messages in any pieces", () => {
    fc.assert(
      fc.property(
        fc.array(fc.uint8Array({ maxLength: 9_000 }), { maxLength: 5 }),
        fc.array(fc.nat(50_000), { maxLength: 30 }),
        (bodies, cuts) => {
          const all = join(bodies.map((payload) => ({ ...message(""), payload })));
          expect(decode(cut(all, cuts))).toEqual(bodies);
        },
      ),
    );
  });

  test("delivers the messages before a corrupted one", () => {
    const corrupted = bytes.slice();
    const last = corrupted.length - 1;
    corrupted.fill((corrupted.at(-1) ?? 0) ^ 1, last);
    const seen: number[] = [];
    expect(() => {
      for (const { payload } of createEventDecoder().push(corrupted)) seen.push(payload.length);
    }).toThrow(expect.objectContaining({ code: "STREAM_CORRUPT" }));
    expect(seen).toEqual([5, 0]);
  });

  test("refuses other data at its first twelve bytes", () => {
    expect(() => [...createEventDecoder().push(new TextEncoder().encode("<html><body>502"))]).toThrow(
      expect.objectContaining({ code: "STREAM_CORRUPT" }),
    );
  });

  test("reserves memory for what arrives, not for what a length claims", () => {
    const claimed = join([message(20 * 1024 * 1024)]).subarray(0, 100);
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 50 }, () => {
      const decoder = createEventDecoder();
      for (const _ of decoder.push(claimed)) throw new Error("no message can have ended");
      return decoder;
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(5 * 1024 * 1024);
    expect(decoders).toHaveLength(50);
  });
});

describe("end", () => {
  test("accepts a stream that ends between messages", () => {
    expect(decode([])).toEqual([]);
  });

  test("refuses a stream that ends anywhere inside a message", () => {
    const bytes = encodeMessage(message("whole"));
    for (let at = 1; at < bytes.length; at++) {
      const decoder = createEventDecoder();
      expect([...decoder.push(bytes.subarray(0, at))]).toEqual([]);
      expect(() => decoder.end()).toThrow(expect.objectContaining({ code: "STREAM_TRUNCATED" }));
    }
  });
});
