import { Readable } from "node:stream";
import { describe, expect, test } from "vitest";
import { encodeBody, type InvokeBody, maxInvokeBytes } from "../../src/runtime/body.ts";

const encode = (body: unknown, limit = maxInvokeBytes) => encodeBody(body as InvokeBody, limit);

describe("what is sent", () => {
  test("text is sent as it is", () => {
    expect(encode("1,2,3")).toEqual({ data: "1,2,3", contentType: "application/octet-stream" });
  });

  test("bytes in any form are sent as they are", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    for (const body of [bytes, bytes.buffer, new DataView(bytes.buffer), Buffer.from(bytes)]) {
      const { data, contentType } = encode(body);
      expect(new Uint8Array(data as Uint8Array)).toEqual(bytes);
      expect(contentType).toBe("application/octet-stream");
    }
  });

  test("a view is sent, and not what lies around it in its buffer", () => {
    const floats = new Float32Array([0, 1, 2]).subarray(1, 2);
    expect(encode(floats).data).toEqual(new Uint8Array(new Float32Array([1]).buffer));
  });

  test("an ArrayBuffer of another realm is bytes", async () => {
    const { runInNewContext } = await import("node:vm");
    expect(encode(runInNewContext("new Uint8Array([7]).buffer")).data).toEqual(Uint8Array.of(7));
  });

  test("objects and arrays are sent as JSON", () => {
    expect(encode({ a: 1 })).toEqual({ data: '{"a":1}', contentType: "application/json" });
    expect(encode([1, "two"])).toEqual({ data: '[1,"two"]', contentType: "application/json" });
    expect(encode(Object.assign(Object.create(null), { a: 1 })).data).toBe('{"a":1}');
  });
});

test.each([
  ["a Uint8Array", (buffer: ArrayBuffer) => new Uint8Array(buffer)],
  ["a Float64Array", (buffer: ArrayBuffer) => new Float64Array(buffer)],
  ["an ArrayBuffer", (buffer: ArrayBuffer) => buffer],
])("%s with transferred bytes is refused, and not sent as an empty body", (_, bodyOf) => {
  const buffer = new ArrayBuffer(8);
  const body = bodyOf(buffer);
  structuredClone(buffer, { transfer: [buffer] });
  expect(() => encode(body)).toThrow(expect.objectContaining({ code: "INVALID_BODY" }));
  expect(encode(new Uint8Array(0)).data).toEqual(new Uint8Array(0));
});

describe("what is refused, because it would become {} or null unnoticed", () => {
  test.each([
    ["a Blob", new Blob(["a"])],
    ["FormData", new FormData()],
    ["URLSearchParams", new URLSearchParams("a=1")],
    ["a Map", new Map([["a", 1]])],
    ["a Date", new Date(0)],
    ["a ReadableStream", new ReadableStream()],
    ["a Node stream", Readable.from(["a"])],
    ["an async iterable", (async function* () {})()],
    ["a number", 1],
    ["null", null],
    ["nothing", undefined],
    [
      "a cycle",
      (() => {
        const cycle: Record<string, unknown> = {};
        cycle["self"] = cycle;
        return cycle;
      })(),
    ],
    ["a bigint inside", { n: 1n }],
    ["a toJSON without an answer", { toJSON() {} }],
  ])("%s", (_, body) => {
    expect(() => encode(body)).toThrow(expect.objectContaining({ code: "INVALID_BODY" }));
  });
});

describe("the limit", () => {
  test.each<[string, number]>([
    ["a", maxInvokeBytes],
    ["é", maxInvokeBytes / 2],
    ["€", maxInvokeBytes / 3],
  ])("is in bytes: %s fits %i times, and not once more", (character, count) => {
    expect(encode(character.repeat(count)).data).toHaveLength(count);
    expect(() => encode(character.repeat(count + 1))).toThrow(
      expect.objectContaining({ code: "BODY_TOO_LARGE", message: expect.stringContaining("6291456") as string }),
    );
  });

  test("holds for bytes and JSON", () => {
    expect(() => encode(new Uint8Array(11), 10)).toThrow(/it has 11/);
    expect(() => encode({ a: "123456" }, 10)).toThrow(expect.objectContaining({ code: "BODY_TOO_LARGE" }));
  });
});
