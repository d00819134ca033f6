import { isDeepStrictEqual } from "node:util";
import { invalidConfig, readConfigText } from "./config-file.ts";

/** A field that only a restart can change, with its values in the configuration in force and in the next one. */
export type FixedField = readonly [pointer: string, before: unknown, after: unknown];

/** The same fields of two objects. */
export function fixedFields<Fields extends object>(
  at: string,
  names: readonly string[],
  before: Fields | undefined,
  after: Fields | undefined,
): FixedField[] {
  const value = (from: Fields | undefined, name: string): unknown =>
    (from as Readonly<Record<string, unknown>> | undefined)?.[name];
  return names.map((name) => [`${at}/${name}`, value(before, name), value(after, name)]);
}

/**
 * Checks that a new configuration changes only what can change while the daemon runs.
 *
 * @throws CliError `INVALID_CONFIG` that names file, line and field.
 */
export function checkUnchanged(fields: readonly FixedField[], file: string, daemon: string): void {
  for (const [pointer, before, after] of fields) {
    if (isDeepStrictEqual(before, after)) continue;
    throw invalidConfig(file, readConfigText(file), pointer, `must stay as it is while the ${daemon} runs; restart it`);
  }
}
