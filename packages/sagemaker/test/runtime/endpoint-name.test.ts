import { expect, test } from "vitest";
import { checkEndpointName } from "../../src/runtime/endpoint-name.ts";

test.each(["a", "A1", "my-endpoint", "a--b", "x".repeat(63)])("accepts %s", (name) => {
  expect(checkEndpointName(name)).toBe(name);
});

// The name becomes a part of the URL that signed requests are sent to.
test.each([
  "",
  "-a",
  "a-",
  "x".repeat(64),
  "a b",
  "a/b",
  "../../other",
  "a%2fb",
  "a?x=1",
  "a#b",
  "a\n",
  "ä",
  "a.b",
  "a_b",
])("refuses %j", (name) => {
  expect(() => checkEndpointName(name)).toThrow(expect.objectContaining({ code: "INVALID_ENDPOINT_NAME" }));
});

test("refuses what is no string, and takes no time for a long one", () => {
  const check: (name: never) => string = checkEndpointName;
  for (const name of [undefined, null, 1, {}, ["a"]]) expect(() => check(name as never)).toThrow(/of type/);
  expect(() => checkEndpointName(`${"a-".repeat(1_000_000)}!`)).toThrow(/1 to 63/);
});
