import { readFileSync } from "node:fs";
import { CliError } from "./cli-error.ts";

/**
 * Bytes that an option names: `@FILE` reads a file, `@-` standard input, anything else is itself.
 *
 * @throws CliError `FILE_UNREADABLE`.
 */
export function readInput(value: string): Uint8Array {
  if (!value.startsWith("@")) return new TextEncoder().encode(value);
  return readFile(value.slice(1));
}

/** The bytes of a file, or of standard input for `-`. @throws CliError `FILE_UNREADABLE`. */
export function readFile(name: string): Uint8Array {
  try {
    return readFileSync(name === "-" ? 0 : name);
  } catch (cause) {
    throw new CliError("FILE_UNREADABLE", `cannot read ${name === "-" ? "standard input" : name}`, { cause });
  }
}

export function readTextFile(name: string): string {
  return new TextDecoder().decode(readFile(name));
}

/**
 * A file's JSON; an error names the line and column.
 *
 * @throws CliError `INVALID_CONFIG` for what is no JSON.
 */
export function readJsonFile(name: string): unknown {
  return parseJson(readTextFile(name), name);
}

/** @throws CliError `INVALID_CONFIG` that points at the line. */
export function parseJson(content: string, name: string): unknown {
  try {
    return JSON.parse(content);
  } catch (cause) {
    const position = /position (\d+)/.exec(cause instanceof Error ? cause.message : "")?.[1];
    const before = content.slice(0, position === undefined ? content.length : Number(position));
    const line = before.split("\n").length;
    const column = before.length - before.lastIndexOf("\n");
    throw new CliError("INVALID_CONFIG", `${name}:${line}:${column}: not JSON`, { cause });
  }
}
