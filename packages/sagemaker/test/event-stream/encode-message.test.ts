import { describe, expect, test } from "vitest";
import { encodeMessage } from "../../src/event-stream/encode-message.ts";
import { frame } from "../frame.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

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
    expect(() => encodeMessage({ headers: { name: "v".repeat(32_768) }, payload })).toThrow(
      /at most 32767 bytes; it has 32768/,
    );
  });
});
