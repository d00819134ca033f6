import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, encodeMessage, type EventHeaderValue, readPrelude } from "../src/event-message.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

/** Frames header bytes and a payload with Node's own CRC: the oracle this codec is held to. */
function frame(headers: Uint8Array, payload: Uint8Array): Uint8Array {
  const bytes = Buffer.alloc(16 + headers.length + payload.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.writeUInt32BE(headers.length, 4);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
  bytes.set(headers, 12);
  bytes.set(payload, 12 + headers.length);
  bytes.writeUInt32BE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return new Uint8Array(bytes);
}

const anyHeader: fc.Arbitrary<EventHeaderValue> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.boolean(),
  fc.integer(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 60 }),
  fc.date({ noInvalidDate: true }),
);

describe("encodeMessage", () => {
  test("writes an empty message as its sixteen bytes", () => {
    expect(hex(encodeMessage({ headers: {}, payload: new Uint8Array(0) }))).toBe("000000100000000005c248eb7d98c8ff");
  });

  test("writes string headers as type 7 with a two-byte length", () => {
    const headers = Buffer.concat([
      Buffer.from([11]),
      text(":event-type"),
      Buffer.from([7, 0, 11]),
      text("PayloadPart"),
    ]);
    expect(encodeMessage({ headers: { ":event-type": "PayloadPart" }, payload: text("hi") })).toEqual(
      frame(headers, text("hi")),
    );
  });

  test("leaves out headers without a value", () => {
    const some = encodeMessage({ headers: { a: "b", gone: undefined }, payload: text("x") });
    expect(some).toEqual(encodeMessage({ headers: { a: "b" }, payload: text("x") }));
  });

  test("refuses a header that the format cannot hold", () => {
    const payload = new Uint8Array(0);
    expect(() => encodeMessage({ headers: { ["n".repeat(256)]: "v" }, payload })).toThrow(/1 to 255 bytes/);
    expect(() => encodeMessage({ headers: { name: "v".repeat(32_768) }, payload })).toThrow(/32768 bytes, over 32767/);
  });
});

describe("decodeMessage", () => {
  test("reads back what was encoded, whatever the headers and the payload", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }), anyHeader, { maxKeys: 8 }),
        fc.uint8Array({ maxLength: 500 }),
        (headers, payload) => {
          const bytes = encodeMessage({ headers, payload });
          expect(readPrelude(bytes, 0)).toBe(bytes.length);
          const message = decodeMessage(bytes);
          expect({ ...message.headers }).toEqual({ ...headers });
          expect(message.payload).toEqual(payload);
        },
      ),
    );
  });

  test("reads the types that it never writes: byte, short and UUID", () => {
    const headers = Buffer.concat([
      Buffer.from([1]),
      text("b"),
      Buffer.from([2, 0xff]),
      Buffer.from([1]),
      text("s"),
      Buffer.from([3, 0xff, 0xfe]),
      Buffer.from([1]),
      text("u"),
      Buffer.from([9]),
      Buffer.from("00112233445566778899aabbccddeeff", "hex"),
    ]);
    expect({ ...decodeMessage(frame(headers, text(""))).headers }).toEqual({
      b: -1,
      s: -2,
      u: "00112233-4455-6677-8899-aabbccddeeff",
    });
  });

  test("notices every single flipped bit", () => {
    const bytes = encodeMessage({ headers: { ":event-type": "PayloadPart", n: 7 }, payload: text("payload") });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped.fill((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3, (bit >> 3) + 1);
      expect(() => {
        const total = readPrelude(flipped, 0);
        decodeMessage(flipped.subarray(0, total));
      }).toThrow(expect.objectContaining({ code: "STREAM_CORRUPT" }));
    }
  });

  test.each([
    ["a name that runs over the end", [20, 97, 98]],
    ["a value that runs over the end", [1, 97, 7, 0, 50, 98]],
    ["an unknown type", [1, 97, 10]],
    ["an empty name", [0, 0]],
    ["a repeated name", [1, 97, 0, 1, 97, 1]],
    ["a name that is not UTF-8", [1, 0xff, 0]],
  ])("refuses %s although the CRCs match", (_, headers) => {
    expect(() => decodeMessage(frame(new Uint8Array(headers), text("")))).toThrow(
      expect.objectContaining({ code: "STREAM_CORRUPT" }),
    );
  });

  test("keeps a header named __proto__ from reaching any prototype", () => {
    const headers = Buffer.concat([Buffer.from([9]), text("__proto__"), Buffer.from([0])]);
    const message = decodeMessage(frame(headers, text("")));
    expect(Object.getPrototypeOf(message.headers)).toBe(null);
    expect(Object.keys(message.headers)).toEqual(["__proto__"]);
  });
});

describe("readPrelude", () => {
  const prelude = (total: number, headers: number): Uint8Array => {
    const bytes = Buffer.alloc(12);
    bytes.writeUInt32BE(total, 0);
    bytes.writeUInt32BE(headers, 4);
    bytes.writeUInt32BE(crc32(bytes.subarray(0, 8)), 8);
    return bytes;
  };

  test.each([
    ["a message over 24 MiB", 24 * 1024 * 1024 + 1, 0, /over 25165824/],
    ["headers over 128 KiB", 1024 * 1024, 128 * 1024 + 1, /over 131072/],
    ["a length too small for the headers", 20, 8, /shorter than its parts/],
    ["a length of zero", 0, 0, /shorter than its parts/],
  ])("refuses %s", (_, total, headers, message) => {
    expect(() => readPrelude(prelude(total, headers), 0)).toThrow(message);
  });
});
