import { usageError } from "./cli-error.ts";
import type { OptionValues } from "./command.ts";

/**
 * Refuses options that have no effect beside what else the command line says: who gives one expects an effect.
 *
 * @param reason completes the sentence `--NAME: …`.
 * @throws CliError `USAGE`.
 */
export function refuseOptions(command: string, options: OptionValues, names: readonly string[], reason: string): void {
  const given = names.find((name) => options[name] !== undefined);
  if (given !== undefined) throw usageError(`${command}: --${given}: ${reason}`);
}
