import type { ScalarNode } from "../node.ts";
import { otherReadings } from "../plain-scalar.ts";
import { other } from "./cursor.ts";

/** The longest word that is a flag in YAML 1.1 alone. */
const MAX_WORD = 3;

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...["null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/** The value of text without quotes: a word, a number or the text. */
export function plainText(written: string, at: number): ScalarNode {
  const value = valueOf(written);
  const isNumber = typeof value === "number" && (String(value) !== written || written.includes("."));
  const also = isNumber || written.length <= MAX_WORD ? otherReadings(written, value) : undefined;
  return also === undefined ? { kind: "scalar", value, at } : { kind: "scalar", value, also, at };
}

function valueOf(written: string): ScalarNode["value"] {
  // A comment, a mapping inside, or a name without a value: the library knows which.
  if (written.includes(" #") || written.includes(": ") || written.endsWith(":")) return other();
  const word = words.get(written);
  if (word !== undefined) return word;
  if (!/^[-+.~\d]/.test(written)) return written;
  if (/^(?:0|[1-9]\d{0,14}|\d{1,9}\.\d{1,9})$/.test(written)) return Number(written);
  // Versions, dates and addresses are text; other spellings of numbers are left to the library.
  const isText = /^\d[\d.]*[-/.][\w./:@-]*$/.test(written) && Number.isNaN(Number(written.replaceAll("_", "")));
  return isText ? written : other();
}
