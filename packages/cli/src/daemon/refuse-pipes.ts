import { statSync } from "node:fs";
import { devNull } from "node:os";
import { CliError } from "../cli-error.ts";

/**
 * Refuses pipes and devices where a daemon that runs reads files: the reading of a pipe waits for a writer, a device may have
 * no end, and nothing is answered meanwhile. A daemon that starts may read its configuration from one. /dev/null is an empty
 * file.
 *
 * @throws CliError `FILE_UNREADABLE`.
 */
export function refusePipes(files: readonly string[]): void {
  const pipe = files.find(isPipe);
  if (pipe === undefined) return;
  throw new CliError("FILE_UNREADABLE", `${pipe}: must be a file: a pipe or a device stops the daemon`);
}

function isPipe(file: string): boolean {
  try {
    const stats = statSync(file);
    return stats.isFIFO() || (stats.isCharacterDevice() && stats.rdev !== statSync(devNull).rdev);
  } catch {
    // Its reader says what is wrong with it.
    return false;
  }
}
