// Writes src/api/model-data.ts: the operations of the SageMaker API and the shape of their inputs, read from the schemas
// of the official SDK. Run it after an update of @aws-sdk/client-sagemaker; test/guard/coverage.test.ts fails until then.
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import * as sdk from "@aws-sdk/client-sagemaker";

const [LIST, MAP, STRUCTURE, UNION, OPERATION] = [1, 2, 3, 4, 9];
/** https://github.com/smithy-lang/smithy-typescript/blob/main/packages/types/src/schema/sentinels.ts */
const SIMPLE = { 0: "s", 1: "n", 2: "b", 4: "t", 5: "t", 6: "t", 7: "t", 15: "x", 17: "n", 19: "n", 21: "x", 42: "x" };

const structures = new Map();
const lines = [];

function typeOf(given) {
  const schema = typeof given === "function" ? given() : given;
  if (typeof schema === "number") {
    if (schema >= 128) return `{${typeOf(schema - 128)}`;
    if (schema >= 64) return `[${typeOf(schema - 64)}`;
    if (SIMPLE[schema] === undefined) throw new Error(`The schema has an unknown kind: ${schema}`);
    return `.${SIMPLE[schema]}`;
  }
  const [kind, name, , , members, types, required = 0] = schema;
  // A member with traits of its own: the shape, then the traits.
  if (typeof name !== "string") return typeOf(kind);
  if (kind === LIST) return `[${typeOf(members)}`;
  if (kind === MAP) return `{${typeOf(types)}`;
  if (kind === 0) return typeOf(members);
  if (kind !== STRUCTURE && kind !== UNION) throw new Error(`${schema[2]} has an unknown kind: ${kind}`);
  if (!structures.has(schema)) {
    const id = structures.size;
    structures.set(schema, id);
    lines[id] = "";
    // The SDK names the required members first, and says how many they are.
    lines[id] = members
      .map((member, index) => `${index < required ? "!" : ""}${member}:${typeOf(types[index])}`)
      .join(",");
  }
  return structures.get(schema).toString(36);
}

const operations = Object.values(sdk)
  .filter((value) => Array.isArray(value) && value[0] === OPERATION)
  .map((operation) => `${operation[2]}:${typeOf(operation[4])}`);

const manifest = createRequire(import.meta.url).resolve("@aws-sdk/client-sagemaker/package.json");
const { version } = JSON.parse(readFileSync(manifest, "utf8"));
const text = `// Written by model/generate.mjs; do not edit.
// Source: @aws-sdk/client-sagemaker ${version} (Apache-2.0), which AWS generates from its model of the API.

/** The release of the official SDK that the facts below come from. */
export const MODEL_VERSION = "${version}";

/** Operations with the structure of their input: \`Name:structure\`. */
export const operationText =
  "${operations.join(" ")}";

/**
 * The structures, one a line, counted from 0 in base 36. A member is \`Name:type\`, with \`!\` before a required one; a type is \`.s\` text, \`.n\` number, \`.b\` flag,
 * \`.t\` time, \`.x\` anything, \`[\` list of, \`{\` map of, or the number of a structure.
 */
export const structureText = \`
${lines.join("\n")}
\`;
`;
writeFileSync(new URL("../src/api/model-data.ts", import.meta.url), text);
