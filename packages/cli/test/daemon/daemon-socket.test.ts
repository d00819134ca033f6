import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { checkSocket, daemonSocket } from "../../src/daemon/daemon-socket.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-place-"));
afterAll(() => rmSync(folder, { recursive: true }));

const refused = (message: RegExp) =>
  expect.objectContaining({ code: "USAGE", message: expect.stringMatching(message) });

describe("the place of the socket", () => {
  it("may have as many bytes as the system keeps, and no more", () => {
    const most = process.platform === "darwin" ? 103 : 107;
    const name = (bytes: number): string => path.join(folder, "x".repeat(bytes - folder.length - 1));
    expect(() => checkSocket(name(most))).not.toThrow();
    expect(() => checkSocket(name(most + 1))).toThrow(refused(new RegExp(`1 to ${most} bytes; it has ${most + 1}\\.`)));
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

  it("may be in a folder that is not made yet, and may be a file of the user's own", () => {
    expect(() => checkSocket(path.join(folder, "new", "s.sock"))).not.toThrow();
    writeFileSync(path.join(folder, "own.sock"), "");
    symlinkSync(path.join(folder, "own.sock"), path.join(folder, "link.sock"));
    expect(() => checkSocket(path.join(folder, "link.sock"))).not.toThrow();
  });

  it("is named by the environment, where an empty variable is as if it were not set", () => {
    expect(daemonSocket({ COUNTERSIGN_SOCKET: "/a/b", XDG_RUNTIME_DIR: "/run/u" })).toBe("/a/b");
    expect(daemonSocket({ COUNTERSIGN_SOCKET: "", XDG_RUNTIME_DIR: "/run/u" })).toBe("/run/u/countersign.sock");
    expect(daemonSocket({ XDG_RUNTIME_DIR: "" })).toMatch(/\.countersign\/countersign\.sock$/);
  });
});
