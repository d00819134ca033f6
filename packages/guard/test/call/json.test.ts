import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseJson } from "../../src/call/json.ts";

describe("parseJson", () => {
  it("tells names from values and one object from another", () => {
    for (const text of [
      '{"a":"a","b":["a","a"],"c":{"a":{"a":1}},"d":[{"a":1},{"a":2}],"e":"\\"a\\":"}',
      '["a","a",{"a":"a"}]',
      '"a"',
      '{"a\\\\":1,"a\\"":2,"":3}',
      '{"__proto__":1,"constructor":2}',
      '{"a":"\\\\","b":"\\\\\\"","c":[[],{},"{\\"a\\":1,"]}',
    ])
      expect(parseJson(text)?.value).toEqual(JSON.parse(text));
  });

  it("refuses a name that stands twice in one object, however it is spelt", () => {
    for (const text of [
      '{"a":{},"a":[]}',
      '[{"x":{"a":1,"b":{},"a":2}}]',
      '{"":1,"":2}',
      '{"a\\n":1,"a\\u000a":2}',
      '{"a":[1,{"b":2}],"a":3}',
    ])
      expect(parseJson(text)).toBeUndefined();
  });

  it("refuses what is not JSON", () => {
    for (const text of ["", "{", "{'a':1}", '{"a":1,}', "NaN", '{"a":1}{}', '"'])
      expect(parseJson(text)).toBeUndefined();
  });

  it("reads whatever JSON.stringify writes, and refuses it with any of its names doubled", () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(parseJson(text)).toEqual({ value: JSON.parse(text) as unknown });
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.jsonValue(), fc.jsonValue(), (name, first, second) => {
        const member = (value: unknown): string => `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        expect(parseJson(`[{${member(first)},"other${name.length}":0,${member(second)}}]`)).toBeUndefined();
      }),
    );
  });
});
