import type { ParseArgsConfig } from "node:util";
import type { Io } from "./io.ts";

/** One option of a command. */
export interface OptionSpec {
  readonly type: "string" | "boolean";
  readonly short?: string;
  readonly multiple?: boolean;
  /** The kind of value, as the help shows it: `ARN`, `FILE`. */
  readonly value?: string;
  readonly help: string;
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** The values on the command line, by option name. */
export type OptionValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** One call of a command. */
export interface Call {
  readonly positionals: readonly string[];
  /** Whether the first of them stands behind `--`, where nothing is a subcommand. */
  readonly isLiteral: boolean;
  readonly options: OptionValues;
  readonly io: Io;
  /** Every command by its name. */
  readonly commands: Registry;
}

/** One command. A file in `commands/` exports it, and it is loaded only when it is called. */
export interface Command {
  /** After `countersign`: `invoke ENDPOINT [options]`. */
  readonly usage: string;
  /** Paragraphs of the help, after the summary. */
  readonly details?: string;
  /** The most arguments beside the options. Default: 0. */
  readonly operands?: number;
  readonly options: OptionSpecs;
  readonly examples: readonly string[];
  /** Returns one of `EXIT`, or the exit code of the program that it ran. */
  run(call: Call): Promise<number>;
}

/** A command as it is listed: loaded only when it is called. */
export interface Entry {
  readonly summary: string;
  readonly load: () => Promise<Command>;
}

/** The commands by name, in the order of the help. */
export type Registry = Readonly<Record<string, Entry>>;

/** Options that every command takes. */
export const COMMON_OPTIONS: OptionSpecs = {
  help: { type: "boolean", short: "h", help: "show this text" },
  json: { type: "boolean", help: "print the result as JSON" },
};

/** The options in the form of `parseArgs`. */
export function parseArgsOptions(specs: OptionSpecs): NonNullable<ParseArgsConfig["options"]> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, short, multiple }]) => [
      name,
      { type, ...(short === undefined ? {} : { short }), ...(multiple === undefined ? {} : { multiple }) },
    ]),
  );
}

/** The value of a string option. */
export function text(options: OptionValues, name: string): string | undefined {
  const value = options[name];
  return typeof value === "string" ? value : undefined;
}

/** The values of an option that may be repeated. */
export function texts(options: OptionValues, name: string): readonly string[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}

export function flag(options: OptionValues, name: string): boolean {
  return options[name] === true;
}
