import {
  chmodSync,
  lchownSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import { checkSocket as check, listenOnSocket, TransportError } from "../../src/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-place-"));
afterAll(() => rmSync(folder, { recursive: true }));

class Refused extends Error {}
const refuse = (message: string, isTaken: boolean): never => {
  throw Object.assign(new Refused(message), { isTaken });
};
const checkSocket = (socket: string): void => check(socket, refuse);
const refused = (message: RegExp) =>
  expect.objectContaining({ constructor: Refused, isTaken: false, message: expect.stringMatching(message) });

describe("the place of the socket", () => {
  it("may have as many bytes as the system keeps, and no more", () => {
    const most = process.platform === "darwin" ? 103 : 107;
    const name = (bytes: number): string => path.join(folder, "x".repeat(bytes - folder.length - 1));
    expect(() => checkSocket(name(most))).not.toThrow();
    expect(() => checkSocket(name(most + 1))).toThrow(refused(new RegExp(`1 to ${most} bytes; it has ${most + 1}`)));
    // Letters of several bytes count as such.
    expect(() => checkSocket(`${name(most - 1)}ä`)).toThrow(refused(/bytes/));
    expect(() => checkSocket("")).toThrow(refused(/it has 0/));
    expect(() => checkSocket(`${folder}/a\0b`)).toThrow(refused(/socket: must be a path/));
  });

  it.each([
    ["everyone", 0o777],
    ["everyone, sticky", 0o1777],
    ["a group", 0o770],
  ])("is not in a folder that %s can write to", (_, mode) => {
    const open = path.join(folder, `open-${mode}`);
    mkdirSync(open);
    chmodSync(open, mode);
    expect(() => checkSocket(path.join(open, "s.sock"))).toThrow(refused(/other users can write to .*chmod go-w/));
  });

  it("is not below a folder that others can replace", () => {
    const open = path.join(folder, "above");
    mkdirSync(path.join(open, "private"), { recursive: true, mode: 0o700 });
    chmodSync(open, 0o777);
    expect(() => checkSocket(path.join(open, "private", "s.sock"))).toThrow(refused(/above; run chmod/));
    expect(() => checkSocket(path.join(open, "missing", "s.sock"))).toThrow(refused(/above; run chmod/));
  });

  it("is judged where links lead: what is checked is what is opened", () => {
    const open = path.join(folder, "linked");
    const safe = path.join(folder, "safe");
    mkdirSync(path.join(open, "private", "below"), { recursive: true, mode: 0o700 });
    mkdirSync(safe, { mode: 0o700 });
    chmodSync(open, 0o777);
    symlinkSync(path.join(open, "private"), path.join(safe, "link"));
    symlinkSync("link", path.join(safe, "link-to-link"));
    symlinkSync("../linked/private/below", path.join(safe, "below"));
    symlinkSync(path.join(open, "private", "s.sock"), path.join(safe, "s.sock"));
    for (const place of ["link/s.sock", "link-to-link/s.sock", "below/s.sock", "below/../s.sock", "s.sock"])
      expect(() => checkSocket(`${safe}/${place}`)).toThrow(refused(/linked; run chmod/));
    symlinkSync("loop", path.join(safe, "loop"));
    expect(() => checkSocket(path.join(safe, "loop", "s.sock"))).toThrow(refused(/at most 40 links/));
    symlinkSync(".", path.join(safe, "here"));
    expect(() => checkSocket(`${safe}/here/../safe/./new.sock`)).not.toThrow();
  });

  it.runIf(process.getuid?.() === 0)("is not behind another user's link, which could lead elsewhere later", () => {
    const sticky = path.join(folder, "sticky");
    const mine = path.join(folder, "mine");
    mkdirSync(sticky);
    chmodSync(sticky, 0o1777);
    mkdirSync(mine, { mode: 0o700 });
    symlinkSync(mine, path.join(sticky, "link"));
    expect(() => checkSocket(path.join(sticky, "link", "s.sock"))).not.toThrow();
    lchownSync(path.join(sticky, "link"), 65_534, 65_534);
    expect(() => checkSocket(path.join(sticky, "link", "s.sock"))).toThrow(refused(/link belongs to another user/));
  });

  it.each(["EACCES", "ENOENT"])("is not behind a link that cannot be followed: %s", (code) => {
    const link = path.join(folder, `not-followed-${code}`);
    symlinkSync(folder, link);
    // Such as /proc/1/root, which every user sees and only root may follow.
    const failing = vi.spyOn(process.getBuiltinModule("node:fs"), "readlinkSync").mockImplementation(() => {
      throw Object.assign(new Error(code), { code });
    });
    try {
      expect(() => checkSocket(path.join(link, "s.sock"))).toThrow(refused(/not-followed.*: is a link that cannot be/));
    } finally {
      failing.mockRestore();
    }
  });

  it.each(["missing/s.sock", "missing/below/s.sock", "made/../missing/s.sock", "link/s.sock"])(
    "is not in a folder that another user could make after the check: %s",
    (place) => {
      const sticky = path.join(folder, "open-to-all");
      mkdirSync(path.join(sticky, "made"), { recursive: true, mode: 0o700 });
      chmodSync(sticky, 0o1777);
      rmSync(path.join(sticky, "link"), { force: true });
      symlinkSync("missing", path.join(sticky, "link"));
      const socket = `${sticky}/${place}`;
      expect(() => checkSocket(socket)).toThrow(refused(/missing is missing, and other users could make it/));
      expect(() => check(socket, refuse, true)).not.toThrow();
      expect(() => checkSocket(path.join(sticky, "made", "s.sock"))).not.toThrow();
    },
  );

  it("may be in a folder that is not made yet, and may be a file of the user's own", () => {
    expect(() => checkSocket(path.join(folder, "new", "s.sock"))).not.toThrow();
    writeFileSync(path.join(folder, "own.sock"), "");
    symlinkSync(path.join(folder, "own.sock"), path.join(folder, "link.sock"));
    expect(() => checkSocket(path.join(folder, "link.sock"))).not.toThrow();
  });
});

describe("a server on a socket", () => {
  const socket = path.join(folder, "server.sock");
  const listening = async (): Promise<net.Server> => {
    const server = net.createServer();
    await listenOnSocket(server, socket, refuse);
    return server;
  };

  it("can be reached by this user only, is not taken from a process that listens, and is taken from one that is gone", async () => {
    const umask = process.umask();
    const server = await listening();
    expect(statSync(socket).mode & 0o777).toBe(0o600);
    await expect(listening()).rejects.toMatchObject({
      isTaken: true,
      message: `${socket}: another process is listening there already`,
    });
    // A process that was killed leaves its socket behind.
    linkSync(socket, `${socket}.kept`);
    await new Promise((resolve) => server.close(resolve));
    renameSync(`${socket}.kept`, socket);
    const second = await listening();
    await new Promise((resolve) => second.close(resolve));
    expect(process.umask()).toBe(umask);
  });

  it("never replaces a file, and needs a folder", async () => {
    writeFileSync(socket, "data");
    await expect(listening()).rejects.toMatchObject({ isTaken: false, message: `${socket} is a file, not a socket` });
    expect(readFileSync(socket, "utf8")).toBe("data");
    await expect(listenOnSocket(net.createServer(), path.join(folder, "missing", "s.sock"), refuse)).rejects.toThrow(
      "must be in a folder that exists",
    );
  });

  it.each<[string, readonly unknown[]]>([
    ["no server", [undefined, socket, refuse]],
    ["no path", [net.createServer(), undefined, refuse]],
    ["nothing that refuses", [net.createServer(), socket]],
  ])("needs its arguments: %s", async (_, given) => {
    await expect((listenOnSocket as (...all: readonly unknown[]) => Promise<void>)(...given)).rejects.toThrow(
      TransportError,
    );
  });
});
