import { type ChildProcess, spawn } from "node:child_process";
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
  /** Ends the server as a crash does: connections break, and what it stored is gone. */
  kill(): Promise<void>;
  /** Starts the server again, at the same path, after `kill`. */
  restart(): Promise<void>;
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
  const client = new Redis({ path, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on("error", () => undefined);

  async function launch(): Promise<ChildProcess> {
    const child = spawn(
      program,
      ["--port", "0", "--unixsocket", path, "--save", "", "--appendonly", "no", "--dir", directory],
      { stdio: "ignore" },
    );
    const failed = once(child, "exit").then(() => {
      throw new Error(`${program} ended before it was ready: is it installed?`);
    });
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
    return child;
  }

  let server = await launch();
  async function kill(): Promise<void> {
    client.disconnect();
    server.kill("SIGCONT");
    server.kill("SIGKILL");
    if (server.exitCode === null && server.signalCode === null) await once(server, "exit");
  }
  return {
    path,
    client,
    signal: (name) => void server.kill(name),
    kill,
    async restart() {
      await rm(path, { force: true });
      server = await launch();
    },
    async stop() {
      await kill();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
