import { mkdirSync, statSync } from "node:fs";
import path from "node:path";

/**
 * Makes a folder and those above it that are missing. Node's own `recursive` never ends below a folder that takes none, such
 * as /proc, since the system says there that the folder above is missing.
 *
 * @throws errors of the system.
 */
export function makeFolder(folder: string, mode?: number): void {
  const above = path.dirname(folder);
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return;
  if (above !== folder) makeFolder(above, mode);
  try {
    mkdirSync(folder, { mode });
  } catch (error) {
    // Another process can have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST" || !statSync(folder).isDirectory()) throw error;
  }
}
