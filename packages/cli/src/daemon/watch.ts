import { statSync } from "node:fs";

/**
 * Calls `changed` when one of the files changes. The files are looked at instead of watched: Kubernetes replaces the
 * folder behind a link, which `fs.watch` does not see, and network disks report nothing.
 *
 * @param files asked before each look, since a new configuration names other files.
 * @returns ends the looking.
 */
export function watchFiles(files: () => readonly string[], everyMs: number, changed: () => void): () => void {
  if (everyMs <= 0) return () => undefined;
  let known = statesOf(files());
  const timer = setInterval(() => {
    const now = statesOf(files());
    // A file that only the new configuration names has no earlier state, and is no change.
    const isChanged = [...now].some(([file, state]) => known.has(file) && known.get(file) !== state);
    known = now;
    if (isChanged) changed();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function statesOf(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file, stateOf(file)]));
}

function stateOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "absent";
  }
}
