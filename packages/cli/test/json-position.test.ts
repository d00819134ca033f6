import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkUnchanged } from "../src/daemon/check-unchanged.ts";
import { readConfigFile, withPosition } from "../src/daemon/config-file.ts";
import { parseJson } from "../src/input.ts";
import { lineOfPointer } from "../src/json-position.ts";

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

describe("kind: foreign text is read in time: a configuration that changes while it is read", () => {
  it.each(["", "{", '{"a', '{"a": ', '{"a": [', "[1", "["])("has a line for each field: %j", (text) => {
    expect(lineOfPointer(text, "/a/0")).toBe(1);
  });

  it.each<[string, (file: string, swap: () => void) => void]>([
    [
      "an option",
      (file, swap) =>
        withPosition(file, "", () => {
          swap();
          throw Object.assign(new Error("a: must be a number"), { code: "INVALID_OPTION" });
        }),
    ],
    [
      "what only a restart can change",
      (file, swap) => {
        swap();
        checkUnchanged([["/a", 1, 2]], file, "broker");
      },
    ],
  ])("is refused where %s is wrong", (_, check) => {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-swap-"));
    const file = path.join(folder, "broker.json");
    writeFileSync(file, '{"a": 1}');
    expect(() => check(file, () => writeFileSync(file, '{\n"a": {"b'))).toThrow(
      expect.objectContaining({
        code: "INVALID_CONFIG",
        message: expect.stringContaining(`${file}:1: /a: must`) as string,
      }),
    );
    rmSync(folder, { recursive: true });
  });
});

describe("kind: foreign text has a length limit: a configuration", () => {
  it("of more than 4 MiB is refused, and one of 4 MiB is read", () => {
    const folder = mkdtempSync(path.join(tmpdir(), "countersign-long-"));
    const file = path.join(folder, "broker.json");
    writeFileSync(file, "{}".padEnd(4 << 20));
    expect(readConfigFile(file, { type: "object" }).config).toEqual({});
    writeFileSync(file, "{}".padEnd((4 << 20) + 1));
    expect(() => readConfigFile(file, { type: "object" })).toThrow(
      expect.objectContaining({ code: "FILE_UNREADABLE", message: `${file}: must be at most 4 MiB` }),
    );
    rmSync(folder, { recursive: true });
  });
});
