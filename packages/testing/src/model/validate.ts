import { isObject } from "../shapes.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { ServiceModel } from "./model.ts";
import { patternOf } from "./pattern.ts";
import type { ListShape, MapShape, ScalarShape, Shape, StringShape, StructureShape } from "./shape.ts";

/** A structure as a request or an answer holds it. */
export type Input = Readonly<Record<string, unknown>>;

const constraint = "failed to satisfy constraint: Member must";

/** Longer texts are not matched against patterns, because some patterns of the models take quadratic time. */
const maxMatched = 16_384;

/**
 * Checks an input against its shape as AWS does: types first, then every constraint, all failures in one message.
 * Members that the shape does not have are dropped, as AWS ignores them, and `null` counts as absent.
 *
 * @param code the error code for failed constraints: `ValidationException`, or `ValidationError` in some services.
 * @throws {AwsError} `SerializationException` for a wrong type; `code` for failed constraints.
 * @returns a copy with the modelled members only.
 */
export function validate(model: ServiceModel, shapeName: string, input: Input, code = "ValidationException"): Input {
  const failures: string[] = [];
  const checked = structure(model, model.shape(shapeName) as StructureShape, input, "", failures);
  if (failures.length > 0) throw failed(failures, code);
  return checked;
}

/** AWS's message for failed constraints. */
export function failed(failures: readonly string[], code = "ValidationException"): AwsError {
  const noun = failures.length === 1 ? "error" : "errors";
  return new AwsError(code, `${failures.length} validation ${noun} detected: ${failures.join("; ")}`);
}

function check(model: ServiceModel, shape: Shape, value: unknown, at: string, failures: string[]): unknown {
  switch (shape.type) {
    case "structure":
      return structure(model, shape, value, at, failures);
    case "list":
      return list(model, shape, value, at, failures);
    case "map":
      return map(model, shape, value, at, failures);
    case "string":
      return text(shape, value, at, failures);
    default:
      return scalar(shape, value, at, failures);
  }
}

function structure(model: ServiceModel, shape: StructureShape, value: unknown, at: string, failures: string[]): Input {
  if (!isObject(value))
    throw new AwsError("SerializationException", "Expected a structure where another type was found.");
  const checked: Record<string, unknown> = {};
  for (const { name, shape: target, required } of shape.members.values()) {
    const member = Object.hasOwn(value, name) ? value[name] : undefined;
    const path = at === "" ? camelCase(name) : `${at}.${camelCase(name)}`;
    if (member !== undefined && member !== null)
      checked[name] = check(model, model.shape(target), member, path, failures);
    else if (required) failures.push(`Value null at '${path}' ${constraint} not be null`);
  }
  const set = Object.keys(checked);
  if (shape.union && set.length !== 1) {
    failures.push(`Value at '${at}' failed to satisfy constraint: Exactly one member of the union must be set`);
  }
  return checked;
}

function list(
  model: ServiceModel,
  shape: ListShape,
  value: unknown,
  at: string,
  failures: string[],
): readonly unknown[] {
  if (!Array.isArray(value)) throw unexpected(value, "List");
  length(shape, value.length, `[${value.filter((each) => typeof each !== "object").join(", ")}]`, at, failures);
  const member = model.shape(shape.member);
  return (value as readonly unknown[]).map((each, index) =>
    check(model, member, each ?? undefined, `${at}.${index + 1}.member`, failures),
  );
}

function map(model: ServiceModel, shape: MapShape, value: unknown, at: string, failures: string[]): Input {
  if (!isObject(value)) throw new AwsError("SerializationException", "Expected a map where another type was found.");
  const entries = Object.entries(value).filter(([, each]) => each !== null);
  length(shape, entries.length, "{}", at, failures);
  const inner = model.shape(shape.value);
  const keys: string[] = [];
  for (const [key] of entries) check(model, model.shape(shape.key), key, `${at}.key`, keys);
  if (keys.length > 0) failures.push(`Value at '${at}' failed to satisfy constraint: Map keys must satisfy constraint`);
  return Object.fromEntries(
    entries.map(([key, each]) => [key, check(model, inner, each, `${at}.${key}.member`, failures)]),
  );
}

function text(shape: StringShape, value: unknown, at: string, failures: string[]): string {
  if (typeof value !== "string") throw unexpected(value, "String");
  if (shape.options !== undefined && !shape.options.includes(value)) {
    failures.push(`Value '${value}' at '${at}' ${constraint} satisfy enum value set: [${shape.options.join(", ")}]`);
  }
  length(shape, value.length, value, at, failures);
  if (shape.pattern !== undefined && value.length <= maxMatched && !patternOf(shape.pattern).test(value)) {
    failures.push(`Value '${value}' at '${at}' ${constraint} satisfy regular expression pattern: ${shape.pattern}`);
  }
  return value;
}

function scalar(shape: ScalarShape, value: unknown, at: string, failures: string[]): unknown {
  switch (shape.type) {
    case "boolean":
      if (typeof value !== "boolean") throw unexpected(value, "Boolean");
      return value;
    case "blob":
      if (typeof value !== "string") throw unexpected(value, "Blob");
      return value;
    case "timestamp":
      if (typeof value !== "number") throw unexpected(value, "Timestamp");
      return value;
    default:
      if (typeof value !== "number" || (shape.type === "integer" && !Number.isInteger(value))) {
        throw unexpected(value, shape.type === "integer" ? "Integer" : "Float");
      }
      range(shape, value, at, failures);
      return value;
  }
}

function length(
  { min, max }: ListShape | MapShape | StringShape,
  size: number,
  shown: string,
  at: string,
  failures: string[],
): void {
  if (min !== undefined && size < min) {
    failures.push(`Value '${shown}' at '${at}' ${constraint} have length greater than or equal to ${min}`);
  }
  if (max !== undefined && size > max) {
    failures.push(`Value '${shown}' at '${at}' ${constraint} have length less than or equal to ${max}`);
  }
}

function range({ min, max }: ScalarShape, value: number, at: string, failures: string[]): void {
  if (min !== undefined && value < min) {
    failures.push(`Value '${value}' at '${at}' ${constraint} have value greater than or equal to ${min}`);
  }
  if (max !== undefined && value > max) {
    failures.push(`Value '${value}' at '${at}' ${constraint} have value less than or equal to ${max}`);
  }
}

function unexpected(value: unknown, wanted: string): AwsError {
  const kind = typeof value === "object" ? "STRUCTURE_VALUE" : `${(typeof value).toUpperCase()}_VALUE`;
  return new AwsError("SerializationException", `${kind} can not be converted to a ${wanted}`);
}

/** Messages write members in camel case. */
function camelCase(member: string): string {
  return member.charAt(0).toLowerCase() + member.slice(1);
}
