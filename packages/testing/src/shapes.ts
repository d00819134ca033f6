import { isRecord as isObject, optional, shape, type Shape } from "@countersign/signer/options";

/** The names that an object may have, and what they are. */
interface Names {
  readonly pattern: RegExp;
  readonly what: string;
}

/** An object all of whose values have one shape. Default: with any names. */
export function mapOf(inner: Shape, names?: Names): Shape {
  return (value, field, refuse) => {
    if (!isObject(value)) return refuse(`${field}: must be an object`, field);
    const wrong = names === undefined ? undefined : Object.keys(value).find((name) => !names.pattern.test(name));
    if (wrong !== undefined) return refuse(`${field}: must have ${names?.what} as names, not ${wrong}`, field);
    const entries = Object.entries(value).map(
      ([name, each]) => [name, inner(each, `${field}.${name}`, refuse)] as const,
    );
    return Object.assign(Object.create(null) as object, Object.fromEntries(entries));
  };
}

/** The first shape whose `when` accepts the value decides; the last one decides for every other value. */
export function eitherOf(...cases: readonly (readonly [when: (value: unknown) => boolean, then: Shape])[]): Shape {
  return (value, field, refuse) => {
    const [, then] = cases.find(([when]) => when(value)) ?? cases.at(-1) ?? [];
    return then?.(value, field, refuse);
  };
}

/** Text, empty or not. */
export const anyText: Shape = shape("text", (value) => typeof value === "string");

/** A finite number. */
export const finite: Shape = shape("a finite number", (value) => Number.isFinite(value));

/** A port to listen on; 0 is any free one. */
export const portShape: Shape = within("a port", 0, 65_535);

/** A whole number within limits, by the name of what it is. */
export function within(what: string, least: number, most: number): Shape {
  return shape(
    `${what} from ${least} to ${most}`,
    (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most,
  );
}

/** Tags by key. */
export const tagsShape: Shape = optional(mapOf(anyText));

/** A policy: an object or its JSON. `parsePolicy` reads what is inside. */
export const policyShape: Shape = shape(
  "a policy document or its JSON",
  (value) => typeof value === "string" || isObject(value),
);

/** A date that is valid. */
export const dateShape: Shape = shape(
  "a valid Date",
  (value) => value instanceof Date && !Number.isNaN(value.getTime()),
);

/** An account id of 12 digits. */
export const accountShape: Shape = shape(
  "an account id of 12 digits",
  (value) => typeof value === "string" && /^\d{12}$/.test(value),
);

/** A list that has at least one entry. */
export function filled(inner: Shape): Shape {
  return (value, field, refuse) => {
    const list = inner(value, field, refuse);
    return Array.isArray(list) && list.length === 0 ? refuse(`${field}: must have at least one entry`, field) : list;
  };
}

/** Whether a value is an object other than a list. */
export { isObject };
