import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as client from "@aws-sdk/client-sagemaker";
import { describe, expect, it } from "vitest";
import { generate, installedBotocore } from "../../packages/testing/data/generate.mjs";
import { readModel } from "../../packages/testing/src/model/model.ts";
import { patternOf } from "../../packages/testing/src/model/pattern.ts";
import type { StructureShape } from "../../packages/testing/src/model/shape.ts";

const model = readModel("sagemaker");
const committed = readFileSync(new URL("../../packages/testing/data/sagemaker-model.js", import.meta.url), "utf8");

const committedVersion = /botocore (\S+),/.exec(committed)?.[1];
const botocore = installedBotocore();
const installedVersion =
  botocore === undefined
    ? undefined
    : /__version__ = '([^']+)'/.exec(readFileSync(join(botocore, "__init__.py"), "utf8"))?.[1];

/** A structure of the SDK's schemas: kind, namespace, name, traits, members, schemas, number of required members. */
type Schema = readonly [number, string, string, unknown, (readonly string[])?, unknown?, number?];

const commands = Object.keys(client)
  .filter((name) => name.endsWith("Command") && name !== "$Command")
  .map((name) => name.slice(0, -"Command".length));

function schemasOf(operation: string): readonly [input: Schema, output: Schema] {
  const schema = (client as Record<string, unknown>)[`${operation}$`];
  const [, , , , input, output] = schema as readonly [number, string, string, unknown, () => Schema, () => Schema];
  return [input(), output()];
}

describe("the data is as new as the SDK that the tests install", () => {
  it("holds the SDK's operations, and no others", () => {
    expect([...model.operations.keys()].toSorted()).toEqual(commands.toSorted());
  });

  it.each(commands)("%s has the SDK's members, and requires the same ones", (operation) => {
    const known = model.operations.get(operation);
    for (const [schema, name] of [
      [schemasOf(operation)[0], known?.input],
      [schemasOf(operation)[1], known?.output],
    ] as const) {
      const [, , , , members = [], , required = 0] = schema;
      const shape = name === undefined || name === "" ? undefined : (model.shape(name) as StructureShape);
      const own = [...(shape?.members.values() ?? [])];
      expect(own.map((member) => member.name).toSorted()).toEqual(
        expect.arrayContaining(members.toSorted()) as string[],
      );
      expect(own.filter((member) => member.required).map((member) => member.name)).toEqual(
        expect.arrayContaining(members.slice(0, required)) as string[],
      );
    }
  });

  it.skipIf(installedVersion !== committedVersion)("is what the generator writes from its botocore", () => {
    expect(generate(botocore ?? "")).toBe(committed);
  });

  it("names the versions of its sources", () => {
    expect(committedVersion).toMatch(/^\d+\.\d+\.\d+$/);
  });
});

it("compiles every pattern of every service", () => {
  const patterns = [...committed.matchAll(/"r":("(?:[^"\\]|\\.)*")/g)].map(
    ([, text = ""]) => JSON.parse(text) as string,
  );
  expect(patterns.length).toBeGreaterThan(400);
  for (const pattern of patterns) expect(() => patternOf(pattern)).not.toThrow();
});
