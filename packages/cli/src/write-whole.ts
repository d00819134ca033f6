import { randomUUID } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file that readers see whole or not at all. A link in its place is refused, because somebody else may have left it
 * there; a device or a pipe is written to and stays what it is.
 */
export function writeWhole(file: string, content: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) throw new Error(`${file} is a link: name the file that it leads to`);
  if (found !== undefined && !found.isFile()) {
    const opened = openSync(file, constants.O_WRONLY | constants.O_NOFOLLOW);
    try {
      writeFileSync(opened, content);
    } finally {
      closeSync(opened);
    }
    return;
  }
  const next = `${file}.${randomUUID()}`;
  try {
    writeFileSync(next, content, { flag: "wx" });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
