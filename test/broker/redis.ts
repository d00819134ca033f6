import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { Redis } from "iovalkey";

/** A real Redis on a socket of its own. */
export interface RedisServer {
  readonly path: string;
  /** A connection of the test's own. */
  readonly client: Redis;
  /** `SIGSTOP` and `SIGCONT`: the server stalls, its connections stay. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  stop(): Promise<void>;
}

/** Programs that speak the protocol. Where apt has no Valkey, its tests are reported as skipped. */
export const SERVERS = ["redis-server", "valkey-server"] as const;
export type ServerProgram = (typeof SERVERS)[number];

export const isInstalled = (program: ServerProgram): boolean => existsSync(`/usr/bin/${program}`);

/** The program's name in a test's name, with the reason why the test is skipped. */
export const nameOf = (program: ServerProgram): string =>
  isInstalled(program) ? program : `${program} (skipped: it is not installed, and apt has no package of it)`;

export async function startRedis(program: ServerProgram = "redis-server"): Promise<RedisServer> {
  const directory = await mkdtemp(join(tmpdir(), "countersign-redis-"));
  const path = join(directory, "redis.sock");
  const server = spawn(
    program,
    ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory],
    { stdio: "ignore" },
  );
  const failed = once(server, "exit").then(() => {
    throw new Error(`${program} ended before it was ready: is it installed?`);
  });
  const client = new Redis({ path, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);
  const ready = (async () => {
    for (;;) {
      const answered = await client.connect().then(
        () => true,
        () => false,
      );
      if (answered) return;
      await setTimeout(20);
    }
  })();
  await Promise.race([ready, failed]);
  failed.catch(() => undefined);
  return {
    path,
    client,
    signal: (name) => void server.kill(name),
    async stop() {
      client.disconnect();
      server.kill("SIGCONT");
      server.kill("SIGKILL");
      if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
