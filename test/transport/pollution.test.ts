import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Authority, createAuthority } from "../../packages/transport/test/authority.ts";
import { type ProxyServer, startProxy } from "../../packages/transport/test/proxy-server.ts";
import { type TestServer, startServer } from "../../packages/transport/test/server.ts";
import { type Runtime, runtimeBinary } from "../runtimes/binaries.ts";
import { clientScript } from "./client-process.ts";

const runtimes: readonly Runtime[] = ["node", "n22", "n24", "n26"];

let authority: Authority;
let server: TestServer;
let attacker: ProxyServer;

beforeAll(async () => {
  authority = createAuthority();
  server = await startServer(authority.issue());
  attacker = await startProxy();
}, 60_000);

afterAll(async () => {
  await Promise.all([server?.close(), attacker?.close()]);
  authority?.dispose();
});

describe("kind: options are own properties, read once", () => {
  it.each(runtimes)(
    "a polluted Object.prototype has no effect on %s",
    async (runtime) => {
      const job = { url: server.url, ca: authority.root.cert, attacker: attacker.url };
      const { stdout } = await promisify(execFile)(
        runtimeBinary(runtime),
        [await clientScript("polluted-client.mjs"), JSON.stringify(job)],
        { timeout: 110_000, env: { ...process.env, NODE_OPTIONS: "" } },
      );
      expect(JSON.parse(stdout)).toEqual({ unpolluted: 0, effects: [] });
      expect(attacker.asked).toEqual([]);
    },
    120_000,
  );
});
