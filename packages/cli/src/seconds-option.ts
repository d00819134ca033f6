import { usageError } from "./cli-error.ts";
import { type OptionSpecs, type OptionValues, text } from "./command.ts";

export const EXPIRES_OPTION: OptionSpecs = {
  "expires-in": { type: "string", value: "SECONDS", help: "how long it should work, in seconds" },
};

/** @throws CliError `USAGE` for anything but a whole number of seconds above zero. */
export function readSeconds(options: OptionValues, name: string): number | undefined {
  const given = text(options, name);
  if (given === undefined) return undefined;
  if (!/^[1-9]\d{0,8}$/.test(given)) throw usageError(`--${name} ${JSON.stringify(given)}: expected whole seconds`);
  return Number(given);
}
