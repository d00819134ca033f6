import { nearestName } from "@countersign/signer/options";
import { pointerOf } from "../evaluate/pointer.ts";
import { kindOf, quote } from "../quote.ts";
import { type Structure, type Type, inputOf } from "./model.ts";

/** A place where an input is not what the API takes. */
export interface InputFault {
  readonly kind: "unknown-member" | "malformed-input";
  /** JSON pointer into the input. */
  readonly path: string;
  /** A sentence without its full stop. */
  readonly message: string;
  readonly fix: string;
}

/** What may stand in place of a value. */
export interface InputOptions {
  /**
   * Marks a value that is only known later, such as `{ "Get": "Parameters.Role" }` in a pipeline, where a value of this kind
   * must be. It is accepted there.
   */
  readonly isReference?: (value: unknown, kind: Type["kind"]) => boolean;
}

/** An input with more faults than this is refused by the first of them. */
const MAX_FAULTS = 100;
/** The API nests some 12 levels; only the expressions of Search may nest further. */
const MAX_DEPTH = 64;

/** A link of the path to a value: paths are written out for faults alone. */
interface Place {
  readonly above: Place | undefined;
  readonly key: string | number;
}

/**
 * Compares an input with the model of the API: unknown members, wrong types, `null` where the API has no default. A member
 * that is `null` counts as left out, as AWS JSON reads it. An operation that the model does not have is not compared.
 */
export function inputFaults(operation: string, input: unknown, options: InputOptions = {}): readonly InputFault[] {
  const structure = inputOf(operation);
  const { isReference } = options;
  const faults: InputFault[] = [];
  if (!isObject(input))
    return [
      malformed(
        undefined,
        `The input must be an object, not ${kindOf(input)}`,
        "Give the operation's input as an object.",
      ),
    ];
  if (replaced(input, undefined)) return faults;
  if (structure !== undefined) compareMembers(input, structure, undefined, 0);
  return faults;

  /** `JSON.stringify` sends the result of `toJSON`, which the rules do not read. */
  function replaced(value: object, place: Place | undefined): boolean {
    if (typeof (value as { readonly toJSON?: unknown }).toJSON !== "function") return false;
    const what = place === undefined ? "The input" : String(place.key);
    faults.push(
      malformed(place, `${what} must be plain data, without the function toJSON`, "Give what toJSON returns."),
    );
    return true;
  }

  function compare(value: unknown, type: Type, place: Place, depth: number): void {
    if (faults.length >= MAX_FAULTS || type.kind === "anything" || isReference?.(value, type.kind) === true) return;
    if (depth > MAX_DEPTH) {
      faults.push(malformed(place, `The value is nested more than ${MAX_DEPTH} levels deep`, "Nest it less deeply."));
      return;
    }
    switch (type.kind) {
      case "structure":
        if (isObject(value)) {
          if (!replaced(value, place)) compareMembers(value, type, place, depth);
        } else wrong(value, "an object", place);
        return;
      case "map":
        if (!isObject(value)) wrong(value, "an object", place);
        else if (!replaced(value, place))
          for (const key of Object.keys(value)) compare(value[key], type.of, { above: place, key }, depth + 1);
        return;
      case "list":
        if (!Array.isArray(value)) wrong(value, "a list", place);
        else if (!replaced(value, place))
          for (let key = 0; key < value.length; key++) compare(value[key], type.of, { above: place, key }, depth + 1);
        return;
      case "text":
        if (typeof value !== "string") wrong(value, "text", place);
        return;
      case "number":
        if (typeof value !== "number" || !Number.isFinite(value)) wrong(value, "a number", place);
        return;
      case "flag":
        if (typeof value !== "boolean") wrong(value, "true or false", place);
        return;
      default:
        if (typeof value !== "string" && typeof value !== "number" && !(value instanceof Date))
          wrong(value, "a time: seconds since 1970, or text", place);
    }
  }

  function compareMembers(
    value: Readonly<Record<string, unknown>>,
    { members }: Structure,
    above: Place | undefined,
    depth: number,
  ): void {
    const keys = Object.keys(value);
    // The rules read own members; JSON.stringify leaves out those that are not enumerable.
    const names = Object.getOwnPropertyNames(value);
    const hidden =
      names.length === keys.length ? undefined : names.find((name) => members.has(name) && !isSent(value, name));
    if (hidden !== undefined)
      faults.push(malformed({ above, key: hidden }, `${hidden} must be enumerable to be sent`, "Give plain data."));
    const inherited = inheritedMember(value, members);
    if (inherited !== undefined)
      faults.push(
        malformed(
          { above, key: inherited },
          `${inherited} must be a member of the object itself: serializers differ in whether they send what it inherits`,
          "Give plain data.",
        ),
      );
    for (const key of keys) {
      const type = members.get(key);
      const found = value[key];
      if (type === undefined) faults.push(unknownMember({ above, key }, key, members));
      else if (found !== undefined && found !== null && type.kind !== "anything")
        compare(found, type, { above, key }, depth + 1);
      if (faults.length >= MAX_FAULTS) return;
    }
  }

  function wrong(value: unknown, must: string, place: Place): void {
    faults.push(
      malformed(
        place,
        `${String(place.key)} must be ${must}, not ${kindOf(value)}`,
        "Give the value in the type of the API.",
      ),
    );
  }
}

function unknownMember(place: Place, key: string, members: ReadonlyMap<string, Type>): InputFault {
  const nearest = nearestName(key, [...members.keys()]);
  return {
    kind: "unknown-member",
    path: pathOf(place),
    message: `The API has no member ${quote(key)} here`,
    fix: nearest === undefined ? "Remove the member." : `Write ${nearest}, or remove the member.`,
  };
}

function malformed(place: Place | undefined, message: string, fix: string): InputFault {
  return { kind: "malformed-input", path: pathOf(place), message, fix };
}

function pathOf(place: Place | undefined): string {
  const keys: (string | number)[] = [];
  for (let link = place; link !== undefined; link = link.above)
    keys.unshift(typeof link.key === "string" ? link.key.slice(0, 64) : link.key);
  return pointerOf(keys);
}

/** A member of the API that an object has from a class or another prototype. The rules read own members, and some SDKs read all. */
function inheritedMember(value: object, members: ReadonlyMap<string, Type>): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null || prototype === Object.prototype) return undefined;
  for (const name of members.keys()) if (name in value && !Object.hasOwn(value, name)) return name;
  return undefined;
}

function isSent(value: object, name: string): boolean {
  return Object.prototype.propertyIsEnumerable.call(value, name);
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
