import os from "node:os";
import path from "node:path";

/** Where the daemon listens for command lines: COUNTERSIGN_SOCKET, else in the user's own runtime folder. */
export function daemonSocket(env: Readonly<Record<string, string | undefined>>): string {
  const given = env["COUNTERSIGN_SOCKET"];
  if (given !== undefined && given !== "") return given;
  const folder = env["XDG_RUNTIME_DIR"] || path.join(os.homedir(), ".countersign");
  return path.join(folder, "countersign.sock");
}
