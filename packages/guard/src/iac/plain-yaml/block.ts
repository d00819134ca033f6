import type { Entry, Node } from "../node.ts";
import { type Cursor, checkDepth, other } from "./cursor.ts";
import { readName } from "./mapping-name.ts";
import { readOnLine } from "./one-line.ts";
import { call, readFunctionName } from "./short-form.ts";

const keyForm = /[A-Za-z_](?:[\w./-]|:(?=[^\s]))*(?=:(?:[ \n]|$))/y;
/** Plain text up to the end of the line; the first character of text that means something else is not among the first. */
const lineForm = /[^\s[\]{}#&*!|>'"%@`?:,\\-][^\n]*|-\d[^\n]*/y;

/** Reads the mapping or the list that begins in this line. */
export function readBlock(cursor: Cursor, depth: number): Node {
  checkDepth(depth);
  return cursor.isItem() ? readList(cursor, cursor.indent, depth) : readMap(cursor, cursor.indent, depth);
}

function readMap(cursor: Cursor, column: number, depth: number): Node {
  const entries = new Map<string, Entry>();
  const { at } = cursor;
  do {
    const nameAt = cursor.at;
    const name = readName(cursor, keyForm, entries);
    entries.set(name, { at: nameAt, value: readValue(cursor, column, depth + 1) });
  } while (cursor.indent === column && !cursor.isItem());
  if (cursor.indent > column) other();
  return { kind: "map", entries, at };
}

function readList(cursor: Cursor, column: number, depth: number): Node {
  const items: Node[] = [];
  const { at } = cursor;
  do {
    const lineStart = cursor.at - column;
    cursor.at++;
    cursor.skipSpaces();
    if (cursor.isAtLineEnd() || cursor.isItem()) other();
    keyForm.lastIndex = cursor.at;
    if (keyForm.test(cursor.text)) {
      cursor.indent = cursor.at - lineStart;
      items.push(readMap(cursor, cursor.indent, depth + 1));
    } else items.push(readInline(cursor, column, depth + 1));
  } while (cursor.indent === column && cursor.isItem());
  if (cursor.indent > column) other();
  return { kind: "list", items, at };
}

/** Reads the value after `name:`. */
function readValue(cursor: Cursor, column: number, depth: number): Node {
  cursor.skipSpaces();
  if (!cursor.isAtLineEnd()) return readInline(cursor, column, depth);
  cursor.endLine();
  if (cursor.indent > column) return readBlock(cursor, depth);
  // A list may begin in the column of its name.
  if (cursor.indent === column && cursor.isItem()) return readList(cursor, column, depth);
  return other();
}

/** Reads a value that begins in this line, and goes on in the next lines only below a function. */
function readInline(cursor: Cursor, column: number, depth: number): Node {
  checkDepth(depth);
  const { text } = cursor;
  if (text[cursor.at] !== "!") {
    const value = readOnLine(cursor, lineForm, depth);
    cursor.endLine();
    if (cursor.indent > column) other();
    return value;
  }
  const name = readFunctionName(cursor);
  if (text[cursor.at] !== " " && text[cursor.at] !== "\n") other();
  cursor.skipSpaces();
  if (text[cursor.at] === "!") other();
  if (!cursor.isAtLineEnd()) return call(name, readInline(cursor, column, depth + 1));
  cursor.endLine();
  if (cursor.indent <= column) other();
  return call(name, readBlock(cursor, depth + 1));
}
