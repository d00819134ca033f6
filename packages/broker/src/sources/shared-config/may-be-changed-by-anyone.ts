import { statSync } from "node:fs";
import path from "node:path";

/** The right of every user to write. */
const OTHERS_WRITE = 0o002;
/** In a folder: only the owner of a file may replace it. */
const STICKY = 0o1000;

/** Whether every user of this machine may change a file, or put another one in its place. */
export function mayBeChangedByAnyone(file: string): boolean {
  // Windows has no such modes.
  if (process.getuid === undefined) return false;
  try {
    const folder = statSync(path.dirname(file)).mode;
    return (statSync(file).mode & OTHERS_WRITE) !== 0 || (folder & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE;
  } catch {
    // It was there a moment ago.
    return true;
  }
}
