import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage, readPrelude } from "../src/decode-message.ts";
import { encodeMessage, type SentHeaderValue } from "../src/encode-message.ts";
import { frame } from "./frame.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const anyHeader: fc.Arbitrary<SentHeaderValue> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.date({ noInvalidDate: true }),
);

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

  test("reads the types that it never writes", () => {
    const header = (name: string, type: number, hex = ""): Buffer =>
      Buffer.concat([Buffer.from([name.length]), text(name), Buffer.from([type]), Buffer.from(hex, "hex")]);
    const headers = Buffer.concat([
      header("t", 0),
      header("f", 1),
      header("b", 2, "ff"),
      header("s", 3, "fffe"),
      header("i", 4, "fffffffd"),
      header("l", 5, "7fffffffffffffff"),
      header("u", 9, "00112233445566778899aabbccddeeff"),
    ]);
    expect({ ...decodeMessage(frame(headers, text(""))).headers }).toEqual({
      t: true,
      f: false,
      b: -1,
      s: -2,
      i: -3,
      l: 2n ** 63n - 1n,
      u: "00112233-4455-6677-8899-aabbccddeeff",
    });
  });

  test("notices every single flipped bit", () => {
    const bytes = encodeMessage({
      headers: { ":event-type": "PayloadPart", n: new Date(7) },
      payload: text("payload"),
    });
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
