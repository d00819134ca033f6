import { type Arbitrary, array, constantFrom, nat, oneof, record, string, tuple } from "fast-check";
import type { Door } from "./door.ts";

/** Texts that parsers of headers, URLs, JSON, XML and dates have stumbled over before. */
const CLASSICS: readonly string[] = [
  "\0",
  "\r\n",
  "\r\n\r\n",
  "\u2028",
  "\ufeff",
  "\ud800",
  "ſ",
  "İ",
  "__proto__",
  "constructor",
  "toString",
  "null",
  "NaN",
  "-0",
  "1e999",
  "99999999999999999999",
  "9999-12-31T23:59:59Z",
  "%",
  "%2e%2e/",
  "%00",
  "../",
  "//",
  "\\",
  "@",
  "#",
  "?",
  "&",
  "=",
  ";",
  ",",
  '"',
  "[[[[[[[[",
  "{}",
  "[]",
  "<!--",
  "]]>",
  "&#x0;",
];

type Mutation = (text: string) => string;

/** A place in a text, as a share of its length, so that shrinking keeps it meaningful. */
const place = nat({ max: 1_000_000 });
const at = (text: string, share: number): number => Math.floor((share / 1_000_001) * (text.length + 1));

/** One change of a text. Long repetitions are rare: they make every later step slow. */
function mutation(words: readonly string[]): Arbitrary<Mutation> {
  const inserted = oneof(constantFrom(...CLASSICS, ...words), string({ unit: "binary", maxLength: 12 }));
  return oneof(
    {
      weight: 4,
      arbitrary: record({ where: place, what: inserted }).map(
        ({ where, what }): Mutation =>
          (text) =>
            text.slice(0, at(text, where)) + what + text.slice(at(text, where)),
      ),
    },
    {
      weight: 3,
      arbitrary: record({ where: place, what: inserted }).map(
        ({ where, what }): Mutation =>
          (text) =>
            text.slice(0, at(text, where)) + what + text.slice(at(text, where) + what.length),
      ),
    },
    {
      weight: 3,
      arbitrary: tuple(place, place).map(
        ([from, to]): Mutation =>
          (text) =>
            text.slice(0, Math.min(at(text, from), at(text, to))) + text.slice(Math.max(at(text, from), at(text, to))),
      ),
    },
    {
      weight: 2,
      arbitrary: place.map(
        (where): Mutation =>
          (text) =>
            text.slice(0, at(text, where)),
      ),
    },
    {
      weight: 2,
      arbitrary: tuple(place, place).map(
        ([from, to]): Mutation =>
          (text) =>
            text + text.slice(Math.min(at(text, from), at(text, to)), Math.max(at(text, from), at(text, to))),
      ),
    },
    {
      weight: 1,
      arbitrary: record({ where: place, what: inserted, times: nat({ max: 20_000 }) }).map(
        ({ where, what, times }): Mutation =>
          (text) =>
            (text.slice(0, at(text, where)) + what.repeat(times) + text.slice(at(text, where))).slice(0, 262_144),
      ),
    },
  );
}

/** Inputs for a door: its seeds, changed up to six times. */
export function inputsOf(door: Door): Arbitrary<string> {
  return tuple(constantFrom(...door.seeds), array(mutation(door.words ?? []), { maxLength: 6 })).map(
    ([seed, changes]) => changes.reduce((text, change) => change(text), seed),
  );
}
