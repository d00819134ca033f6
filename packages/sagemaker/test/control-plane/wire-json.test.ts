import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import { fromWireJson, isTimestampName, toWireJson } from "../../src/control-plane/wire-json.ts";

describe("toWireJson", () => {
  test("writes Dates as seconds since the epoch, wherever they are", () => {
    const input = { CreationTimeAfter: new Date("2026-05-21T12:00:00.250Z"), Nested: [{ At: new Date(0) }] };
    expect(toWireJson(input)).toBe('{"CreationTimeAfter":1779364800.25,"Nested":[{"At":0}]}');
  });

  test("writes bytes as base64", () => {
    expect(toWireJson({ Blob: Uint8Array.of(0, 255, 16), Buffer: Buffer.from("a") })).toBe(
      '{"Blob":"AP8Q","Buffer":"YQ=="}',
    );
  });

  test.each<[what: string, value: unknown, written: string]>([
    ["a Date of another realm", runInNewContext("new Date(250)"), "0.25"],
    ["bytes of another realm", runInNewContext("new Uint8Array([0, 255, 16])"), '"AP8Q"'],
    ["a buffer of another realm", runInNewContext("new Uint8Array([0, 255, 16]).buffer"), '"AP8Q"'],
    ["a buffer", Uint8Array.of(0, 255, 16).buffer, '"AP8Q"'],
    ["a view of a part of a buffer", new DataView(Uint8Array.of(9, 0, 255, 16, 9).buffer, 1, 3), '"AP8Q"'],
    ["a record of another realm", runInNewContext("({ b: [1] })"), '{"b":[1]}'],
    ["a record without prototype", Object.assign(Object.create(null) as object, { b: true }), '{"b":true}'],
    ["a URL, which knows its text", new URL("https://a.example"), '"https://a.example/"'],
  ])("writes %s", (_what, value, written) => {
    expect(toWireJson({ Deep: [{ a: value }] })).toBe(`{"Deep":[{"a":${written}}]}`);
  });

  test.each<[what: string, value: unknown]>([
    ["a Map", new Map([["a", 1]])],
    ["a Set", new Set([1])],
    ["a Map of another realm", runInNewContext("new Map([['a', 1]])")],
    ["a Promise", Promise.resolve(1)],
    ["a Blob", new Blob(["x"])],
    ["an Error", new Error("x")],
    ["a pattern", /x/],
    ["a function", () => 1],
    ["a symbol", Symbol("x")],
    ["a BigInt", 5n],
    ["NaN", Number.NaN],
    ["Infinity", Number.NEGATIVE_INFINITY],
  ])("refuses %s inside an input by the name of its member: JSON would write something else", (_what, value) => {
    for (const input of [{ Tags: value }, { Deep: [{ Tags: value }] }]) {
      expect(() => toWireJson(input)).toThrow(
        expect.objectContaining({ code: "INVALID_INPUT", message: expect.stringMatching(/^Tags: must be text/) }),
      );
    }
  });

  test("refuses an invalid Date by its name", () => {
    expect(() => toWireJson({ CreatedAfter: new Date(Number.NaN) })).toThrow(/CreatedAfter: must be a valid Date/);
  });

  test.each<[what: string, name: string, value: unknown]>([
    ["toJSON", "toJSON", () => ({ RoleArn: "attacker" })],
    ["toJSON that returns text", "toJSON", () => "attacker"],
    ["element of a list with a hole", "0", "attacker"],
  ])("options are own properties, read once: writes no %s of a polluted Object.prototype", (_what, name, value) => {
    const list: unknown[] = [];
    list[1] = { Key: "a" };
    const input = { Tags: list, At: new Date(1000), Url: new URL("https://a.example"), Blob: Uint8Array.of(97) };
    let written: string | undefined;
    let refused: unknown;
    Reflect.defineProperty(Object.prototype, name, { value, writable: true, configurable: true });
    try {
      written = toWireJson(input);
      toWireJson({ Tags: 5n });
    } catch (error) {
      refused = error;
    } finally {
      Reflect.deleteProperty(Object.prototype, name);
    }
    expect(written).toBe('{"Tags":[null,{"Key":"a"}],"At":1,"Url":"https://a.example/","Blob":"YQ=="}');
    expect(refused).toMatchObject({ code: "INVALID_INPUT" });
  });

  test("leaves out what is undefined", () => {
    expect(toWireJson({ a: undefined, b: null, c: "x" })).toBe('{"b":null,"c":"x"}');
  });
});

describe("fromWireJson", () => {
  test("reads timestamps as Dates, to the millisecond", () => {
    const output = fromWireJson('{"CreationTime":1779364800.25,"List":[{"LastModifiedTime":1.5E9}],"Count":3}');
    expect(output).toEqual({
      CreationTime: new Date("2026-05-21T12:00:00.250Z"),
      List: [{ LastModifiedTime: new Date(1_500_000_000_000) }],
      Count: 3,
    });
  });

  test("leaves strings under the same names alone: environment variables and hyperparameters are the user's", () => {
    expect(fromWireJson('{"Environment":{"StartTime":"1"}}')).toEqual({ Environment: { StartTime: "1" } });
  });
});

test("isTimestampName leaves durations and counts alone", () => {
  for (const name of ["ModelSetupTime", "MaxRuntimeInSeconds", "TimeoutInSeconds", "InstanceCount", "0"]) {
    expect(isTimestampName(name)).toBe(false);
  }
});
