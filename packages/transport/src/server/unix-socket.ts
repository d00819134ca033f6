import type { Stats } from "node:fs";
import type { ListenOptions, Server } from "node:net";
import { callable, contract, flag, shape } from "@countersign/signer/options";
import { fs, net, path } from "../builtin.ts";
import { refuseOption } from "../errors/error.ts";

/**
 * Throws the caller's error about the path of a socket.
 *
 * @param isTaken another process listens there; otherwise the path cannot be used.
 */
export type RefuseSocket = (message: string, isTaken: boolean) => never;

/** `sun_path` of unix(7) without its closing NUL; on macOS it is shorter. A longer path would be cut without an error. */
const MAX_BYTES = process.platform === "darwin" ? 103 : 107;
/** Connections that may wait to be accepted. With Node's 511 further ones fail at once, with EAGAIN. */
const BACKLOG = 4096;
const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;
/** As many as Linux follows: path_resolution(7). */
const MAX_LINKS = 40;

const pathShape = shape("the path of a socket", (value) => typeof value === "string");
const serverShape = contract("a server of node:net, node:http or node:tls", "listen", "once", "removeListener");

/**
 * Checks where a Unix socket is or will be. In a folder that other users can write to, one of them could put a socket
 * of their own there and hand out or take credentials.
 *
 * @param refuse called for a path that is too long, a folder that others can write to, and another user's folder or
 * socket. Root's are trusted.
 * @param isMadeLater folders that are missing will be made, and then checked again. Without it a folder that is missing in
 * one such as /tmp is refused: another user could make it after this check.
 * @throws TransportError `INVALID_OPTION` for an argument of another type; what `refuse` throws.
 */
export function checkSocket(socket: string, refuse: RefuseSocket, isMadeLater: boolean = false): void {
  pathShape(socket, "socket", refuseOption);
  callable(refuse, "refuse", refuseOption);
  flag(isMadeLater, "isMadeLater", refuseOption);
  const bytes = Buffer.byteLength(socket);
  if (bytes === 0 || bytes > MAX_BYTES || socket.includes("\0"))
    refuse(`socket: must be a path of 1 to ${MAX_BYTES} bytes; it has ${bytes}`, false);
  const user = process.getuid?.();
  // Windows has no such modes.
  if (user === undefined) return;
  // Name by name, as the system finds it: a link, or `..` after one, leads past the folders that the path shows.
  const names = namesOf(path.isAbsolute(socket) ? socket : path.join(process.cwd(), path.sep) + socket);
  let folder: string = path.sep;
  let links = 0;
  for (let name = names.shift(); name !== undefined; name = names.shift()) {
    if (name === "..") {
      folder = path.dirname(folder);
      continue;
    }
    const { mode = 0 } = seen(fs.lstatSync, folder, refuse) ?? {};
    // In a sticky folder such as /tmp others can add files, and cannot replace a folder of ours.
    if ((mode & WRITABLE_BY_OTHERS) !== 0 && (names.length === 0 || (mode & STICKY) === 0))
      refuse(`${socket}: other users can write to ${folder}; run chmod go-w on it`, false);
    const place = path.join(folder, name);
    const found = seen(fs.lstatSync, place, refuse);
    if (found === undefined && !isMadeLater && (mode & WRITABLE_BY_OTHERS) !== 0)
      refuse(`${socket}: ${place} is missing, and other users could make it; make it first`, false);
    if (found !== undefined && found.uid !== 0 && found.uid !== user)
      refuse(
        place === socket ? `${socket} belongs to another user` : `${socket}: ${place} belongs to another user`,
        false,
      );
    if (found?.isSymbolicLink() !== true) {
      folder = place;
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) refuse(`${socket}: must lead through at most ${MAX_LINKS} links`, false);
    const target = linkTarget(place, refuse);
    names.unshift(...namesOf(target));
    if (path.isAbsolute(target)) folder = path.sep;
  }
}

function namesOf(place: string): string[] {
  return place.split(path.sep).filter((name) => name !== "" && name !== ".");
}

/**
 * Makes a server listen on a Unix socket that only this user can open. A socket that a process left behind is replaced.
 *
 * @param refuse called for what `checkSocket` refuses, for a folder that is missing, for another kind of file, and for a
 * socket on which a process listens.
 * @throws TransportError `INVALID_OPTION` for an argument of another type; what `refuse` throws; the system's error.
 */
export async function listenOnSocket(
  server: Pick<Server, "listen" | "once" | "removeListener">,
  socket: string,
  refuse: RefuseSocket,
): Promise<void> {
  serverShape(server, "server", refuseOption);
  checkSocket(socket, refuse);
  if (seen(fs.statSync, path.dirname(path.resolve(socket)), refuse)?.isDirectory() !== true)
    refuse(`${socket}: must be in a folder that exists`, false);
  if (await isTaken(socket)) refuse(`${socket}: another process is listening there already`, true);
  if (fs.lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === false)
    refuse(`${socket} is a file, not a socket`, false);
  fs.rmSync(socket, { force: true });
  // Other users must not be able to connect, not even between bind and chmod.
  const umask = process.umask(0o177);
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      // Without a prototype: an inherited `writableAll` would let other users connect.
      server.listen(Object.assign(Object.create(null) as ListenOptions, { path: socket, backlog: BACKLOG }), () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
    fs.chmodSync(socket, 0o600);
  } finally {
    process.umask(umask);
  }
}

/** `undefined` where there is nothing, also below a file. */
function seen(look: typeof fs.statSync, place: string, refuse: RefuseSocket): Stats | undefined {
  try {
    return look(place, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") return undefined;
    return refuse(`${place}: cannot be looked at`, false);
  }
}

function linkTarget(place: string, refuse: RefuseSocket): string {
  try {
    return fs.readlinkSync(place);
  } catch {
    return refuse(`${place}: is a link that cannot be followed`, false);
  }
}

/** Whether a process listens there. A busy or stopped one accepts connections too. */
function isTaken(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asking = net.createConnection(
      Object.assign(Object.create(null) as { path: string }, { path: socket }),
      () => {
        asking.destroy();
        resolve(true);
      },
    );
    asking.on("error", () => resolve(false));
  });
}
