import { createSigner } from "@countersign/signer";
import { Pool } from "undici";
import { startServer } from "../e2e/endpoint.mjs";
import { path, region } from "../e2e/fixture.mjs";
import { body, key } from "./fixture.mjs";
import { startDoor } from "./start.mjs";

const ENOUGH = 3000;

/**
 * A variant: one client with a constant number of requests of a kilobyte in flight, through a door or directly. The
 * request is signed once, so that the client costs the same in all of them.
 *
 * @param take `p50` and `p99` of the client, or `cpu` of the door; nanoseconds per request.
 */
export async function requests(kind, inFlight, take) {
  const server = await startServer();
  const door = kind === "direct" ? undefined : await startDoor(kind, server);
  const url = door?.url ?? server.url;
  const pool = new Pool(url, { connect: { ca: server.ca }, connections: 64, pipelining: 1 });
  const signer = createSigner({ region, credentials: key });
  const { headers } = await signer.sign({
    method: "POST",
    url: url + path,
    headers: { "content-type": "application/json" },
    body,
  });
  const flat = Object.entries(headers).flat();
  const invoke = async () => {
    const answer = await pool.request({ method: "POST", path, headers: flat, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text}`);
    return text;
  };

  async function run(ms) {
    const took = [];
    const until = performance.now() + ms;
    const worker = async () => {
      while (performance.now() < until || took.length < ENOUGH) {
        const from = performance.now();
        await invoke();
        took.push(performance.now() - from);
      }
    };
    await Promise.all(Array.from({ length: inFlight }, worker));
    return took.toSorted((a, b) => a - b);
  }

  return {
    output: invoke,
    async measure(budgetMs) {
      await run(budgetMs);
      const before = (await door?.used())?.us ?? 0;
      const took = await run(budgetMs * 2);
      const cpu = ((((await door?.used())?.us ?? 0) - before) * 1e3) / took.length;
      const at = (share) => took[Math.floor(took.length * share)] * 1e6;
      const all = { cpu, p50: at(0.5), p99: at(0.99) };
      return { ns: all[take], ...all, count: took.length };
    },
    async close() {
      await pool.close();
      await door?.close();
      await server.close();
    },
  };
}
