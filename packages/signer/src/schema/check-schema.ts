import {
  checkOptions,
  isRecord,
  listOf,
  oneOf,
  optional,
  type RefuseOption,
  shape,
  type Shape,
  type Shapes,
  unchecked,
  wholeNumber,
} from "../errors/check-options.ts";

/** The part of JSON Schema (2020-12) that configuration files are described with. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly default?: unknown;
  /** Completes the sentence "must be …". Editors show it too. */
  readonly errorMessage?: string;
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly const?: string | number | boolean;
  readonly enum?: readonly string[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly items?: JsonSchema;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false | JsonSchema;
  readonly maxProperties?: number;
  /** The first alternative that the value can be meant as is checked, so that a mistake is named at its place. */
  readonly oneOf?: readonly JsonSchema[];
}

const words = optional(shape("text", (value) => typeof value === "string"));
const number = optional(shape("a finite number", Number.isFinite));
const length = optional(wholeNumber(0, Number.MAX_SAFE_INTEGER, "entries or characters"));
const inner: Shape = (value, field, refuse) => schemaWithin(value, field, refuse);

const byName: Shape = (value, field, refuse) => {
  const names = Object.keys(Object(value) as object);
  return checkOptions(value as object, Object.fromEntries(names.map((name) => [name, inner])), refuse, `${field}.`);
};

const shapes: Shapes<JsonSchema> = {
  $schema: words,
  $id: words,
  title: words,
  description: words,
  default: unchecked,
  errorMessage: words,
  type: optional(oneOf("object", "array", "string", "integer", "number", "boolean")),
  const: optional(
    shape("text, a number, true or false", (value) => ["string", "number", "boolean"].includes(typeof value)),
  ),
  enum: optional(listOf(shape("text", (value) => typeof value === "string"))),
  pattern: optional(shape("a regular expression for the flag u", isPattern)),
  minLength: length,
  maxLength: length,
  minimum: number,
  maximum: number,
  exclusiveMinimum: number,
  minItems: length,
  maxItems: length,
  items: optional(inner),
  properties: optional(byName),
  required: optional(listOf(shape("text", (value) => typeof value === "string"))),
  additionalProperties: optional((value, field, refuse) => (value === false ? value : inner(value, field, refuse))),
  maxProperties: length,
  oneOf: optional(listOf(inner)),
};

/** A schema that contains itself has no end, so the path of a schema within schemas is limited. */
const MAX_PATH = 1_000;

function isPattern(value: unknown): boolean {
  if (typeof value !== "string") return false;
  try {
    return new RegExp(value, "u") instanceof RegExp;
  } catch {
    return false;
  }
}

function schemaWithin(value: unknown, field: string, refuse: RefuseOption): JsonSchema {
  if (field.length > MAX_PATH) refuse("schema: must not contain itself; write the inner schema out", "schema");
  if (!isRecord(value)) refuse(`${field}: must be a schema`, field);
  return checkOptions(value as JsonSchema, shapes, refuse, `${field}.`);
}

/**
 * Checks a schema with every schema in it, and returns a copy. A keyword that `JsonSchema` lacks is refused, because the
 * check would ignore it.
 */
export function checkSchema(schema: unknown, refuse: RefuseOption): JsonSchema {
  return schemaWithin(schema, "schema", refuse);
}
