import {
  checkOptions,
  type RefuseOption,
  type Shape,
  shape,
  type Shapes,
  wholeNumber as wholeNumberShape,
} from "@countersign/signer/options";
import { VendingError } from "../vending-error.ts";

/*
 * Shapes for configuration files. They differ from those of options in the names of fields only: an error names its
 * place as a JSON pointer (RFC 6901), by which `countersign serve` finds the line in the file.
 */

/** The error for a field of a configuration. */
export function invalidConfig(pointer: string, message: string): VendingError {
  return new VendingError("INVALID_CONFIG", `${pointer}: ${message}`);
}

/** Refuses a field of a configuration. */
export const refuseConfig: RefuseOption = (message) => {
  throw new VendingError("INVALID_CONFIG", message);
};

const MAX_COUNT = 1_000_000_000;

export const count: Shape = wholeNumberShape(1, MAX_COUNT, "requests or seconds");

/** A list with at most `max` entries of one shape. */
export function listOf(inner: Shape, max = 1000): Shape {
  return (value, field, refuse) => {
    if (!Array.isArray(value) || value.length > max) {
      return refuse(`${field}: must be a list of at most ${max} entries`, field);
    }
    return Array.from(value, (entry, index) => inner(entry, `${field}/${index}`, refuse));
  };
}

/** An object whose names the operator chooses. */
export function tableOf(inner: Shape, max = 1000): Shape {
  return (value, field, refuse) => {
    if (typeof value !== "object" || value === null || Array.isArray(value) || Object.keys(value).length > max) {
      return refuse(`${field}: must be an object of at most ${max} fields`, field);
    }
    const table: Record<string, unknown> = Object.create(null);
    for (const [name, entry] of Object.entries(value)) table[name] = inner(entry, `${field}/${escaped(name)}`, refuse);
    return table;
  };
}

/** An object with these fields and no other: a misspelt condition must not be a missing one. */
export function only<Fields extends object>(shapes: Shapes<Fields>): Shape {
  return (value, field, refuse) => {
    if (value === undefined) return refuse(`${field}: must be an object`, field);
    return checkOptions(value as Fields, shapes, refuse, `${field}/`);
  };
}

/** Text that a pattern accepts. */
export function matching(pattern: RegExp, must: string): Shape {
  return shape(must, (value) => typeof value === "string" && pattern.test(value));
}

function escaped(name: string): string {
  return name.slice(0, 128).replaceAll("~", "~0").replaceAll("/", "~1");
}
