import { existsSync } from "node:fs";
import { CliError, usageError } from "./cli-error.ts";
import type { Io } from "./io.ts";
import { repeatedName } from "./json-position.ts";
import { readLimited } from "./read-limited.ts";
import { visible } from "./visible.ts";

/**
 * The bytes of an option: `@FILE` reads a file, `@-` reads standard input, other text is taken literally.
 *
 * @throws CliError `FILE_UNREADABLE`; `USAGE` for an `@` alone.
 */
export function readInput(value: string): Uint8Array {
  if (!value.startsWith("@")) return new TextEncoder().encode(value);
  if (value === "@") throw usageError("@: must be followed by the name of a file, or by - for standard input");
  return readFile(value.slice(1));
}

/** Says on standard error that text which is sent as it is also names a file: a missing `@` is easily overlooked. */
export function noteFileName(option: string, value: string | undefined, { stderr }: Pick<Io, "stderr">): void {
  if (value === undefined || value.startsWith("@") || !existsSync(value)) return;
  stderr(`note: ${option} is sent as this text; to send the file, write @${visible(value)}\n`);
}

/** The most bytes of a file: a device or a pipe can be without an end. */
const MAX_MIB = 256;

/** The bytes of a file, or of standard input for `-`. @throws CliError `FILE_UNREADABLE`. */
function readFile(name: string, maxMib: number = MAX_MIB): Uint8Array {
  try {
    return readLimited(name === "-" ? 0 : name, maxMib << 20);
  } catch (cause) {
    if (cause instanceof CliError) throw cause;
    const shown = name === "-" ? "standard input" : name;
    const message = cause instanceof RangeError ? `${shown}: must be at most ${maxMib} MiB` : `cannot read ${shown}`;
    throw new CliError("FILE_UNREADABLE", message, { cause });
  }
}

/**
 * The text of a file, or of standard input for `-`.
 *
 * @param maxMib a longer file is refused. Default: 256.
 * @throws CliError `FILE_UNREADABLE`.
 */
export function readTextFile(name: string, maxMib?: number): string {
  return new TextDecoder().decode(readFile(name, maxMib));
}

/**
 * Reads a JSON file. An error names the line and column.
 *
 * @throws CliError `INVALID_CONFIG` for invalid JSON.
 */
export function readJsonFile(name: string): unknown {
  return parseJson(readTextFile(name), name);
}

/** @throws CliError `INVALID_CONFIG` with the line, for text that is not JSON and for a field that is given twice. */
export function parseJson(content: string, name: string): unknown {
  const value = parsed(content, name);
  const repeated = repeatedName(content);
  if (repeated === undefined) return value;
  throw new CliError("INVALID_CONFIG", `${name}:${repeated.line}: ${repeated.pointer}: must be given once; remove one`);
}

function parsed(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch {
    // Node's message is not passed on: it quotes the text, which can be a secret in the place of a file of settings.
    const before = content.slice(0, faultOf(content));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new CliError("INVALID_CONFIG", `${name}:${line}:${column}: not JSON`);
  }
}

/**
 * The position where text stops being a beginning of JSON. `JSON.parse` does not always name a position, but its messages
 * distinguish wrong text from unfinished text. So the longest unfinished beginning is searched, by halving.
 */
function faultOf(content: string): number {
  let unfinished = 0;
  let wrong = content.length + 1;
  while (wrong - unfinished > 1) {
    const middle = (unfinished + wrong) >> 1;
    if (couldBecomeJson(content.slice(0, middle))) unfinished = middle;
    else wrong = middle;
  }
  return unfinished;
}

function couldBecomeJson(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : "";
    return (
      /end of JSON|Unterminated/.test(message) ||
      message.includes(`position ${beginning.length} `) ||
      message.endsWith(`position ${beginning.length}`)
    );
  }
}
