import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeMessage } from "../../src/event-stream/decode-message.ts";
import { encodeMessage, type SentHeaderValue } from "../../src/event-stream/encode-message.ts";
import { frame } from "../frame.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

const anyHeader: fc.Arbitrary<SentHeaderValue> = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 60 }),
  fc.uint8Array({ maxLength: 60 }),
  fc.date({ noInvalidDate: true }),
);

const decode = (bytes: Uint8Array) => {
  const message = decodeMessage(bytes);
  if (message === undefined) throw new Error("the message is not whole");
  return message;
};

describe("decodeMessage", () => {
  test("reads back what was encoded, whatever the headers and the payload: the strings, past all else", () => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 40 }), anyHeader, { maxKeys: 8 }),
        fc.uint8Array({ maxLength: 500 }),
        (headers, payload) => {
          const bytes = encodeMessage({ headers, payload });
          const message = decode(bytes);
          expect(message.length).toBe(bytes.length);
          const strings = Object.entries(headers).map(([name, value]) => [
            name,
            typeof value === "string" ? value : undefined,
          ]);
          expect(Object.entries(message.headers)).toEqual(strings);
          expect(message.payload).toEqual(payload);
        },
      ),
    );
  });

  test("steps over each type that it has no use for, and reads what follows it", () => {
    const header = (name: string, type: number, hex = ""): Buffer =>
      Buffer.concat([Buffer.from([name.length]), text(name), Buffer.from([type]), Buffer.from(hex, "hex")]);
    const types: [type: number, hex: string][] = [
      [0, ""],
      [1, ""],
      [2, "ff"],
      [3, "fffe"],
      [4, "fffffffd"],
      [5, "7fffffffffffffff"],
      [6, "0003010203"],
      [8, "000000000000007f"],
      [9, "00112233445566778899aabbccddeeff"],
    ];
    const headers = Buffer.concat([
      ...types.map(([type, hex]) => header(`other-${type}`, type, hex)),
      header("s", 7, "0003616263"),
    ]);
    expect({ ...decode(frame(headers, text("payload"))).headers }).toEqual({ s: "abc" });
    for (const [type, hex] of types) {
      const one = frame(Buffer.concat([header("o", type, hex), header("s", 7, "0003616263")]), text("payload"));
      expect(decode(one)).toMatchObject({ headers: { s: "abc" }, payload: text("payload") });
    }
  });

  test("waits for a message that is not whole", () => {
    const bytes = encodeMessage({ headers: { ":event-type": "PayloadPart" }, payload: text("payload") });
    for (let length = 0; length < bytes.length; length++) {
      expect(decodeMessage(bytes.subarray(0, length))).toBe(undefined);
    }
  });

  test("notices every single flipped bit", () => {
    const bytes = encodeMessage({
      headers: { ":event-type": "PayloadPart", n: new Date(7) },
      payload: text("payload"),
    });
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = bytes.slice();
      flipped.fill((flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3, (bit >> 3) + 1);
      expect(() => decodeMessage(flipped)).toThrow(expect.objectContaining({ code: "STREAM_CORRUPT" }));
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
    const message = decode(frame(headers, text("")));
    expect(Object.getPrototypeOf(message.headers)).toBe(null);
    expect(Object.keys(message.headers)).toEqual(["__proto__"]);
  });
});

describe("a prelude", () => {
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
  ])("is refused with %s", (_, total, headers, message) => {
    expect(() => decodeMessage(prelude(total, headers))).toThrow(message);
  });
});
