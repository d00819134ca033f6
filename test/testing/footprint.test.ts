import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:https";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startAws } from "@countersign/testing";
import { expect, it } from "vitest";

// What the local AWS took before it knew every operation, measured with the code below on Node 20.20: the packed package
// in bytes, and the CPU time of a start in units of `yardstick`.
const before = { bytes: 359_300, start: 4.6 };

it("the packed package is at most twice as large", { timeout: 60_000 }, async () => {
  const cwd = fileURLToPath(new URL("../../packages/testing", import.meta.url));
  const { stdout } = await promisify(execFile)("npm", ["pack", "--dry-run", "--json"], { cwd, maxBuffer: 1 << 24 });
  const [packed] = JSON.parse(stdout) as readonly {
    readonly size: number;
    readonly files: readonly { path: string }[];
  }[];
  expect(packed?.files.map(({ path }) => path)).toContain("dist/node/index.js");
  expect(packed?.size).toBeLessThan(2 * before.bytes);
});

type Close = () => Promise<unknown>;

/** What every start needs on any machine: keys and TLS servers, as many as the local AWS has. */
async function yardstick(): Promise<Close> {
  const servers = Array.from({ length: 7 }, () => {
    generateKeyPairSync("ec", { namedCurve: "P-256" });
    return createServer({});
  });
  await Promise.all(servers.map((server) => new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))));
  return () => Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
}

async function start(): Promise<Close> {
  const aws = await startAws();
  return () => aws.close();
}

async function cpuMicroseconds(run: () => Promise<Close>): Promise<number> {
  const begin = process.cpuUsage();
  const close = await run();
  const { user, system } = process.cpuUsage(begin);
  await close();
  return user + system;
}

it("a start takes at most 1.5 times as long", { timeout: 60_000 }, async () => {
  const taken: Record<"start" | "yardstick", number[]> = { start: [], yardstick: [] };
  for (let round = 0; round < 25; round += 1) {
    taken.start.push(await cpuMicroseconds(start));
    taken.yardstick.push(await cpuMicroseconds(yardstick));
  }
  const median = (values: readonly number[]): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
  expect(median(taken.start) / median(taken.yardstick)).toBeLessThan(1.5 * before.start);
});
