import { checkBySchema, type JsonSchema } from "@countersign/broker/server";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SERVE_SCHEMA } from "../../packages/cli/src/serve/schema.ts";
import { fencesOf } from "../docs/fences.mjs";
import { readText } from "../packaging/workspaces.ts";

const ajv = new Ajv2020({ strict: true, keywords: ["errorMessage"], allowUnionTypes: true });
const isValid = ajv.compile(SERVE_SCHEMA);

/** A configuration with every field. */
const full = JSON.parse(readText("test/cli/serve-full.json")) as object;

function verdict(value: unknown): boolean {
  class Refused extends Error {}
  try {
    checkBySchema(SERVE_SCHEMA, value, (pointer, message) => {
      throw new Refused(`${pointer}: ${message}`);
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

it("the published schema is the one that serve checks by", () => {
  expect(JSON.parse(readText("packages/cli/serve.schema.json"))).toEqual(SERVE_SCHEMA);
});

it("a configuration with every field of the schema is valid", () => {
  expect({ valid: isValid(full), errors: isValid.errors }).toEqual({ valid: true, errors: null });
  const missing: string[] = [];
  compare(SERVE_SCHEMA, [full], "", missing);
  expect(missing).toEqual([]);
});

it("the README's configuration is valid for editors too", () => {
  const readme = fencesOf(readText("packages/cli/README.md")).find(({ code }) => code.includes('"commandLine"'));
  const valid = isValid(JSON.parse(readme?.code ?? ""));
  expect({ valid, errors: isValid.errors }).toEqual({ valid: true, errors: null });
});

/** Adds the fields of a schema that none of the values has. */
function compare(schema: JsonSchema, values: readonly unknown[], at: string, missing: string[]): void {
  for (const [name, inner] of Object.entries(schema.properties ?? {})) {
    const found = values.map((value) => Object(value)[name] as unknown).filter((value) => value !== undefined);
    if (found.length === 0) missing.push(`${at}/${name}`);
    else compare(inner, found, `${at}/${name}`, missing);
  }
  if (schema.items !== undefined) compare(schema.items, values.flat(), `${at}/…`, missing);
  if (typeof schema.additionalProperties === "object") {
    const entries = values.flatMap((value) => Object.values(Object(value) as object));
    compare(schema.additionalProperties, entries, `${at}/*`, missing);
  }
  for (const [index, alternative] of (schema.oneOf ?? []).entries()) {
    const fitting = values.filter((value) => ajv.validate(alternative, value));
    if (fitting.length > 0) compare(alternative, fitting, `${at}|${index}`, missing);
  }
}

describe("serve and a validator of JSON Schema agree", () => {
  const places = placesOf(full);
  const strange = fc.oneof(
    fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e300, "", "x", " ", [], {}, [null], { x: null }, "\u{1F600}"),
    fc.constantFrom<unknown>("never", "sep", { graceMs: 1 }, { file: "a" }, { env: "A" }, { file: "a", env: "A" }),
    fc.constantFrom<unknown>(
      { contains: "a" },
      { oneOf: ["a"] },
      { oneOf: [] },
      "rediss://a",
      "redis://:p@a",
      "https://a",
    ),
    fc.string({ maxLength: 20 }),
    fc.integer(),
  );

  it("about each place with another value, and about fields that are missing or misspelt", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...places),
        fc.oneof(
          strange.map((value) => ({ do: "replace" as const, value })),
          fc.constant({ do: "remove" as const }),
          fc.constant({ do: "misspell" as const }),
        ),
        (place, change) => {
          const changed = structuredClone(full) as Record<string, unknown>;
          let at: Record<string, unknown> = changed;
          for (const name of place.slice(0, -1)) at = at[name] as Record<string, unknown>;
          const name = place.at(-1) as string;
          if (change.do === "replace") at[name] = change.value;
          else {
            const value = at[name];
            if (Array.isArray(at)) at.splice(Number(name), 1);
            else delete at[name];
            if (change.do === "misspell" && !Array.isArray(at)) at[`${name}x`] = value;
          }
          expect(verdict(changed)).toBe(isValid(changed));
        },
      ),
      { numRuns: 400 },
    );
  });
});

function placesOf(value: object, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(value).flatMap(([name, one]) => {
    const here = [...above, name];
    return [here, ...(typeof one === "object" && one !== null ? placesOf(one as object, here) : [])];
  });
}
