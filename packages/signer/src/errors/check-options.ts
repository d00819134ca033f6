import { unknownName, words } from "#words";
import { isRecord } from "./is-record.ts";

export { isRecord } from "./is-record.ts";
export { nearestName } from "./nearest-name.ts";
export { own } from "./own.ts";

/** Throws the error of the package that checks. @param field the option's path, such as `timeouts.connectMs`. */
export type RefuseOption = (message: string, field: string) => never;

/** Checks one value and returns it as it is to be used. Calls `refuse` when the value is wrong. */
export type Shape<Value = unknown> = (value: unknown, field: string, refuse: RefuseOption) => Value;

/** The shape of each option: an option that is missing here cannot be given. */
export type Shapes<Options extends object> = { readonly [Name in keyof Required<Options>]: Shape };

/**
 * Checks the options of a public factory or call, and returns a copy to work with.
 *
 * The copy holds own properties only, each read once, and inherits nothing: neither a polluted `Object.prototype` nor a
 * getter that changes its mind reaches what follows. `undefined` counts as left out. A name that is not in `shapes` is
 * refused with the nearest known one.
 *
 * @param given what the caller passed; left out, it counts as no options at all.
 * @param shapes the shape of each option, in the order in which mistakes are reported.
 * @param refuse throws the package's own error.
 * @param path the prefix of field names, for nested options: `timeouts.`
 *
 * @example
 * const { region, clock } = checkOptions(options, { region: text, clock: optional(clockShape) }, refuseOption);
 */
export function checkOptions<Options extends object>(
  given: Options | undefined,
  shapes: Shapes<Options>,
  refuse: RefuseOption,
  path = "",
): Options {
  const here = path === "" ? "options" : path.slice(0, -1);
  if (given !== undefined && !isRecord(given)) refuse(words ? `${here}: must be an object` : here, here);
  const checked: Record<string, unknown> = Object.create(null);
  for (const name of Object.keys(given ?? {})) {
    if (!Object.hasOwn(shapes, name)) {
      const field = path + name;
      refuse(words ? `${field}: ${unknownName(name, Object.keys(shapes))}` : field, field);
    }
    checked[name] = (given as Readonly<Record<string, unknown>>)[name];
  }
  for (const name of Object.keys(shapes)) {
    const value = (shapes as Readonly<Record<string, Shape>>)[name]?.(checked[name], path + name, refuse);
    if (value === undefined) delete checked[name];
    else checked[name] = value;
  }
  return checked as Options;
}

/**
 * A shape that a test decides. @param must completes the sentence "region: must be …"; false in bundles without
 * messages.
 */
export function shape(must: string | false, holds: (value: unknown) => boolean): Shape {
  return (value, field, refuse) => (holds(value) ? value : refuse(words ? `${field}: must be ${must}` : field, field));
}

/** The shape of an option that may be left out. */
export function optional(inner: Shape): Shape {
  return (value, field, refuse) => (value === undefined ? value : inner(value, field, refuse));
}

/** Options within options. */
export function nested<Options extends object>(shapes: Shapes<Options>): Shape {
  return (value, field, refuse) => checkOptions(value as Options, shapes, refuse, `${field}.`);
}

/** A list whose entries all have the same shape. */
export function listOf(inner: Shape): Shape {
  return (value, field, refuse) => {
    if (!Array.isArray(value)) return refuse(words ? `${field}: must be a list` : field, field);
    return Array.from(value, (entry, index) => inner(entry, `${field}[${index}]`, refuse));
  };
}

/** One of a few words. */
export function oneOf(...allowed: readonly string[]): Shape {
  return shape(words && allowed.map((word) => JSON.stringify(word)).join(" or "), (value) =>
    allowed.includes(value as string),
  );
}

/** A whole number of something, within limits. @param unit such as `milliseconds`. */
export function wholeNumber(least: number, most: number, unit: string): Shape {
  return shape(
    words && `a whole number of ${unit} from ${least} to ${most}`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** An object, of any class, that has these methods. */
export function contract(must: string | false, ...methods: readonly string[]): Shape {
  return shape(must, (value) => {
    const candidate = value as Readonly<Record<string, unknown>> | null;
    return (
      typeof candidate === "object" &&
      candidate !== null &&
      methods.every((name) => typeof candidate[name] === "function")
    );
  });
}

/** A number of milliseconds. */
export const milliseconds: Shape = /* @__PURE__ */ shape(
  words && "a number of milliseconds",
  (value) => typeof value === "number",
);

/** Anything at all: another check of the package decides. */
export const unchecked: Shape = (value) => value;

/** Text that is not empty. */
export const text: Shape = /* @__PURE__ */ shape(
  words && "text that is not empty",
  (value) => typeof value === "string" && value !== "",
);

/** `true` or `false`; never a word that looks like one. */
export const flag: Shape = /* @__PURE__ */ shape(words && "true or false", (value) => typeof value === "boolean");

/** A function, such as `onEvent` or `fetch`. */
export const callable: Shape = /* @__PURE__ */ shape(words && "a function", (value) => typeof value === "function");

/** The `clock` option of every package. */
export const clockShape: Shape = /* @__PURE__ */ contract(
  words && "a clock from createClock()",
  "now",
  "wall",
  "monotonic",
  "sleep",
  "observe",
);

/** The `signal` option of every call. */
export const signalShape: Shape = /* @__PURE__ */ contract(
  words && "an AbortSignal",
  "throwIfAborted",
  "addEventListener",
  "removeEventListener",
);
