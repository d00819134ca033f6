import { randomUUID } from "node:crypto";
import { renameSync, rmSync, writeFileSync } from "node:fs";

/**
 * Writes a file that readers see whole or not at all. It replaces whatever has the name: a link that somebody else left there
 * leads nowhere.
 */
export function writeWhole(file: string, content: string): void {
  const next = `${file}.${randomUUID()}`;
  try {
    writeFileSync(next, content, { flag: "wx" });
    renameSync(next, file);
  } catch (error) {
    rmSync(next, { force: true });
    throw error;
  }
}
