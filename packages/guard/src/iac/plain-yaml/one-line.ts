import type { Entry, Node } from "../node.ts";
import { type Cursor, checkDepth, other } from "./cursor.ts";
import { readName } from "./mapping-name.ts";
import { plainText } from "./plain-text.ts";
import { call, readFunctionName } from "./short-form.ts";

const flowKeyForm = /[A-Za-z_](?:[\w./-]|:(?=[^\s,[\]{}]))*(?=: )/y;
const flowForm = /[^\s[\]{}#&*!|>'"%@`?:,\\-][^\n,[\]{}]*|-\d[^\n,[\]{}]*/y;
const singleQuoted = /'(?:[^'\n]|'')*'/y;
/** The escapes that YAML shares with JSON. */
const doubleQuoted = /"(?:[^"\\\n]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"/y;

/** Reads text, a number, a flag, or a list or mapping in brackets. `form` is that of text without quotes. */
export function readOnLine(cursor: Cursor, form: RegExp, depth: number): Node {
  checkDepth(depth);
  const { at } = cursor;
  switch (cursor.text[at]) {
    case "[":
      return readFlowList(cursor, depth);
    case "{":
      return readFlowMap(cursor, depth);
    case "'":
      return {
        kind: "scalar",
        value: (cursor.match(singleQuoted) ?? other()).slice(1, -1).replaceAll("''", "'"),
        at,
      };
    case '"':
      return { kind: "scalar", value: JSON.parse(cursor.match(doubleQuoted) ?? other()) as string, at };
    default:
      return plainText(withoutSpaces(cursor.match(form) ?? other()), at);
  }
}

/** The text without the spaces at its end. A pattern would look at each row of spaces in it from every place of the row. */
function withoutSpaces(text: string): string {
  let end = text.length;
  while (text[end - 1] === " ") end--;
  return text.slice(0, end);
}

function readFlowList(cursor: Cursor, depth: number): Node {
  const items: Node[] = [];
  const { at } = cursor;
  if (!opensEmpty(cursor, "]"))
    do {
      cursor.skipSpaces();
      items.push(readFlowValue(cursor, depth + 1));
    } while (goesOn(cursor, "]"));
  return { kind: "list", items, at };
}

function readFlowMap(cursor: Cursor, depth: number): Node {
  const entries = new Map<string, Entry>();
  const { at } = cursor;
  if (!opensEmpty(cursor, "}"))
    do {
      cursor.skipSpaces();
      const nameAt = cursor.at;
      const name = readName(cursor, flowKeyForm, entries);
      cursor.skipSpaces();
      entries.set(name, { at: nameAt, value: readFlowValue(cursor, depth + 1) });
    } while (goesOn(cursor, "}"));
  return { kind: "map", entries, at };
}

function readFlowValue(cursor: Cursor, depth: number): Node {
  if (cursor.text[cursor.at] !== "!") return readOnLine(cursor, flowForm, depth);
  const name = readFunctionName(cursor);
  if (cursor.text[cursor.at] !== " ") other();
  cursor.skipSpaces();
  if (cursor.text[cursor.at] === "!") other();
  return call(name, readOnLine(cursor, flowForm, depth + 1));
}

/** Reads the opening bracket. Whether the closing bracket follows: then that is read too. */
function opensEmpty(cursor: Cursor, end: string): boolean {
  cursor.at++;
  cursor.skipSpaces();
  if (cursor.text[cursor.at] !== end) return false;
  cursor.at++;
  return true;
}

/** Whether a comma follows; the closing bracket ends the collection. */
function goesOn(cursor: Cursor, end: string): boolean {
  cursor.skipSpaces();
  const next = cursor.text[cursor.at++];
  if (next !== "," && next !== end) other();
  return next === ",";
}
