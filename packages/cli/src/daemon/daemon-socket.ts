import { type Stats, lstatSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { usageError } from "../cli-error.ts";

/** `sun_path` of unix(7) without its closing NUL; on macOS it is shorter. A longer path would be cut without an error. */
const MAX_BYTES = process.platform === "darwin" ? 103 : 107;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/** The daemon's socket: COUNTERSIGN_SOCKET, else in the user's own runtime folder. */
export function daemonSocket(env: Readonly<Record<string, string | undefined>>): string {
  const given = env["COUNTERSIGN_SOCKET"];
  if (given !== undefined && given !== "") return given;
  const folder = env["XDG_RUNTIME_DIR"] || path.join(os.homedir(), ".countersign");
  return path.join(folder, "countersign.sock");
}

/**
 * Checks where a daemon's socket is or will be. In a folder that other users can write to, one of them could put a socket
 * of their own there and hand out or take credentials.
 *
 * @throws CliError `USAGE` for a path that is too long, a folder that others can write to, and another user's folder or
 * socket. Root's are trusted.
 */
export function checkSocket(socket: string): void {
  const bytes = Buffer.byteLength(socket);
  if (bytes === 0 || bytes > MAX_BYTES || socket.includes("\0")) {
    throw usageError(`socket: must be a path of 1 to ${MAX_BYTES} bytes; it has ${bytes}. ${CHOOSE}`);
  }
  const user = process.getuid?.();
  // Windows has no such modes.
  if (user === undefined) return;
  const isOwn = (owner: number): boolean => owner === 0 || owner === user;
  const found = seen(lstatSync, socket);
  if (found !== undefined && !isOwn(found.uid)) throw usageError(`${socket} belongs to another user. ${CHOOSE}`);
  const parent = path.dirname(path.resolve(socket));
  for (let folder = parent; ; folder = path.dirname(folder)) {
    const stat = seen(statSync, folder);
    // In a sticky folder such as /tmp others can add files, and cannot replace a folder of ours.
    const isOpen = stat !== undefined && (stat.mode & WRITABLE_BY_OTHERS) !== 0;
    if (isOpen && (folder === parent || (stat.mode & STICKY) === 0)) {
      throw usageError(`${socket}: other users can write to ${folder}; run chmod go-w on it. ${CHOOSE}`);
    }
    if (stat !== undefined && !isOwn(stat.uid))
      throw usageError(`${socket}: ${folder} belongs to another user. ${CHOOSE}`);
    if (folder === path.dirname(folder)) return;
  }
}

/** `undefined` where there is nothing, also below a file. */
function seen(look: typeof statSync, place: string): Stats | undefined {
  try {
    return look(place, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    throw usageError(`${place}: cannot be looked at. ${CHOOSE}`);
  }
}

const CHOOSE = "Choose another place with COUNTERSIGN_SOCKET";
