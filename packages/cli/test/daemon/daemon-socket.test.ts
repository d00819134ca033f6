import { chmodSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { checkFutureSocket, checkSocket, daemonSocket } from "../../src/daemon/daemon-socket.ts";

describe("the place of the socket", () => {
  it("is refused as a wrong command line, with what to do", () => {
    const open = mkdtempSync(path.join(tmpdir(), "countersign-place-"));
    try {
      chmodSync(open, 0o777);
      expect(() => checkSocket(path.join(open, "s.sock"))).toThrow(
        expect.objectContaining({
          code: "USAGE",
          message: expect.stringMatching(
            /other users can write to .*chmod go-w.*\. Choose another place with COUNTERSIGN_SOCKET/,
          ),
        }),
      );
    } finally {
      rmSync(open, { recursive: true });
    }
  });

  it("is refused to a client where another user could make its folder, and left to a daemon that makes it", () => {
    const open = mkdtempSync(path.join(tmpdir(), "countersign-place-"));
    const socket = path.join(open, "folder", "s.sock");
    try {
      chmodSync(open, 0o1777);
      expect(() => checkSocket(socket)).toThrow(expect.objectContaining({ code: "USAGE" }));
      expect(() => checkFutureSocket(socket)).not.toThrow();
      mkdirSync(path.dirname(socket), { mode: 0o700 });
      expect(() => checkSocket(socket)).not.toThrow();
    } finally {
      rmSync(open, { recursive: true });
    }
  });

  it("is named by the environment, where an empty variable is as if it were not set", () => {
    expect(daemonSocket({ COUNTERSIGN_SOCKET: "/a/b", XDG_RUNTIME_DIR: "/run/u" })).toBe("/a/b");
    expect(daemonSocket({ COUNTERSIGN_SOCKET: "", XDG_RUNTIME_DIR: "/run/u" })).toBe("/run/u/countersign.sock");
    expect(daemonSocket({ XDG_RUNTIME_DIR: "" })).toMatch(/\.countersign\/countersign\.sock$/);
  });
});
