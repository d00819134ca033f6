import { usageError } from "./cli-error.ts";
import type { OptionValues } from "./command.ts";

/**
 * Refuses options that have no effect together with the rest of the command line: their user expects one.
 *
 * @param reason completes the sentence `--NAME: …`.
 * @throws CliError `USAGE`.
 */
export function refuseOptions(command: string, options: OptionValues, names: readonly string[], reason: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw usageError(`${command}: --${given}: ${reason}`);
}
