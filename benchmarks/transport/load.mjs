import { startServer } from "../e2e/endpoint.mjs";
import { clients } from "./clients.mjs";

const perBlock = 300;

/** Sends `count` requests with a constant number in flight. */
async function send(invoke, inFlight, count) {
  let left = count;
  const worker = async () => {
    while (left-- > 0) await invoke();
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
}

/**
 * A variant whose `ns` is CPU time per request: the lower quartile of many short blocks, for what a busy machine adds to
 * a block is never negative.
 */
export async function load(name, inFlight) {
  const server = await startServer();
  const client = clients[name](server);
  return {
    output: client.invoke,
    async measure(budgetMs) {
      const warm = performance.now() + budgetMs;
      while (performance.now() < warm) await send(client.invoke, inFlight, perBlock);
      const cpu = [];
      const started = performance.now();
      while (performance.now() < started + budgetMs * 3 || cpu.length < 20) {
        const before = process.cpuUsage();
        await send(client.invoke, inFlight, perBlock);
        const { user, system } = process.cpuUsage(before);
        cpu.push(((user + system) * 1e3) / perBlock);
      }
      const wall = ((performance.now() - started) * 1e6) / (cpu.length * perBlock);
      cpu.sort((a, b) => a - b);
      return { ns: cpu[Math.floor(cpu.length / 4)], wall, blocks: cpu.length };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
