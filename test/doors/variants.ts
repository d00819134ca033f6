import { JUNK, type Junk, junk } from "./junk.ts";

/** A right value for which the documentation also takes some of the junk. */
class Also {
  readonly value: unknown;
  readonly junk: readonly Junk[];
  constructor(value: unknown, accepted: readonly Junk[]) {
    this.value = value;
    this.junk = accepted;
  }
}

/** An object whose names are data of the caller, or one of many kinds: a name more is no mistake. */
class Open {
  readonly value: object;
  constructor(value: object) {
    this.value = value;
  }
}

/** An object of the project: it is replaced whole, never changed within. */
class Part {
  readonly value: object;
  constructor(value: object) {
    this.value = value;
  }
}

/** A value that belongs to the call: code of the author, which is not input. */
class Fixed {
  readonly value: unknown;
  constructor(value: unknown) {
    this.value = value;
  }
}

/** Takes `accepted` too. */
export const also = (value: unknown, ...accepted: readonly Junk[]): unknown => new Also(value, accepted);
/** May be left out. */
export const maybe = (value: unknown, ...accepted: readonly Junk[]): unknown =>
  new Also(value, ["undefined", ...accepted]);
/** Takes anything. */
export const anything = (value: unknown): unknown => new Also(new Fixed(value), JUNK);
export const fixed = (value: unknown): unknown => new Fixed(value);
/** What is not right is ignored, whatever it is. */
export const ignored = (value: unknown): unknown => new Also(value, JUNK);
export const part = (value: object): unknown => new Part(value);
export const open = (value: object): unknown => new Open(value);

/** A call with one mistake in it. */
export interface Variant {
  readonly what: string;
  readonly args: readonly unknown[];
  /** Whether the documentation takes this. */
  readonly accepted: boolean;
  /** The name that the error must offer. */
  readonly nearest?: string;
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null);

/** The value without what the table says about it. */
export function right(spec: unknown): unknown {
  if (spec instanceof Part || spec instanceof Fixed) return spec.value;
  if (spec instanceof Also || spec instanceof Open) return right(spec.value);
  if (Array.isArray(spec)) return spec.map(right);
  if (!isPlain(spec)) return spec;
  return Object.fromEntries(Object.entries(spec).map(([name, inner]) => [plainName(name), right(inner)]));
}

const plainName = (name: string): string => name.replace(/\?$/u, "");

/** Each call that differs from the right one in one place. */
export function variantsOf(args: readonly unknown[]): Variant[] {
  const found: Variant[] = [];
  const least = args.findLastIndex((spec) => spec instanceof Fixed) + 1;
  for (let length = least; length < args.length; length += 1) {
    const left = args.slice(length).every((spec) => spec instanceof Also && spec.junk.includes("undefined"));
    found.push({
      what: `${length} of ${args.length} arguments`,
      args: args.slice(0, length).map(right),
      accepted: left,
    });
  }
  args.forEach((spec, index) => {
    const place = (value: unknown): unknown[] => args.map((other, at) => (at === index ? value : right(other)));
    mistakes(spec, `[${index}]`, place, found);
  });
  return found;
}

function mistakes(spec: unknown, path: string, place: (value: unknown) => unknown[], found: Variant[]): void {
  if (spec instanceof Fixed) return;
  const accepted = spec instanceof Also ? spec.junk : [];
  for (const name of JUNK) {
    const given = junk[name]();
    found.push({ what: `${path}: ${name}`, args: place(given), accepted: accepted.includes(name) });
  }
  inside(spec, path, place, found, false);
}

function inside(
  spec: unknown,
  path: string,
  place: (value: unknown) => unknown[],
  found: Variant[],
  isOpen: boolean,
): void {
  if (spec instanceof Also) return inside(spec.value, path, place, found, isOpen);
  if (spec instanceof Open) return inside(spec.value, path, place, found, true);
  if (Array.isArray(spec)) {
    spec.forEach((inner, index) => {
      const within = (value: unknown) => place(spec.map((other, at) => (at === index ? value : right(other))));
      mistakes(inner, `${path}[${index}]`, within, found);
    });
    return;
  }
  if (!isPlain(spec)) return;
  const base = right(spec) as Readonly<Record<string, unknown>>;
  if (!isOpen) {
    found.push({ what: `${path}.zzz: an unknown name`, args: place({ ...base, zzz: 1 }), accepted: false });
    const [first] = Object.keys(base);
    if (first !== undefined)
      found.push({
        what: `${path}.${first}x: a misspelt name`,
        args: place({ ...base, [`${first}x`]: 1 }),
        accepted: false,
        nearest: first,
      });
  }
  for (const [name, given] of Object.entries(spec)) {
    const key = plainName(name);
    const inner = key === name ? given : maybeMore(given);
    mistakes(inner, `${path}.${key}`, (value) => place({ ...base, [key]: value }), found);
  }
}

const maybeMore = (spec: unknown): unknown =>
  spec instanceof Also ? new Also(spec.value, ["undefined", ...spec.junk]) : new Also(spec, ["undefined"]);

/** A call without one of the names that may be left out. */
export interface LeftOut {
  readonly name: string;
  readonly args: readonly unknown[];
  /** What is no right value for the name. */
  readonly wrong: Junk;
}

/** The right call without each name that may be left out, one at a time. */
export function* leftOut(args: readonly unknown[]): Generator<LeftOut> {
  const names = new Map<string, Junk>();
  const collect = (spec: unknown): void => {
    if (spec instanceof Also || spec instanceof Open) collect(spec.value);
    else if (Array.isArray(spec)) spec.forEach(collect);
    else if (isPlain(spec)) {
      for (const [name, inner] of Object.entries(spec)) {
        const wrong = REFUSED.find((one) => !(inner instanceof Also && inner.junk.includes(one)));
        if (name !== plainName(name) && wrong !== undefined) names.set(plainName(name), wrong);
        collect(inner);
      }
    }
  };
  args.forEach(collect);
  for (const [name, wrong] of names) {
    const without = (spec: unknown): unknown => {
      if (spec instanceof Also || spec instanceof Open) return without(spec.value);
      if (Array.isArray(spec)) return spec.map(without);
      if (!isPlain(spec)) return right(spec);
      const kept = Object.entries(spec).filter(([key]) => key !== `${name}?`);
      return Object.fromEntries(kept.map(([key, inner]) => [plainName(key), without(inner)]));
    };
    yield { name, args: args.map(without), wrong };
  }
}

/** Junk that hardly any option takes. */
const REFUSED = ["symbol", "date", "5"] as const satisfies readonly Junk[];
