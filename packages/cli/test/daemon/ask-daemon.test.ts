import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { askDaemon } from "../../src/daemon/ask-daemon.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-ask-"));
const socket = path.join(folder, "daemon.sock");
let server = createServer();

const listen = (answer: RequestListener, at = socket): Promise<void> => {
  server = createServer(answer);
  return new Promise((resolve) => void server.listen(at, resolve));
};
afterEach(() => {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(resolve));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe("the daemon's socket", () => {
  it("is asked for the role by its ARN", async () => {
    await listen((request, response) => response.end(request.url));
    const answer = await askDaemon(socket, "arn:aws:iam::123456789012:role/a b");
    expect(answer).toEqual({
      running: true,
      status: 200,
      body: "/v1/credential-process?role=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%20b",
    });
  });

  it("may be missing", async () => {
    expect(await askDaemon(path.join(folder, "missing.sock"), "arn")).toEqual({ running: false });
    writeFileSync(path.join(folder, "file"), "");
    expect(await askDaemon(path.join(folder, "file", "missing.sock"), "arn")).toEqual({ running: false });
  });

  it.each([
    ["is too long", () => `/${"x".repeat(5000)}`],
    [
      "leads in a circle",
      () => {
        const loop = path.join(folder, "loop.sock");
        symlinkSync("loop.sock", loop);
        return loop;
      },
    ],
  ])("platform errors are typed: a path that %s", async (_, name) => {
    await expect(askDaemon(name(), "arn")).rejects.toMatchObject({ code: "USAGE" });
  });

  it("in a folder that others can write to is not asked", async () => {
    const open = path.join(folder, "open");
    mkdirSync(open);
    await listen((_, response) => response.end("theirs"), path.join(open, "daemon.sock"));
    chmodSync(open, 0o777);
    await expect(askDaemon(path.join(open, "daemon.sock"), "arn")).rejects.toMatchObject({
      code: "USAGE",
      message: expect.stringContaining("other users can write"),
    });
  });

  // Only root can give a file away.
  it.runIf(process.getuid?.() === 0)("of another user is not asked", async () => {
    await listen((_, response) => response.end("theirs"));
    chownSync(socket, 65_534, 65_534);
    await expect(askDaemon(socket, "arn")).rejects.toThrow("belongs to another user");
    chownSync(socket, 0, 0);
  });
});

describe("a daemon's answer", () => {
  it("that trickles for ever ends at the limit of the whole", async () => {
    await listen((_, response) => {
      const timer = setInterval(() => response.write(" "), 5);
      response.on("close", () => clearInterval(timer));
    });
    await expect(askDaemon(socket, "arn", 100)).rejects.toMatchObject({
      code: "DAEMON_UNAVAILABLE",
      message: "the daemon did not answer within 0.1 s; --no-daemon asks STS",
    });
  });

  it("that never begins ends there too", async () => {
    await listen(() => undefined);
    await expect(askDaemon(socket, "arn", 50)).rejects.toMatchObject({ code: "DAEMON_UNAVAILABLE" });
  });

  it("in another protocol is an error, and the command does not end without a word", async () => {
    await listen((request) => {
      request.socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n");
    });
    await expect(askDaemon(socket, "arn")).rejects.toMatchObject({
      code: "DAEMON_UNAVAILABLE",
      message: "the daemon answered in another protocol; check COUNTERSIGN_SOCKET",
    });
  });

  it("without end is not kept", async () => {
    await listen((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(askDaemon(socket, "arn")).rejects.toThrow("more than 65536 bytes");
  });

  it("that breaks off is an error with a code", async () => {
    await listen((_, response) => response.socket?.destroy());
    await expect(askDaemon(socket, "arn")).rejects.toMatchObject({ code: "DAEMON_UNAVAILABLE" });
  });
});
