import { startServer } from "../e2e/endpoint.mjs";
import { clients } from "./clients.mjs";

/** Runs `invoke` with a constant number in flight until `until`, and answers with how often it ran. */
async function run(invoke, inFlight, until) {
  let count = 0;
  const worker = async () => {
    while (performance.now() < until) {
      await invoke();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return count;
}

/** A variant: `ns` is what `take` picks of { wall, cpu }, both per request. */
export async function load(name, inFlight, take) {
  const server = await startServer();
  const client = clients[name](server);
  return {
    output: client.invoke,
    async measure(budgetMs) {
      await run(client.invoke, inFlight, performance.now() + budgetMs);
      const usage = process.cpuUsage();
      const started = performance.now();
      const count = await run(client.invoke, inFlight, started + budgetMs * 2);
      const wall = ((performance.now() - started) * 1e6) / count;
      const { user, system } = process.cpuUsage(usage);
      const cpu = ((user + system) * 1e3) / count;
      return { ns: take === "cpu" ? cpu : wall, wall, cpu, count };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
