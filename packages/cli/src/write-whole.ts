import { randomUUID } from "node:crypto";
import { closeSync, constants, lstatSync, openSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { PIPE_WAIT_MS, sleep } from "./read-limited.ts";

/**
 * Writes a file in one step, so that readers see the old content or the new one. A link in its place is refused: another
 * user could have made it. A device or a pipe is written to and stays what it is; a pipe that no program reads is refused.
 */
export function writeWhole(file: string, content: string): void {
  const found = lstatSync(file, { throwIfNoEntry: false });
  if (found?.isSymbolicLink() === true) throw new Error(`${file} is a link: name the file that it leads to`);
  if (found !== undefined && !found.isFile()) {
    const opened = openSpecial(file);
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

/** Opens a device or a pipe to write. Without `O_NONBLOCK` it would wait for a reader. Windows has no such flags. */
function openSpecial(file: string): number {
  const { O_WRONLY, O_NOFOLLOW, O_NONBLOCK } = constants;
  const until = performance.now() + PIPE_WAIT_MS;
  for (;;) {
    try {
      return openSync(file, O_WRONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
      if (performance.now() > until) throw new Error("it is a pipe that no program reads", { cause: error });
      sleep();
    }
  }
}
