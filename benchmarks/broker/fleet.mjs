import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { Redis } from "iovalkey";

const PROCESSES = 8;
const ROLES = 20;

/** From cold to every role in every process, with the calls of STS that it took. */
export function fleet(kind) {
  return {
    async measure() {
      const redis = await startRedis();
      const member = fileURLToPath(new URL("fleet-member.mjs", import.meta.url));
      const children = Array.from({ length: PROCESSES }, () => fork(member, [kind, redis.path, String(ROLES)]));
      await Promise.all(children.map((child) => once(child, "message")));
      const started = process.hrtime.bigint();
      const answers = children.map((child) => once(child, "message"));
      for (const child of children) child.send("go");
      const calls = (await Promise.all(answers)).reduce((sum, [answer]) => sum + answer.calls, 0);
      const ns = Number(process.hrtime.bigint() - started);
      await redis.stop();
      return { ns, calls };
    },
  };
}

async function startRedis() {
  const directory = await mkdtemp(path.join(tmpdir(), "countersign-bench-"));
  const socket = path.join(directory, "redis.sock");
  const server = spawn("redis-server", ["--port", "0", "--unixsocket", socket, "--save", "", "--dir", directory], {
    stdio: "ignore",
  });
  const client = new Redis({ path: socket, lazyConnect: true, retryStrategy: () => null });
  client.on("error", () => undefined);
  for (let attempt = 0; attempt < 200; attempt++) {
    const answered = await client.connect().then(
      () => true,
      () => false,
    );
    if (answered) break;
    await setTimeout(20);
  }
  client.disconnect();
  return {
    path: socket,
    async stop() {
      server.kill("SIGKILL");
      await once(server, "exit");
      await rm(directory, { recursive: true, force: true });
    },
  };
}
