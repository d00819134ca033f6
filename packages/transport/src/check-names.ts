import { invalidOption } from "./errors/error.ts";

/**
 * A misspelt option must not pass: `pin` instead of `pins` would leave every connection unpinned.
 *
 * @throws {TransportError} `INVALID_OPTION`.
 */
export function checkNames(where: string, given: object, known: readonly string[]): void {
  if (typeof given !== "object" || given === null) throw invalidOption(`${where}: the options must be an object`);
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) throw invalidOption(`${where}: "${unknown}" is no option; there are ${known.join(", ")}`);
}
