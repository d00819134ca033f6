import { type ChildProcess, spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { type Local, startLocal } from "@countersign/testing";
import { request } from "undici";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { isInstalled, SERVERS } from "../broker/redis.ts";
import { type Address, createServerGroup, PRIMARY_NAME, type ServerGroup } from "../broker/store/programs.ts";

const countersign = fileURLToPath(new URL("../../packages/cli/bin/countersign.mjs", import.meta.url));
const guide = readFileSync(new URL("../../docs/broker-guide.md", import.meta.url), "utf8");
const [acl = "", sentinelAcl = ""] = [...guide.matchAll(/```acl\n\s*user (.+)\n/gu)].map(([, line]) => line ?? "");
const [, clusterAcl = ""] = /For a cluster add `([^`]+)`/u.exec(guide) ?? [];
const TOKEN = "a-container-token";
const GRANTS = 40;
const roleArn = (index: number): string => `arn:aws:iam::123456789012:role/task-${index}`;
const key = randomBytes(32).toString("base64");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!SERVERS.some(isInstalled)).each(SERVERS.filter(isInstalled))(
  "countersign serve, a process, on %s",
  (program) => {
    let folder: string;
    let aws: Local;
    let group: ServerGroup;
    const running: ChildProcess[] = [];

    beforeAll(async () => {
      folder = mkdtempSync(path.join(tmpdir(), "countersign-serve-modes-"));
      aws = await startLocal({ port: 0, roles: Array.from({ length: GRANTS }, (_, index) => roleArn(index)) });
      group = createServerGroup(program, { acl, clusterAcl, sentinelAcl });
    });
    afterEach(async () => {
      await Promise.all(
        running.splice(0).map(async (child) => {
          child.kill("SIGTERM");
          if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
        }),
      );
    });
    afterAll(async () => {
      await group?.stop();
      await aws?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true });
    });

    /** Starts the command as an operator does; returns how to get the access key of a grant from it. */
    async function start({ mode, ports, ca, user, sentinelUser }: Address) {
      const port = await freePort();
      const file = path.join(folder, `${port}.json`);
      const tokenSha256 = [createHash("sha256").update(TOKEN).digest("hex")];
      const grants = Array.from({ length: GRANTS }, (_, index) => [
        `task-${index}`,
        { kind: "container", roleArn: roleArn(index), tokenSha256 },
      ]);
      const store = {
        kind: "valkey",
        mode,
        servers: ports.map((one) => `rediss://localhost:${one}`),
        username: user?.username,
        password: { env: "STORE_PASSWORD" },
        ...(mode === "sentinel" && {
          sentinelName: PRIMARY_NAME,
          sentinelUsername: sentinelUser?.username,
          sentinelPassword: { env: "SENTINEL_PASSWORD" },
        }),
        ca,
        namespace: "inference",
        keyring: [{ id: "k", key: { env: "STORE_KEY" } }],
      };
      const vending = { hosts: [`127.0.0.1:${port}`], grants: Object.fromEntries(grants) };
      const config = { version: 1, region: "us-east-1", source: "service", store, listen: [{ port }], vending };
      writeFileSync(file, JSON.stringify(config));
      const child = spawn(process.execPath, ["--no-warnings", countersign, "serve", file], {
        stdio: ["ignore", "ignore", "pipe"],
        env: {
          PATH: process.env["PATH"],
          HOME: folder,
          ...aws.environment,
          STORE_KEY: key,
          STORE_PASSWORD: user?.password,
          SENTINEL_PASSWORD: sentinelUser?.password,
        },
      });
      running.push(child);
      let log = "";
      const lines = createInterface({ input: child.stderr });
      lines.on("line", (line) => (log += `${line}\n`));
      await expect.poll(() => log, { timeout: 30_000 }).toContain('"event":"serve.listening"');
      return {
        log: () => log,
        async vend(grant: number): Promise<string | undefined> {
          const url = `http://127.0.0.1:${port}/v1/credentials/task-${grant}`;
          for (;;) {
            // Not fetch: its headers are a browser's, which the server refuses.
            const answer = await request(url, { headers: { authorization: TOKEN } });
            const body = (await answer.body.json()) as { AccessKeyId?: string };
            if (answer.statusCode !== 503) return body.AccessKeyId;
            await new Promise((resolve) => setTimeout(resolve, 200));
          }
        },
      };
    }

    it("shares sessions with another on a cluster, with the guide's access list over TLS", async () => {
      const { address } = await group.cluster();
      const [one, two] = [await start(address), await start(address)];
      const first = await one.vend(0);
      expect(first).toMatch(/^ASIA/u);
      expect(await two.vend(0)).toBe(first);
      expect(aws.calls({ operation: "AssumeRole" })).toHaveLength(1);
      expect(one.log() + two.log()).not.toContain("store.");
    }, 60_000);

    it("follows sentinels that ask for a password to the next primary", async () => {
      const { address, primary } = await group.sentinel();
      const [one, two] = [await start(address), await start(address)];
      const first = await one.vend(1);
      expect(first).toMatch(/^ASIA/u);
      expect(await two.vend(1)).toBe(first);
      await primary.kill();
      // Each grant is cold: it is shared again once both are connected to the new primary.
      let grant = 2;
      const isShared = async (): Promise<boolean> => {
        const id = await one.vend(grant);
        return (await two.vend(grant++)) === id && id !== undefined;
      };
      await expect.poll(isShared, { timeout: 30_000, interval: 900 }).toBe(true);
      expect(await one.vend(1)).toBe(first);
    }, 90_000);
  },
);
