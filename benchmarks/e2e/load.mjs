import { clients } from "./clients.mjs";
import { startServer } from "./endpoint.mjs";

/** So many requests at least, to warm up and to measure: what runs in a service is compiled code. */
const atLeast = 1500;

/** Runs `invoke` with a constant number in flight for `ms` and `atLeast`, and answers with how long each took. */
async function run(invoke, inFlight, ms) {
  const took = [];
  let now = performance.now();
  const until = now + ms;
  const worker = async () => {
    while (now < until || took.length < atLeast) {
      const from = performance.now();
      await invoke();
      now = performance.now();
      took.push(now - from);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return took;
}

/** A variant: `ns` is what `take` picks of { cpu, wall, p50, p99 }, all in nanoseconds per request. */
export async function load(name, inFlight, take) {
  const server = await startServer();
  const client = clients[name](server);
  return {
    output: client.invoke,
    async measure(budgetMs) {
      await run(client.invoke, inFlight, budgetMs);
      const usage = process.cpuUsage();
      const started = performance.now();
      const took = await run(client.invoke, inFlight, budgetMs * 2);
      const wall = ((performance.now() - started) * 1e6) / took.length;
      const { user, system } = process.cpuUsage(usage);
      took.sort((a, b) => a - b);
      const at = (share) => took[Math.floor(took.length * share)] * 1e6;
      const all = { cpu: ((user + system) * 1e3) / took.length, wall, p50: at(0.5), p99: at(0.99) };
      return { ns: all[take], ...all, count: took.length };
    },
    async close() {
      await client.close();
      await server.close();
    },
  };
}
