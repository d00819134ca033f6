import { randomUUID } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file in one step, so that readers see the old content or the new one. A link in its place is refused: another
 * user could have made it. A device or a pipe is written to and stays what it is; a pipe without a reader is refused.
 */
export function writeWhole(file: string, content: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) throw new Error(`${file} is a link: name the file that it leads to`);
  if (found !== undefined && !found.isFile()) {
    // The opening of a pipe would wait for a reader. Windows has no such flags.
    const { O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
    const opened = openSync(file, constants.O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
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
