import { chownSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { askDaemon } from "../../src/daemon/ask-daemon.ts";

const folder = mkdtempSync(path.join(tmpdir(), "countersign-ask-"));
const socket = path.join(folder, "daemon.sock");
const server = createServer((request, response) => response.end(request.url));

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(socket, resolve);
  });
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

describe("the daemon's socket", () => {
  it("is asked for the role by its ARN", async () => {
    const answer = await askDaemon(socket, "arn:aws:iam::123456789012:role/a b");
    expect(answer).toEqual({
      running: true,
      status: 200,
      body: "/v1/credential-process?role=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fa%20b",
    });
  });

  it("may be missing", async () => {
    expect(await askDaemon(path.join(folder, "none.sock"), "arn")).toEqual({ running: false });
  });

  // Only root can give a file away.
  it.runIf(process.getuid?.() === 0)("of another user is not asked", async () => {
    chownSync(socket, 65_534, 65_534);
    await expect(askDaemon(socket, "arn")).rejects.toThrow("belongs to another user");
  });
});
