import { lstatSync, readlinkSync } from "node:fs";
import path from "node:path";

/** The right of every user to write. */
const OTHERS_WRITE = 0o002;
/** In a folder: only the owner of a file may replace it. */
const STICKY = 0o1000;
/** As many as Linux follows: path_resolution(7). */
const MAX_LINKS = 40;

/**
 * The file or folder through which every user of this machine may change a file, or put another one in its place, or what
 * another user has put into a folder such as /tmp; `undefined`: every place on the way is safe.
 */
export function placeOpenToAnyone(file: string): string | undefined {
  const user = process.getuid?.();
  // Windows has no such modes.
  if (user === undefined) return undefined;
  try {
    return walk(path.isAbsolute(file) ? file : path.join(process.cwd(), path.sep) + file, user);
  } catch {
    // It was there a moment ago.
    return file;
  }
}

/** Name by name, as the system finds the file: a link, or `..` after one, leads to other folders than the path shows. */
function walk(file: string, user: number): string | undefined {
  const names = namesOf(file);
  let folder: string = path.sep;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    const { mode } = lstatSync(folder);
    if ((mode & (OTHERS_WRITE | STICKY)) === OTHERS_WRITE) return folder;
    const place = name === ".." ? path.dirname(folder) : path.join(folder, name);
    const found = lstatSync(place);
    // Before it was there, every user could make it.
    const isPlanted = (mode & OTHERS_WRITE) !== 0 && found.uid !== 0 && found.uid !== user;
    if (isPlanted && name !== "..") return place;
    if (!found.isSymbolicLink()) {
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
