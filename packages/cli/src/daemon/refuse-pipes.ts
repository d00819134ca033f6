import { statSync } from "node:fs";
import { CliError } from "../cli-error.ts";

/**
 * Refuses pipes where a daemon that runs reads files: the opening of a pipe waits for a writer, and nothing is answered until
 * it comes. A daemon that starts may read its configuration from one.
 *
 * @throws CliError `FILE_UNREADABLE`.
 */
export function refusePipes(files: readonly string[]): void {
  const pipe = files.find(isPipe);
  if (pipe !== undefined) throw new CliError("FILE_UNREADABLE", `${pipe}: must be a file: a pipe stops the daemon`);
}

function isPipe(file: string): boolean {
  try {
    return statSync(file).isFIFO();
  } catch {
    // Its reader says what is wrong with it.
    return false;
  }
}
