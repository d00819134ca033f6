import { describe, expect, it } from "vitest";
import { VENDING_SCHEMA } from "../../../src/server/config/vending-schema.ts";
import { checkBySchema, type JsonSchema } from "../../../src/server.ts";

const refuse = (pointer: string, message: string): never => {
  throw Object.assign(new Error(`${pointer}: ${message}`), { code: "FIELD" });
};
const self: Record<string, unknown> = { type: "array" };
self["items"] = self;

describe("checkBySchema", () => {
  it("checks and copies a value", () => {
    const schema: JsonSchema = { type: "object", properties: { port: { type: "integer", maximum: 65_535 } } };
    expect(checkBySchema(schema, { port: 80 }, refuse)).toEqual({ port: 80 });
    expect(() => checkBySchema(schema, { port: 80_000 }, refuse, "/listen")).toThrow("/listen/port: must be");
  });

  it.each<[string, unknown, RegExp]>([
    ["no schema", undefined, /^schema: must be a schema/],
    ["null", null, /^schema: must be a schema/],
    ["text", "object", /^schema: must be a schema/],
    ["a list", [null], /^schema: must be a schema/],
    ["an unknown type", { type: "date" }, /^schema\.type: must be "object" or/],
    ["a keyword that would be ignored", { type: "string", format: "uri" }, /^schema\.format: /],
    ["a misspelt keyword", { type: "string", maxLenght: 5 }, /^schema\.maxLenght: .*maxLength/],
    ["properties of null", { type: "object", properties: null }, /^schema\.properties: must be/],
    ["a property of null", { type: "object", properties: { a: null } }, /^schema\.properties\.a: must be a schema/],
    ["a list of names of a number", { type: "object", required: 5 }, /^schema\.required: must be a list/],
    ["alternatives of null", { oneOf: [{ type: "string" }, null] }, /^schema\.oneOf\[1\]: must be a schema/],
    ["a broken pattern", { type: "string", pattern: "(" }, /^schema\.pattern: must be a regular expression/],
    ["a limit in words", { type: "number", minimum: "5" }, /^schema\.minimum: must be a finite number/],
    ["itself within itself", self, /^schema: must not contain itself/],
  ])("refuses as a schema: %s", (_, schema, message) => {
    for (const value of [undefined, {}, [[1]], "x"]) {
      const check = (): unknown => checkBySchema(schema as JsonSchema, value, refuse);
      expect(check).toThrow(expect.objectContaining({ name: "BrokerError", code: "INVALID_OPTION" }));
      expect(check).toThrow(message);
    }
  });

  it.each<[string, unknown[], RegExp]>([
    ["no refuse", [], /^refuse: must be a function/],
    ["a message instead of refuse", ["refused"], /^refuse: must be a function/],
    ["a pointer of a number", [refuse, 5], /^pointer: must be a JSON pointer/],
  ])("refuses %s", (_, rest, message) => {
    const check = (): unknown => (checkBySchema as (...all: unknown[]) => unknown)(VENDING_SCHEMA, {}, ...rest);
    expect(check).toThrow(expect.objectContaining({ name: "BrokerError", code: "INVALID_OPTION" }));
    expect(check).toThrow(message);
  });
});
