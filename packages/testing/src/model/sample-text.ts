import { patternOf } from "./pattern.ts";

/** A part of a pattern: text made with at least `extra` repetitions beyond the fewest, where a quantifier allows them. */
type Part = (extra: number, choice: number) => string;

/** The characters to try for a class or an escape, the plainest first. */
const characters = "a0A-b1B/:._ =+,@*#zZ9\n";

/**
 * A short text that a pattern accepts, for required members of an answer that have no other value.
 *
 * @throws {Error} when the pattern uses a construct that this cannot follow; a test tries every pattern of the models.
 */
export function sampleText(
  pattern: string | undefined,
  min: number = 0,
  max: number = Number.POSITIVE_INFINITY,
): string {
  if (pattern === undefined) return "a".repeat(Math.max(min, Math.min(1, max)));
  const part = readAlternatives(Array.from(pattern), { at: 0 });
  const expression = patternOf(pattern);
  const shortest = Math.max(min, Math.min(1, max));
  for (const least of [shortest, min]) {
    for (let choice = 0; choice < 8; choice += 1) {
      for (let extra = 0; extra < Math.max(min + 2, 130); extra += 1) {
        const text = part(extra, choice);
        if (text.length > max) break;
        if (text.length >= least && expression.test(text)) return text;
      }
    }
  }
  throw new Error(`No sample for the pattern ${pattern}.`);
}

interface Cursor {
  at: number;
}

function readAlternatives(source: readonly string[], cursor: Cursor): Part {
  const alternatives: Part[] = [];
  for (;;) {
    alternatives.push(readSequence(source, cursor));
    if (source[cursor.at] !== "|") break;
    cursor.at += 1;
  }
  return (extra, choice) =>
    alternatives[choice % alternatives.length]?.(extra, Math.floor(choice / alternatives.length)) ?? "";
}

function readSequence(source: readonly string[], cursor: Cursor): Part {
  const parts: Part[] = [];
  while (cursor.at < source.length && source[cursor.at] !== "|" && source[cursor.at] !== ")") {
    parts.push(readRepeated(source, cursor));
  }
  return (extra, choice) => parts.map((part) => part(extra, choice)).join("");
}

function readRepeated(source: readonly string[], cursor: Cursor): Part {
  const part = readAtom(source, cursor);
  const rest = source.slice(cursor.at, cursor.at + 16).join("");
  const [whole, symbol, from, comma, to] = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})[?+]?/.exec(rest) ?? [];
  if (whole === undefined) return part;
  cursor.at += whole.length;
  const least = symbol === undefined ? Number(from) : symbol === "+" ? 1 : 0;
  const most =
    symbol === undefined ? (comma === "" ? least : to === "" ? Infinity : Number(to)) : symbol === "?" ? 1 : Infinity;
  return (extra, choice) => {
    const times = Math.min(most, least + extra);
    return Array.from({ length: times }, () => part(0, choice)).join("");
  };
}

function readAtom(source: readonly string[], cursor: Cursor): Part {
  const character = source[cursor.at] ?? "";
  cursor.at += 1;
  if (character === "^" || character === "$") return () => "";
  if (character === "(") return readGroup(source, cursor);
  if (character === "[") return oneOf(readClass(source, cursor));
  if (character === ".") return () => "a";
  if (character !== "\\") return () => character;
  return oneOf(readEscape(source, cursor));
}

function readGroup(source: readonly string[], cursor: Cursor): Part {
  const [mark = ""] = /^\?(?:[:=!]|<[=!])/.exec(source.slice(cursor.at, cursor.at + 3).join("")) ?? [];
  cursor.at += mark.length;
  const inner = readAlternatives(source, cursor);
  cursor.at += 1;
  // Lookarounds add no text; the whole expression decides whether the text meets them.
  return mark === "" || mark === "?:" ? inner : () => "";
}

function readEscape(source: readonly string[], cursor: Cursor): string {
  const letter = source[cursor.at] ?? "";
  cursor.at += 1;
  const rest = source.slice(cursor.at, cursor.at + 40).join("");
  const [argument = ""] =
    (letter === "u" ? /^[0-9A-Fa-f]{4}/ : letter === "x" ? /^[0-9A-Fa-f]{2}/ : /^[pP]\{[^}]*\}/).exec(
      letter === "p" || letter === "P" ? letter + rest : rest,
    ) ?? [];
  cursor.at += letter === "p" || letter === "P" ? argument.length - 1 : argument.length;
  return letter === "p" || letter === "P" ? `\\${argument}` : `\\${letter}${argument}`;
}

/** The text of a class in brackets. */
function readClass(source: readonly string[], cursor: Cursor): string {
  let text = "[";
  for (let first = true; cursor.at < source.length; first = false) {
    const character = source[cursor.at] ?? "";
    cursor.at += 1;
    if (character === "]" && !first) break;
    text += character === "\\" ? `\\${source[cursor.at++] ?? ""}` : character;
  }
  return `${text}]`;
}

/** The plainest character that a class or an escape stands for. */
function oneOf(expression: string): Part {
  const found = Array.from(characters).find((each) => patternOf(expression).test(each)) ?? firstOf(expression);
  return () => found;
}

function firstOf(expression: string): string {
  for (let code = 0; code < 0x3000; code += 1) {
    const character = String.fromCodePoint(code);
    if (patternOf(expression).test(character)) return character;
  }
  return "";
}
