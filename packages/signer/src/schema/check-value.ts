import { callable, isRecord, nearestName, type RefuseOption, shape } from "../errors/check-options.ts";
import { refuseOption as refuse } from "../errors/refuse.ts";
import { checkSchema, type JsonSchema } from "./check-schema.ts";

/** Throws the caller's error. @param pointer the field, as a JSON pointer (RFC 6901); empty: the whole value. */
export type RefuseField = (pointer: string, message: string) => never;

/**
 * Checks a value by a schema, and returns a copy of it that has own properties only.
 *
 * @param refuse receives the first field that is wrong.
 */
export type CheckBySchema = (schema: JsonSchema, value: unknown, refuse: RefuseField, pointer?: string) => unknown;

const pointerShape = shape("a JSON pointer", (value) => typeof value === "string");

/**
 * Makes the function by which a package checks configuration files. The schema that checks a file is also the one that
 * is published for editors.
 *
 * @param refuseOption throws the package's own error for a wrong schema or argument.
 *
 * @example
 * const checkBySchema = createSchemaCheck((message) => {
 *   throw new TypeError(message);
 * });
 * checkBySchema({ type: "integer", minimum: 1 }, 5, (pointer, message) => {
 *   throw new Error(`${pointer}: ${message}`);
 * });
 */
export function createSchemaCheck(refuseOption: RefuseOption): CheckBySchema {
  callable(refuseOption, "refuseOption", refuse);
  return (schema, value, refuseField, pointer = "") => {
    callable(refuseField, "refuse", refuseOption);
    pointerShape(pointer, "pointer", refuseOption);
    return checkValue(checkSchema(schema, refuseOption), value, refuseField, pointer);
  };
}

function checkValue(schema: JsonSchema, value: unknown, refuse: RefuseField, pointer: string): unknown {
  const wrong = (): never => refuse(pointer, `must be ${mustBe(schema)}`);
  if (schema.oneOf !== undefined) {
    const meant = schema.oneOf.find((one) => couldBe(one, value));
    if (meant !== undefined) return checkValue(meant, value, refuse, pointer);
    const kinds = kindsOf(schema.oneOf);
    return kinds === undefined || !isObject(value) ? wrong() : refuse(`${pointer}/kind`, `must be ${kinds}`);
  }
  if (!holds(schema, value)) return wrong();
  if (schema.type === "array") {
    const { items = {} } = schema;
    return Array.from(value as readonly unknown[], (entry, index) =>
      checkValue(items, entry, refuse, `${pointer}/${index}`),
    );
  }
  return schema.type === "object" ? checkObject(schema, value as object, refuse, pointer) : value;
}

function checkObject(schema: JsonSchema, value: object, refuse: RefuseField, pointer: string): object {
  const { properties = {}, required = [], additionalProperties = false } = schema;
  const checked: Record<string, unknown> = Object.create(null);
  for (const [name, entry] of Object.entries(value)) {
    if (entry === undefined || Object.hasOwn(properties, name)) continue;
    const at = `${pointer}/${escaped(name)}`;
    if (additionalProperties === false) refuse(at, unknownField(name, Object.keys(properties)));
    else checked[name] = checkValue(additionalProperties, entry, refuse, at);
  }
  for (const [name, inner] of Object.entries(properties)) {
    const entry = Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
    if (entry !== undefined || required.includes(name)) {
      checked[name] = checkValue(inner, entry, refuse, `${pointer}/${escaped(name)}`);
    }
  }
  return checked;
}

/** Whether a value keeps all rules of a schema, except those for what it contains. */
function holds(schema: JsonSchema, value: unknown): boolean {
  if (schema.const !== undefined && value !== schema.const) return false;
  if (schema.enum !== undefined && !schema.enum.includes(value as string)) return false;
  switch (schema.type) {
    case "object":
      return isObject(value) && Object.keys(value).length <= (schema.maxProperties ?? Infinity);
    case "array":
      return (
        Array.isArray(value) && value.length >= (schema.minItems ?? 0) && value.length <= (schema.maxItems ?? Infinity)
      );
    case "string":
      return typeof value === "string" && holdsText(schema, value);
    case "integer":
    case "number":
      return (
        typeof value === "number" &&
        (schema.type === "number" ? Number.isFinite(value) : Number.isInteger(value)) &&
        value >= (schema.minimum ?? -Infinity) &&
        value > (schema.exclusiveMinimum ?? -Infinity) &&
        value <= (schema.maximum ?? Infinity)
      );
    case "boolean":
      return typeof value === "boolean";
    default:
      return value !== undefined;
  }
}

function holdsText({ pattern, minLength = 0, maxLength = Infinity }: JsonSchema, value: string): boolean {
  // JSON Schema counts characters, not UTF-16 code units.
  const length = value.length > 2 * maxLength ? Infinity : Array.from(value).length;
  return length >= minLength && length <= maxLength && (pattern === undefined || new RegExp(pattern, "u").test(value));
}

/** Whether a value is meant as this alternative: by its type, its constant fields, and the names it must have. */
function couldBe(schema: JsonSchema, value: unknown): boolean {
  if (schema.type !== "object") return holds({ ...schema, errorMessage: "" }, value);
  if (!isObject(value)) return false;
  const { properties = {}, required = [] } = schema;
  const given = value as Readonly<Record<string, unknown>>;
  const own = (name: string): unknown => (Object.hasOwn(given, name) ? given[name] : undefined);
  const marks = Object.entries(properties).filter(([, inner]) => inner.const !== undefined);
  return marks.length > 0
    ? marks.every(([name, inner]) => own(name) === inner.const)
    : required.every((name) => own(name) !== undefined);
}

/** The values of `kind`, when all alternatives have one. */
function kindsOf(alternatives: readonly JsonSchema[]): string | undefined {
  const kinds = alternatives.map(({ properties }) => properties?.["kind"]?.const);
  return kinds.includes(undefined) ? undefined : kinds.map((kind) => JSON.stringify(kind)).join(" or ");
}

function isObject(value: unknown): value is object {
  return isRecord(value);
}

/** What a value must be, in words. */
function mustBe(schema: JsonSchema): string {
  const { errorMessage, type, minimum, maximum } = schema;
  if (errorMessage !== undefined) return errorMessage;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((word) => JSON.stringify(word)).join(" or ");
  switch (type) {
    case "object":
      return schema.maxProperties === undefined ? "an object" : `an object of at most ${schema.maxProperties} fields`;
    case "array":
      if (schema.minItems !== undefined) return `a list of ${schema.minItems} to ${schema.maxItems ?? "any"} entries`;
      return schema.maxItems === undefined ? "a list" : `a list of at most ${schema.maxItems} entries`;
    case "integer":
    case "number":
      return `a ${type === "integer" ? "whole " : ""}number from ${minimum ?? "any"} to ${maximum ?? "any"}`;
    case "boolean":
      return "true or false";
    default:
      return schema.maxLength === undefined ? "text that is not empty" : `text of 1 to ${schema.maxLength} characters`;
  }
}

function unknownField(name: string, known: readonly string[]): string {
  const near = nearestName(name, known);
  return `is not a field; ${near === undefined ? `the fields are ${known.join(", ")}` : `did you mean ${near}?`}`;
}

function escaped(name: string): string {
  return name.slice(0, 128).replaceAll("~", "~0").replaceAll("/", "~1");
}
