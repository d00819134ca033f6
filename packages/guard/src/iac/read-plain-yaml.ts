import { functions } from "./functions.ts";
import type { Entry, Node, ScalarNode } from "./node.ts";
import { otherReadings } from "./plain-scalar.ts";

/** Deeper templates are left to the library. */
const MAX_PLAIN_DEPTH = 64;

/** The longest word that is a flag in YAML 1.1 alone. */
const MAX_WORD = 3;

/** The text has a form that this reader leaves to the library. */
const OTHER = Symbol("other YAML");

const keyForm = /[A-Za-z_](?:[\w./-]|:(?=[^\s]))*(?=:(?:[ \n]|$))/y;
const flowKeyForm = /[A-Za-z_](?:[\w./-]|:(?=[^\s,[\]{}]))*(?=: )/y;
/** A name that YAML 1.1 or 1.2 takes for a flag or for null. */
const otherName = /^(?:yes|no|on|off|true|false|null)$/i;
const tagForm = /![A-Za-z]+/y;
/** Plain text up to the end of the line; the first character of text that means something else is not among the first. */
const lineForm = /[^\s[\]{}#&*!|>'"%@`?:,\\-][^\n]*|-\d[^\n]*/y;
const flowForm = /[^\s[\]{}#&*!|>'"%@`?:,\\-][^\n,[\]{}]*|-\d[^\n,[\]{}]*/y;
const singleQuoted = /'(?:[^'\n]|'')*'/y;
/** The escapes that YAML shares with JSON. */
const doubleQuoted = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;
const restOfLine = / *(?:(?<= )#[^\n]*)?(?:\n|$)/y;

const words: ReadonlyMap<string, boolean | null> = new Map<string, boolean | null>([
  ...["null", "Null", "NULL"].map((word) => [word, null] as const),
  ...["true", "True", "TRUE"].map((word) => [word, true] as const),
  ...["false", "False", "FALSE"].map((word) => [word, false] as const),
]);

/**
 * Reads the YAML that most templates consist of: block mappings and lists, lists and mappings on one line, plain and quoted text
 * on one line, comments, and the short forms of intrinsic functions. `undefined` for everything else, such as anchors, block
 * scalars, several documents and mistakes. A test compares it with the library over generated files.
 */
export function readPlainYaml(text: string): Node | undefined {
  // Tabs, carriage returns, other line breaks, a byte order mark: their meaning depends on more than the line.
  if (/[^\n\u0020-\u007E\u00A0-\u2027\u202A-\uD7FF\uE000-\uFEFE\uFF00-\uFFFD]/.test(text)) return undefined;
  if (/^(?:---|\.\.\.|%)/m.test(text)) return undefined;
  try {
    return createReader(text)();
  } catch (thrown) {
    if (thrown === OTHER) return undefined;
    throw thrown;
  }
}

function createReader(text: string): () => Node {
  let at = 0;
  /** Column of the first character of the line; -1 after the last line. */
  let indent = 0;
  const other = (): never => {
    // No error: it costs no stack trace, and never leaves this file.
    throw OTHER;
  };
  const match = (form: RegExp): string | undefined => {
    form.lastIndex = at;
    const found = form.exec(text)?.[0];
    if (found !== undefined) at += found.length;
    return found;
  };

  return function read() {
    nextLine();
    if (indent === -1) other();
    const root = readBlock(0);
    if (indent !== -1) other();
    return root;
  };

  /** Goes to the first character of the next line that has more than a comment. `at` is at the beginning of a line. */
  function nextLine(): void {
    for (;;) {
      const start = at;
      while (text.charCodeAt(at) === 32) at++;
      if (at >= text.length) {
        indent = -1;
        return;
      }
      const character = text[at];
      if (character === "\n") at++;
      else if (character === "#") {
        const end = text.indexOf("\n", at);
        at = end === -1 ? text.length : end + 1;
      } else {
        indent = at - start;
        return;
      }
    }
  }

  function endLine(): void {
    if (match(restOfLine) === undefined) other();
    nextLine();
  }

  function isAt(column: number): boolean {
    return indent === column;
  }

  function isItem(): boolean {
    const next = text[at + 1];
    return text[at] === "-" && (next === " " || next === "\n" || next === undefined);
  }

  function readBlock(depth: number): Node {
    if (depth > MAX_PLAIN_DEPTH) other();
    return isItem() ? readList(indent, depth) : readMap(indent, depth);
  }

  function readMap(column: number, depth: number): Node {
    const entries = new Map<string, Entry>();
    const start = at;
    do {
      const nameAt = at;
      const name = match(keyForm) ?? other();
      if (entries.has(name) || otherName.test(name)) other();
      at++;
      entries.set(name, { at: nameAt, value: readValue(column, depth + 1) });
    } while (isAt(column) && !isItem());
    if (indent > column) other();
    return { kind: "map", entries, at: start };
  }

  function readList(column: number, depth: number): Node {
    const items: Node[] = [];
    const start = at;
    do {
      const lineStart = at - column;
      at++;
      while (text[at] === " ") at++;
      if (atLineEnd()) other();
      keyForm.lastIndex = at;
      if (isItem()) other();
      if (keyForm.test(text)) {
        indent = at - lineStart;
        items.push(readMap(indent, depth + 1));
      } else items.push(readInline(column, depth + 1));
    } while (isAt(column) && isItem());
    if (indent > column) other();
    return { kind: "list", items, at: start };
  }

  function atLineEnd(): boolean {
    const next = text[at];
    return next === undefined || next === "\n" || next === "#";
  }

  /** The value after `name:`. */
  function readValue(column: number, depth: number): Node {
    while (text[at] === " ") at++;
    if (!atLineEnd()) return readInline(column, depth);
    endLine();
    if (indent > column) return readBlock(depth);
    // A list may begin in the column of its name.
    if (indent === column && isItem()) return readList(column, depth);
    return other();
  }

  /** A value that begins in this line, and goes on in the next lines only below a function. */
  function readInline(column: number, depth: number): Node {
    if (depth > MAX_PLAIN_DEPTH) other();
    if (text[at] !== "!") {
      const value = readOnLine(lineForm, depth);
      endLine();
      if (indent > column) other();
      return value;
    }
    const name = functions.get(match(tagForm) ?? "") ?? other();
    if (text[at] !== " " && text[at] !== "\n") other();
    while (text[at] === " ") at++;
    if (text[at] === "!") other();
    if (!atLineEnd()) return call(name, readInline(column, depth + 1));
    endLine();
    if (indent <= column) other();
    return call(name, readBlock(depth + 1));
  }

  /** Text, a number, a flag, or a list or mapping in brackets. */
  function readOnLine(form: RegExp, depth: number): Node {
    if (depth > MAX_PLAIN_DEPTH) other();
    const start = at;
    switch (text[at]) {
      case "[":
        return readFlowList(start, depth);
      case "{":
        return readFlowMap(start, depth);
      case "'":
        return {
          kind: "scalar",
          value: (match(singleQuoted) ?? other()).slice(1, -1).replaceAll("''", "'"),
          at: start,
        };
      case '"':
        return { kind: "scalar", value: JSON.parse(match(doubleQuoted) ?? other()) as string, at: start };
      default:
        return plain((match(form) ?? other()).replace(/ +$/, ""), start);
    }
  }

  function plain(written: string, start: number): ScalarNode {
    const value = plainValue(written);
    const isNumber = typeof value === "number" && String(value) !== written;
    const also = isNumber || written.length <= MAX_WORD ? otherReadings(written, value) : undefined;
    return also === undefined ? { kind: "scalar", value, at: start } : { kind: "scalar", value, also, at: start };
  }

  function plainValue(value: string): ScalarNode["value"] {
    // A comment, a mapping inside, or a name without a value: the library knows which.
    if (value.includes(" #") || value.includes(": ") || value.endsWith(":")) return other();
    const word = words.get(value);
    if (word !== undefined) return word;
    if (!/^[-+.~\d]/.test(value)) return value;
    if (/^(?:0|[1-9]\d{0,14}|\d{1,9}\.\d{1,9})$/.test(value)) return Number(value);
    // Versions, dates and addresses are text; other spellings of numbers are left to the library.
    return /^\d[\d.]*[-/.][\w./:@-]*$/.test(value) && Number.isNaN(Number(value)) ? value : other();
  }

  function readFlowList(start: number, depth: number): Node {
    const items: Node[] = [];
    at++;
    skipSpaces();
    if (text[at] === "]") at++;
    else
      do {
        skipSpaces();
        items.push(readFlowValue(depth + 1));
      } while (goesOn("]"));
    return { kind: "list", items, at: start };
  }

  function readFlowMap(start: number, depth: number): Node {
    const entries = new Map<string, Entry>();
    at++;
    skipSpaces();
    if (text[at] === "}") at++;
    else
      do {
        skipSpaces();
        const nameAt = at;
        const name = match(flowKeyForm) ?? other();
        if (entries.has(name) || otherName.test(name)) other();
        at++;
        skipSpaces();
        entries.set(name, { at: nameAt, value: readFlowValue(depth + 1) });
      } while (goesOn("}"));
    return { kind: "map", entries, at: start };
  }

  function readFlowValue(depth: number): Node {
    if (text[at] !== "!") return readOnLine(flowForm, depth);
    const name = functions.get(match(tagForm) ?? "") ?? other();
    if (text[at] !== " ") other();
    skipSpaces();
    if (text[at] === "!") other();
    return call(name, readOnLine(flowForm, depth + 1));
  }

  /** Whether a comma follows; the closing bracket ends the collection. */
  function goesOn(end: string): boolean {
    skipSpaces();
    const next = text[at++];
    if (next !== "," && next !== end) other();
    return next === ",";
  }

  function skipSpaces(): void {
    while (text[at] === " ") at++;
  }
}

/** A short form is the long one: `!Ref A` is `{ "Ref": "A" }`. */
function call(name: string, value: Node): Node {
  return { kind: "map", entries: new Map([[name, { at: value.at, value }]]), at: value.at };
}
