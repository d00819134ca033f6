import os from "node:os";
import path from "node:path";
import * as transport from "@countersign/transport";
import { usageError } from "../cli-error.ts";

/** The daemon's socket: COUNTERSIGN_SOCKET, else in the user's own runtime folder. */
export function daemonSocket(env: Readonly<Record<string, string | undefined>>): string {
  const given = env["COUNTERSIGN_SOCKET"];
  if (given !== undefined && given !== "") return given;
  const folder = env["XDG_RUNTIME_DIR"] || path.join(os.homedir(), ".countersign");
  return path.join(folder, "countersign.sock");
}

/** Refuses a place for a socket. @throws CliError `USAGE`. */
export const refuseSocket: transport.RefuseSocket = (message) => {
  throw usageError(`${message}. Choose another place with COUNTERSIGN_SOCKET`);
};

/**
 * Checks where a daemon's socket is.
 *
 * @throws CliError `USAGE` for a path that is too long, a folder that others can write to or make, and another user's
 * folder or socket.
 */
export function checkSocket(socket: string): void {
  transport.checkSocket(socket, refuseSocket);
}

/** The same for a daemon that makes the folders that are missing. `checkSocket` must follow once they are there. */
export function checkFutureSocket(socket: string): void {
  transport.checkSocket(socket, refuseSocket, true);
}
