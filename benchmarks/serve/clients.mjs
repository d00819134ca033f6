import { setTimeout as sleep } from "node:timers/promises";
import { Pool } from "undici";
import { origin } from "./identity.mjs";

/** Clients of servers that vend: each has its own token, and its connections stay open. */
export function createClients(servers, tokens, connections) {
  const pools = servers.map(({ url }) => new Pool(url, { connections, pipelining: 1 }));
  const headers = tokens.map((token) => ["authorization", `Bearer ${token}`, "origin", origin]);
  let turn = 0;
  let retries = 0;

  /** Asks as users' clients do: one that is told to come back does so. */
  async function vend(index) {
    const pool = pools[index % pools.length];
    const answer = await pool.request({ method: "POST", path: "/v1/vend/inference", headers: headers[index] });
    const text = await answer.body.text();
    if (answer.statusCode === 200) return text;
    const retryAfter = answer.headers["retry-after"];
    if (retryAfter === undefined) throw new Error(`${answer.statusCode}: ${text.slice(0, 200)}`);
    retries += 1;
    await sleep(Number(retryAfter) * 1000);
    return vend(index);
  }

  return {
    vend,
    /** How often a client was told to come back. */
    retries: () => retries,
    /** Each client asks once, all at the same time. */
    all: () => Promise.all(headers.map((_, index) => vend(index))),
    /**
     * Clients take turns, `inFlight` at a time, until `count` requests are answered and `ms` have passed.
     *
     * @returns the milliseconds that each request took, in ascending order.
     */
    async run({ count, ms = 0, inFlight }) {
      const took = [];
      const until = performance.now() + ms;
      let sent = 0;
      const worker = async () => {
        while (sent < count || performance.now() < until) {
          sent += 1;
          const from = performance.now();
          await vend(turn++ % headers.length);
          took.push(performance.now() - from);
        }
      };
      await Promise.all(Array.from({ length: inFlight }, worker));
      return took.toSorted((a, b) => a - b);
    },
    close: () => Promise.all(pools.map((pool) => pool.close())),
  };
}
