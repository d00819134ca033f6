import { usageError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";

/** `--expires-in`. @param limits its limits and default, for the help. */
export function expiresOption(limits: string): OptionSpecs {
  return { "expires-in": { type: "string", value: "SECONDS", help: `how long it works: ${limits}` } };
}

/** @throws CliError `USAGE` for anything but a whole number of seconds above zero. */
export function readSeconds(options: OptionValues, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw usageError(`--${name}: must be whole seconds, not ${JSON.stringify(given)}`);
  return Number(given);
}
