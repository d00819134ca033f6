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

  test("refuses an invalid Date by its name", () => {
    expect(() => toWireJson({ CreatedAfter: new Date(Number.NaN) })).toThrow(/CreatedAfter: must be a valid Date/);
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
