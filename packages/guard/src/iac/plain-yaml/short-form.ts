import { functions } from "../functions.ts";
import type { Node } from "../node.ts";
import { type Cursor, other } from "./cursor.ts";

const tagForm = /![A-Za-z]+/y;

/** Reads the short form of an intrinsic function, such as `!Ref`, and gives the function's name. */
export function readFunctionName(cursor: Cursor): string {
  return functions.get(cursor.match(tagForm) ?? "") ?? other();
}

/** A short form is the long one: `!Ref A` is `{ "Ref": "A" }`. */
export function call(name: string, value: Node): Node {
  return { kind: "map", entries: new Map([[name, { at: value.at, value }]]), at: value.at };
}
