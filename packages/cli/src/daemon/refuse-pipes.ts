import { statSync } from "node:fs";
import { isEndless, refuseEndless } from "../read-limited.ts";

/**
 * Refuses pipes and devices where a daemon that runs reads files: the reading of a pipe waits for a writer, a device may have
 * no end, and nothing is answered meanwhile. A daemon that starts may read its configuration from one. /dev/null is an empty
 * file.
 *
 * @throws CliError `FILE_UNREADABLE`.
 */
export function refusePipes(files: readonly string[]): void {
  const pipe = files.find(isPipe);
  if (pipe !== undefined) refuseEndless(pipe);
}

function isPipe(file: string): boolean {
  try {
    return isEndless(statSync(file));
  } catch {
    // Its reader says what is wrong with it.
    return false;
  }
}
