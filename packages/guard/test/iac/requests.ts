import * as fc from "fast-check";
import { type Structure, type Type, inputOf } from "../../src/api/model.ts";
import { mappingOf } from "../../src/iac/mapping.ts";
import { bodies, change } from "../bodies.ts";

/** The operation that a mapped type leads to. */
export function actionOf(type: string): string {
  const mapping = mappingOf(type);
  if (typeof mapping !== "object") throw new Error(`${type} is not mapped`);
  return mapping.action;
}

const texts = ["Enabled", "Disabled", "x", "ml.p5.48xlarge", "subnet-0ff", "2", "VpcOnly", '{"Statement":[]}'];

/** A value of a type of the API, at most `depth` levels deep. */
function valueOf(type: Type, depth: number): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "text":
      return fc.constantFrom(...texts);
    case "number":
      return fc.integer({ min: 0, max: 3 });
    case "flag":
      return fc.boolean();
    case "time":
      return fc.constant("2026-11-23T12:00:00Z");
    case "list":
      return fc.array(valueOf(type.of, depth - 1), { minLength: depth > 0 ? 0 : 1, maxLength: 2 });
    case "map":
      return fc.dictionary(fc.constantFrom("a", "Key", "vpc_id"), valueOf(type.of, depth - 1), { maxKeys: 2 });
    case "structure":
      return depth > 0 ? membersOf(type, depth) : fc.constant({});
    default:
      return fc.constant("anything");
  }
}

/** An object with some of the members of a structure, the required ones mostly. */
function membersOf(structure: Structure, depth: number): fc.Arbitrary<Record<string, unknown>> {
  const names = [...structure.members].filter(([, type]) => type.kind !== "anything");
  if (names.length === 0) return fc.constant({});
  return fc.subarray(names, { maxLength: Math.min(6, names.length) }).chain((chosen) => {
    const required = names.filter(([name]) => structure.required.has(name));
    const all = new Map([...required.slice(0, 6), ...chosen]);
    return fc.record(
      Object.fromEntries([...all].map(([name, type]) => [name, valueOf(type, depth - 1)])),
    ) as fc.Arbitrary<Record<string, unknown>>;
  });
}

/** Every place of a body. */
function pointers(value: unknown, at = ""): readonly string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [`${at}/${name}`, ...pointers(inner, `${at}/${name}`)]);
}

/** A request as teams write it, with some values left out or changed to others of the same type, and some members added. */
function nearBody(
  body: Readonly<Record<string, unknown>>,
  structure: Structure,
): fc.Arbitrary<Record<string, unknown>> {
  const edits = fc.array(fc.tuple(fc.constantFrom(...pointers(body)), fc.nat(5)), { maxLength: 6 });
  const edited = edits.map((list) => {
    let input: Record<string, unknown> = { ...body };
    // Deepest first, so that no edit lands in a value that is gone.
    for (const [place, choice] of list.toSorted(([a], [b]) => b.length - a.length)) {
      const value = place
        .split("/")
        .slice(1)
        .reduce<unknown>((from, name) => (from as Record<string, unknown> | undefined)?.[name], input);
      const last = place.slice(place.lastIndexOf("/") + 1);
      if (choice === 0 && !/^\d+$/.test(last)) input = change(input, place, undefined);
      else if (typeof value === "boolean") input = change(input, place, !value);
      else if (typeof value === "number") input = change(input, place, choice);
      else if (typeof value === "string" && last !== "PipelineDefinition") input = change(input, place, texts[choice]);
    }
    return JSON.parse(JSON.stringify(input)) as Record<string, unknown>;
  });
  return fc.oneof(
    { weight: 3, arbitrary: edited },
    {
      weight: 1,
      arbitrary: fc.tuple(membersOf(structure, 3), edited).map(([added, input]) => ({ ...added, ...input })),
    },
  );
}

/** Inputs of the operation that a mapped type leads to. */
export function inputs(type: string): fc.Arbitrary<Record<string, unknown>> {
  const action = actionOf(type);
  const structure = inputOf(action);
  if (structure === undefined) throw new Error(`${action} is not in the model`);
  const made = membersOf(structure, 5);
  const body = bodies[action];
  return body === undefined ? made : fc.oneof({ weight: 3, arbitrary: nearBody(body, structure) }, made);
}
