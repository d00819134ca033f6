import { type Cursor, other } from "./cursor.ts";

/** A name that YAML 1.1 or 1.2 takes for a flag or for null. */
const otherName = /^(?:yes|no|on|off|true|false|null)$/i;

/** Reads the name of a member and its colon. A name that the mapping has already is left to the library, which refuses it. */
export function readName(cursor: Cursor, form: RegExp, taken: ReadonlyMap<string, unknown>): string {
  const name = cursor.match(form) ?? other();
  if (taken.has(name) || otherName.test(name)) other();
  cursor.at++;
  return name;
}
