import { VendingError } from "../vending-error.ts";

/** Checks one value of a configuration; throws with its place as a JSON pointer. */
export type Shape = (at: string, value: unknown) => void;

/** @returns the error for a field of a configuration. */
export function invalidConfig(pointer: string, message: string): VendingError {
  return new VendingError("INVALID_CONFIG", `${pointer}: ${message}`);
}

export const text: Shape = (at, value) => {
  if (typeof value !== "string" || value === "") throw invalidConfig(at, "expected text");
};

/** A limit that is no number would be none at all. */
export const count: Shape = (at, value) => {
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw invalidConfig(at, "expected a whole number from 1");
  }
};

export const anything: Shape = () => undefined;

export function listOf(shape: Shape): Shape {
  return (at, value) => {
    if (!Array.isArray(value)) throw invalidConfig(at, "expected a list");
    for (const [index, one] of value.entries()) shape(`${at}/${index}`, one);
  };
}

/** An object with names of the operator's choice. */
export function tableOf(shape: Shape): Shape {
  return (at, value) => {
    for (const [name, one] of fieldsOf(at, value)) shape(`${at}/${name}`, one);
  };
}

/** An object with these fields and no other: a condition that is misspelt must not be one that is not there. */
export function only(shapes: Readonly<Record<string, Shape>>): Shape {
  return (at, value) => {
    for (const [name, one] of fieldsOf(at, value)) {
      const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
      if (shape === undefined) {
        throw invalidConfig(`${at}/${name}`, `not a field; there are ${Object.keys(shapes).join(", ")}`);
      }
      if (one !== undefined) shape(`${at}/${name}`, one);
    }
  };
}

function fieldsOf(at: string, value: unknown): [string, unknown][] {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw invalidConfig(at, "expected an object");
  return Object.entries(value);
}
