import { checkBySchema } from "@countersign/broker/server";
import type { JsonSchema } from "@countersign/signer/schema";
import { Ajv2020 } from "ajv/dist/2020.js";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { PROXY_FILE_SCHEMA } from "../../packages/cli/src/proxy/schema.ts";
import { SERVE_SCHEMA } from "../../packages/cli/src/serve/schema.ts";
import { fencesOf } from "../docs/fences.mjs";
import { readText } from "../packaging/workspaces.ts";

const ajv = new Ajv2020({ strict: true, keywords: ["errorMessage"], allowUnionTypes: true });

describe.each([
  {
    command: "serve",
    schema: SERVE_SCHEMA,
    strange: [
      "never",
      "sep",
      { graceMs: 1 },
      { contains: "a" },
      { oneOf: ["a"] },
      { oneOf: [] },
      "rediss://a",
      "redis://:p@a",
      "https://a",
    ],
    document: "packages/cli/README.md",
    mark: '"commandLine"',
  },
  {
    command: "proxy",
    schema: PROXY_FILE_SCHEMA,
    strange: [
      "sagemaker:*",
      "SageMaker:InvokeEndpoint",
      "iam:PassRole",
      "s3:",
      "arn:aws:iam::111122223333:role/a",
      "0".repeat(64),
      [{ actions: ["s3:*"] }],
      65_535,
      900_001,
    ],
    document: "packages/cli/docs/proxy.md",
    mark: '"clients"',
  },
])("the schema of $command", ({ command, schema, strange, document, mark }) => {
  const isValid = ajv.compile(schema);
  /** A configuration with every field. */
  const full = JSON.parse(readText(`test/cli/${command}-full.json`)) as object;

  it("is published as the one that the command checks by", () => {
    expect(JSON.parse(readText(`packages/cli/${command}.schema.json`))).toEqual(schema);
  });

  it("accepts a configuration with every field", () => {
    expect({ valid: isValid(full), errors: isValid.errors }).toEqual({ valid: true, errors: null });
    const missing: string[] = [];
    compare(schema, [full], "", missing);
    expect(missing).toEqual([]);
  });

  it("accepts the documentation's configuration, for editors too", () => {
    const shown = fencesOf(readText(document)).find(({ code }) => code.includes(mark));
    const valid = isValid(JSON.parse(shown?.code ?? ""));
    expect({ valid, errors: isValid.errors }).toEqual({ valid: true, errors: null });
  });

  it("means the same to a validator of JSON Schema: other values, fields that are missing or misspelt", () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(null, true, -1, 0, 1.5, 1e300, "", "x", " ", [], {}, [null], { x: null }, "\u{1F600}"),
      fc.constantFrom<unknown>({ file: "a" }, { env: "A" }, { file: "a", env: "A" }, ...strange),
      fc.string({ maxLength: 20 }),
      fc.integer(),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...placesOf(full)),
        fc.oneof(
          value.map((one) => ({ do: "replace" as const, value: one })),
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
            const before = at[name];
            if (Array.isArray(at)) at.splice(Number(name), 1);
            else delete at[name];
            if (change.do === "misspell" && !Array.isArray(at)) at[`${name}x`] = before;
          }
          expect(verdict(schema, changed)).toBe(isValid(changed));
        },
      ),
      { numRuns: 400 },
    );
  });
});

function verdict(schema: JsonSchema, value: unknown): boolean {
  class Refused extends Error {}
  try {
    checkBySchema(schema, value, (pointer, message) => {
      throw new Refused(`${pointer}: ${message}`);
    });
    return true;
  } catch (error) {
    if (error instanceof Refused) return false;
    throw error;
  }
}

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

function placesOf(value: object, above: readonly string[] = []): (readonly string[])[] {
  return Object.entries(value).flatMap(([name, one]) => {
    const here = [...above, name];
    return [here, ...(typeof one === "object" && one !== null ? placesOf(one as object, here) : [])];
  });
}
