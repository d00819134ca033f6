import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as sagemaker from "@aws-sdk/client-sagemaker";
import * as featureStore from "@aws-sdk/client-sagemaker-featurestore-runtime";
import * as runtime from "@aws-sdk/client-sagemaker-runtime";
import { describe, expect, it } from "vitest";
import { generate, installedBotocore } from "../../packages/testing/data/generate.mjs";
import { type ModelledService, readModel } from "../../packages/testing/src/model/model.ts";
import { patternOf } from "../../packages/testing/src/model/pattern.ts";
import type { StructureShape } from "../../packages/testing/src/model/shape.ts";

/** The SDK's clients that the tests install, of the services that the data describes. */
const clients: Readonly<Partial<Record<ModelledService, Readonly<Record<string, unknown>>>>> = {
  sagemaker,
  "sagemaker-runtime": runtime,
  "sagemaker-featurestore-runtime": featureStore,
};
const committed = readFileSync(new URL("../../packages/testing/data/sagemaker-model.js", import.meta.url), "utf8");

const committedVersion = /botocore (\S+),/.exec(committed)?.[1];
const botocore = installedBotocore();
const installedVersion =
  botocore === undefined
    ? undefined
    : /__version__ = '([^']+)'/.exec(readFileSync(join(botocore, "__init__.py"), "utf8"))?.[1];

/** A structure of the SDK's schemas: kind, namespace, name, traits, members, schemas, number of required members. */
type Schema = readonly [number, string, string, unknown, (readonly string[])?, unknown?, number?];

const operationsOf = (client: Readonly<Record<string, unknown>>): readonly string[] =>
  Object.keys(client)
    .filter((name) => name.endsWith("Command") && name !== "$Command")
    .map((name) => name.slice(0, -"Command".length));

function schemasOf(client: Readonly<Record<string, unknown>>, operation: string): readonly [Schema, Schema] {
  const schema = client[`${operation}$`];
  const [, , , , input, output] = schema as readonly [number, string, string, unknown, () => Schema, () => Schema];
  return [input(), output()];
}

/** The operations with input and output, and the members of structures, by service and name. */
function factsOf(data: string): ReadonlyMap<string, readonly string[]> {
  const facts = new Map<string, readonly string[]>();
  let service = "";
  for (const line of data.split("\n")) {
    service = /^= (.+)$/.exec(line)?.[1] ?? service;
    const [, operation, input, output] = /^> (\w+) \["(\w*)","(\w*)"/.exec(line) ?? [];
    if (operation !== undefined) facts.set(`${service} ${operation}`, [`takes ${input}`, `answers ${output}`]);
    const [, shape, members] = /^(\w+) \{"m":"([^"]*)"/.exec(line) ?? [];
    if (shape !== undefined) {
      const names = (members ?? "").split(" ").map((member) => /^!?([^:@]*)/.exec(member)?.[1] ?? "");
      facts.set(`${service} ${shape}{}`, names);
    }
  }
  return facts;
}

describe.each(Object.entries(clients))(
  "the data is as new as the SDK that the tests install: %s",
  (service, client) => {
    const model = readModel(service as ModelledService);

    it("holds the SDK's operations, and no others", () => {
      expect([...model.operations.keys()].toSorted()).toEqual(operationsOf(client).toSorted());
    });

    it.each(operationsOf(client))("%s has the SDK's members, and requires the same ones", (operation) => {
      const known = model.operations.get(operation);
      const [input, output] = schemasOf(client, operation);
      for (const [schema, name] of [
        [input, known?.input],
        [output, known?.output],
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
  },
);

describe("the data", () => {
  const same = installedVersion === committedVersion;
  it.runIf(same)(`is what the generator writes from botocore ${committedVersion}`, () => {
    expect(generate(botocore ?? "")).toBe(committed);
  });

  // With another botocore than the data's own, what that botocore knows must be in the data: data that is older lacks some.
  it.runIf(!same && botocore !== undefined)(
    `of botocore ${committedVersion} holds all that the installed botocore ${installedVersion} knows`,
    () => {
      const [mine, theirs] = [factsOf(committed), factsOf(generate(botocore ?? ""))];
      expect(theirs.size).toBeGreaterThan(1000);
      const missing = [...theirs].flatMap(([name, facts]) => {
        const own = mine.get(name);
        if (own === undefined) return [name];
        return facts.filter((fact) => !own.includes(fact)).map((fact) => `${name}: ${fact}`);
      });
      expect(missing).toEqual([]);
    },
  );

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
