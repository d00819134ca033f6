import { lstatSync, readlinkSync } from "node:fs";
import path from "node:path";

/** The right of every user to write. */
const OTHERS_WRITE = 0o002;
/** In a folder: only the owner of a file may replace it. */
const STICKY = 0o1000;
/** As many as Linux follows: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The file or folder through which every user of this machine may change a file, or put another one in its place;
 * `undefined`: every place on the way is safe.
 */
export function placeOpenToAnyone(file: string): string | undefined {
  // Windows has no such modes.
  if (process.getuid === undefined) return undefined;
  try {
    return walk(path.isAbsolute(file) ? file : path.join(process.cwd(), path.sep) + file);
  } catch {
    // It was there a moment ago.
    return file;
  }
}

/** Name by name, as the system finds the file: a link, or `..` after one, leads to other folders than the path shows. */
function walk(file: string): string | undefined {
  const names = namesOf(file);
  let folder: string = path.sep;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if ((lstatSync(folder).mode & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE) return folder;
    const place = name === ".." ? path.dirname(folder) : path.join(folder, name);
    if (!lstatSync(place).isSymbolicLink()) {
      folder = place;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return place;
    const target = readlinkSync(place);
    names.unshift(...namesOf(target));
    if (path.isAbsolute(target)) folder = path.sep;
  }
  return (lstatSync(folder).mode & OTHERS_WRITE) === 0 ? undefined : folder;
}

function namesOf(file: string): string[] {
  return file.split(path.sep).filter((name) => name !== "" && name !== ".");
}
