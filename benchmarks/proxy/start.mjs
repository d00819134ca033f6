import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** Starts a door in a process of its own: where it is, what it has used, and how to end it. */
export async function startDoor(kind, { url, ca }) {
  const child = spawn(process.execPath, [fileURLToPath(new URL("door.mjs", import.meta.url)), kind, url, ca], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value);
  const { port } = await next();
  return {
    url: `http://127.0.0.1:${port}`,
    /** The CPU time so far, in microseconds, and the most memory that was resident. */
    async used() {
      child.stdin.write("\n");
      return next();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}
