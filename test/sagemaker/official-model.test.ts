import * as sdk from "@aws-sdk/client-sagemaker";
import { expect, test } from "vitest";
import { isTimestampName } from "../../packages/sagemaker/src/control-plane/wire-json.ts";

// The shapes of Smithy's schemas, https://github.com/smithy-lang/smithy-typescript/tree/main/packages/core
const kind = { list: 1, map: 2, structure: 3, error: -3, union: 4, operation: 9 } as const;
const number = new Set([1, 128 + 1]);
const timestamp = new Set([4, 5, 6, 7]);

type Schema = number | readonly unknown[] | (() => Schema);

/** Follows functions and traits to what a member is. */
function resolve(schema: Schema): number | readonly unknown[] {
  if (typeof schema === "function") return resolve(schema());
  if (typeof schema === "number") return schema;
  const [first] = schema;
  // [type, traits]: a member with traits of its own.
  if (typeof first === "function" || Array.isArray(first)) return resolve(first as Schema);
  return schema.length === 2 && typeof first === "number" ? first : schema;
}

/** Every member of every structure that an operation takes or gives: its name and what it is. */
function members(): Map<string, Set<number | "other">> {
  const found = new Map<string, Set<number | "other">>();
  const seen = new Set<unknown>();
  const visit = (schema: Schema): void => {
    const shape = resolve(schema);
    if (typeof shape === "number" || seen.has(shape)) return;
    seen.add(shape);
    const [type, , , , names, types] = shape;
    if (type === kind.list) visit(names as Schema);
    if (type === kind.map) visit(types as Schema);
    if (type !== kind.structure && type !== kind.error && type !== kind.union) return;
    for (const [index, name] of (names as readonly string[]).entries()) {
      const member = resolve((types as readonly Schema[])[index] as Schema);
      const kinds = found.get(name) ?? new Set();
      found.set(name, kinds.add(typeof member === "number" ? member : "other"));
      visit((types as readonly Schema[])[index] as Schema);
    }
  };
  for (const exported of Object.values(sdk) as unknown[]) {
    if (!Array.isArray(exported) || exported[0] !== kind.operation) continue;
    visit(exported[4] as Schema);
    visit(exported[5] as Schema);
  }
  return found;
}

test("timestamps and numbers of the control plane are told apart by their names, all of them", () => {
  const all = members();
  const named = (kinds: ReadonlySet<number>): string[] =>
    [...all].filter(([, seen]) => [...seen].some((one) => one !== "other" && kinds.has(one))).map(([name]) => name);
  const timestamps = named(timestamp);
  const numbers = named(number);
  expect(timestamps.length).toBeGreaterThan(60);
  expect(numbers.length).toBeGreaterThan(100);
  expect(timestamps.filter((name) => !isTimestampName(name))).toEqual([]);
  expect(numbers.filter((name) => isTimestampName(name))).toEqual([]);
});
