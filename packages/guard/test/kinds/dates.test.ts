import { describe, expect, it } from "vitest";
import { createGuard, imageGate, trivyReport } from "../../src/index.ts";
import { instantOf as scannedAt } from "../../src/images/scan.ts";
import { instantOf } from "../../src/instant.ts";

const impossible = [
  "2026-02-31",
  "2026-02-29",
  "2026-04-31T00:00:00Z",
  "2026-02-31 00:00:00+02:00",
  "1900-02-29T00:00:00Z",
  "2026-12-31T24:00:00Z",
  "2026-13-01",
];

describe("kind: a gate that cannot judge refuses: a date that is on no calendar", () => {
  it.each(impossible)("%s ends no exception and no allowance", (until) => {
    const exception = { rule: "model-vpc", resource: "*", until, reason: "r" };
    expect(() => createGuard({ posture: "private", exceptions: [exception] })).toThrow(
      /^exceptions\[0\]\.until: must be a date/,
    );
    const source = trivyReport({});
    expect(() => imageGate({ source, allow: [{ id: "CVE-2026-1", until, reason: "r" }] })).toThrow(
      /^allow\[0\]\.until: must be a date/,
    );
  });

  it.each([...impossible, "2026-02-28", "2026-02-28T00:00:00"])("%s dates no scan", (text) => {
    expect(scannedAt(text)).toBeUndefined();
  });

  it.each([
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2024-02-29T23:30:00-02:00", "2024-03-01T01:30:00.000Z"],
    ["2000-02-29t00:00:00.5z", "2000-02-29T00:00:00.500Z"],
  ])("%s is one", (text, iso) => {
    expect(new Date(instantOf(text)).toISOString()).toBe(iso);
  });
});
