import { lstatSync, readdirSync, rmSync } from "node:fs";
import path from "node:path";

/** A writer that lives renames its file within seconds. */
const LEFT_MS = 60_000;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/u;

/**
 * Removes the unfinished files of writers that were killed: beside `file`, with its name, a dot and a UUID. They hold
 * credentials. Never throws: what cannot be removed stays.
 */
export function removeLeftovers(file: string): void {
  const beginning = `${path.basename(file)}.`;
  for (const name of namesIn(path.dirname(file))) {
    if (!name.startsWith(beginning) || !UUID.test(name.slice(beginning.length))) continue;
    const one = path.join(path.dirname(file), name);
    try {
      if (Date.now() - lstatSync(one).mtimeMs > LEFT_MS) rmSync(one, { force: true });
    } catch {
      // A folder of such a name, or a file of another user, keeps no other file from removal.
      continue;
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
