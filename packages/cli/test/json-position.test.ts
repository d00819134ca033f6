import { describe, expect, it } from "vitest";
import { parseJson } from "../src/input.ts";

describe("a JSON file with a field twice", () => {
  it.each([
    ["a field", '{\n"region": "a",\n"region": "b" }', "FILE:3: /region: must be given once; remove one"],
    ["a field of a field", '{"vending": {\n"hosts": ["a"],\n"hosts": ["*"]}}', "FILE:3: /vending/hosts: must be"],
    ["a field in a list", '{"listen": [{"port": 1}, {"port": 1,\n"port": 2}]}', "FILE:2: /listen/1/port: must be"],
    ["a field in other letters", '{"key": 1, "\\u006bey": 2}', "FILE:1: /key: must be"],
    ["the prototype", '{"__proto__": 1, "__proto__": 2}', "FILE:1: /__proto__: must be"],
    ["a name with signs of a pointer", '{"a/~": 1, "a/~": 2}', "FILE:1: /a~1~0: must be"],
    ["a name that is empty", '[[{"": 1, "": 1}]]', "FILE:1: /0/0/: must be"],
  ])("is refused with its line: %s", (_, json, message) => {
    expect(() => parseJson(json, "FILE")).toThrow(
      expect.objectContaining({ code: "INVALID_CONFIG", message: expect.stringContaining(message) as string }),
    );
  });

  it.each([
    '{"a": {"b": 1}, "c": {"b": 1}, "b": ["b", "b", {"b": "b"}]}',
    '{"a": "\\"a\\": 1, {[", "b": "}", "c": ["a", "a"]}',
    '"a"',
    "[]",
  ])("is told apart from %s", (json) => {
    expect(parseJson(json, "FILE")).toEqual(JSON.parse(json));
  });

  it("reads text that is nested deeply, and long text", () => {
    const deep = "[".repeat(5000) + "]".repeat(5000);
    expect(() => parseJson(deep, "FILE")).not.toThrow();
    expect(parseJson(JSON.stringify({ a: '\\"'.repeat(500_000) }), "FILE")).toHaveProperty("a");
  });
});
