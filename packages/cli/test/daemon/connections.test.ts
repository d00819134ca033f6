import { expect, it } from "vitest";
import { connectionLimits, openFilesLimit } from "../../src/daemon/connections.ts";

it.each([
  [32, { callers: 6, operators: 1 }],
  [64, { callers: 24, operators: 4 }],
  [1024, { callers: 744, operators: 124 }],
  [65_536, { callers: 20_000, operators: 1_000 }],
  [Infinity, { callers: 20_000, operators: 1_000 }],
])("of %d files connections take a part, and leave room for STS and the store", (files, limits) => {
  expect(connectionLimits(files)).toEqual(limits);
});

it("the system says how many files there may be", () => {
  expect(openFilesLimit()).toBeGreaterThan(100);
});
