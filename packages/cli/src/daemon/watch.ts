import { statSync } from "node:fs";

/**
 * Calls `changed` when one of the files changes. The files are looked at instead of watched: Kubernetes replaces the
 * folder behind a link, which `fs.watch` does not see, and network disks report nothing.
 *
 * @param files asked before each look, since a new configuration names other files.
 * @param unchanged called after each look that found no change.
 * @returns ends the looking.
 */
export function watchFiles(
  files: () => readonly string[],
  everyMs: number,
  changed: () => void,
  unchanged: () => void = () => undefined,
): () => void {
  if (everyMs <= 0) return () => undefined;
  let known = statesOf(files());
  const timer = setInterval(() => {
    const now = statesOf(files());
    // A file that only the new configuration names has no earlier state, and is no change.
    const isChanged = [...now].some(([file, state]) => known.has(file) && known.get(file) !== state);
    known = now;
    if (isChanged) changed();
    else unchanged();
  }, everyMs);
  timer.unref();
  return () => clearInterval(timer);
}

function statesOf(files: readonly string[]): ReadonlyMap<string, string> {
  return new Map(files.map((file) => [file, stateOf(file)]));
}

/** The time of the last change of owner or mode counts too: it can make a file readable. */
function stateOf(file: string): string {
  try {
    const { mtimeMs, ctimeMs, size, ino } = statSync(file);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code);
  }
}
