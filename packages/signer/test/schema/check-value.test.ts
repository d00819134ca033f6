import { expect, it } from "vitest";
import { createSchemaCheck, type JsonSchema } from "../../src/schema.ts";

class Wrong extends Error {}
const check = createSchemaCheck((message) => {
  throw new Wrong(message);
});
const refuse = (pointer: string, message: string): never => {
  throw new Error(`${pointer}: ${message}`);
};
const schema: JsonSchema = {
  type: "object",
  properties: { ports: { type: "array", items: { type: "integer", minimum: 1, maximum: 65_535 } } },
  additionalProperties: false,
};

it("names the field by its pointer, with its limit, and copies what is right", () => {
  const given = { ports: [80] };
  const copy = check(schema, given, refuse);
  expect(copy).toEqual(given);
  expect(copy).not.toBe(given);
  expect(() => check(schema, { ports: [80, 0] }, refuse)).toThrow("/ports/1: must be a whole number from 1 to 65535");
  expect(() => check(schema, { prots: [] }, refuse)).toThrow("/prots: is not a field; did you mean ports?");
});

it("throws the error of its package for a wrong schema, and the signer's where it has no package", () => {
  expect(() => check({ type: "date" } as never, 1, refuse)).toThrow(Wrong);
  expect(() => createSchemaCheck(undefined as never)).toThrow(
    expect.objectContaining({ name: "SignerError", code: "INVALID_OPTION" }),
  );
});
