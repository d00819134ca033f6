/// <reference types="node" />
import { readFileSync as readNow } from "node:fs";
import { readFile as read, stat } from "node:fs/promises";

/** The bytes of a file. */
export function readFile(path: string): Promise<Uint8Array> {
  return read(path);
}

/** Text that changes whenever the file is written or replaced: inode, size and times in nanoseconds. */
export async function fileVersion(path: string): Promise<string> {
  const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
  return [dev, ino, size, mtimeNs, ctimeNs].join(" ");
}

/** The bytes of a file, for callers that cannot wait. */
export function readFileSync(path: string): Uint8Array {
  return readNow(path);
}
