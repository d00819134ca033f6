import { createSigner } from "@countersign/signer";
import { Pool } from "undici";
import { path, region } from "../e2e/fixture.mjs";
import { body, key } from "./fixture.mjs";
import { inTurns } from "./in-turns.mjs";
import { startDoor } from "./start.mjs";

/** Requests before the first that counts: V8 still compiles code of the doors after 8,000. */
const WARM_UP = 12_000;
/** Turns of each contestant, whatever the budget. */
const MIN_TURNS = 20;

const middle = (values, share = 0.5) => values.toSorted((a, b) => a - b)[Math.floor(values.length * share)];

/**
 * The variants of a case: one client with a constant number of requests of a kilobyte in flight, through each door or
 * directly. All of them are in one process and take turns, so that a machine that slows down slows neighbours alike. The
 * request is signed once a turn, so that the client costs the same in all of them.
 *
 * @param kinds pairs of a variant's name and its door's kind, or `direct`.
 * @param perTurn requests of a turn.
 * @param take what is compared: `p50` or `p99` of the client, or `cpu` of the door. Nanoseconds per request.
 */
export function contest(kinds, inFlight, perTurn, take) {
  return inTurns(
    kinds,
    (kind, server) => contestantOf(kind, server, inFlight),
    (contestants, budgetMs) => alternate(contestants, perTurn, budgetMs, take),
  );
}

async function contestantOf(kind, server, inFlight) {
  const door = kind === "direct" ? undefined : await startDoor(kind, server);
  const url = door?.url ?? server.url;
  const pool = new Pool(url, { connect: { ca: server.ca }, connections: 64, pipelining: 1 });
  const signer = createSigner({ region, credentials: key });
  const headers = { "content-type": "application/json" };
  const sign = async () =>
    Object.entries((await signer.sign({ method: "POST", url: url + path, headers, body })).headers).flat();
  let flat = await sign();
  const invoke = async () => {
    const answer = await pool.request({ method: "POST", path, headers: flat, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${text}`);
    return text;
  };
  return {
    kind,
    output: invoke,
    /** What each of `count` requests took, in nanoseconds. */
    async turn(count, atOnce = inFlight) {
      const took = [];
      let left = count;
      // A signature lives for five minutes.
      flat = await sign();
      const worker = async () => {
        while (left-- > 0) {
          const from = performance.now();
          await invoke();
          took.push((performance.now() - from) * 1e6);
        }
      };
      await Promise.all(Array.from({ length: atOnce }, worker));
      return took;
    },
    /** The CPU time of the door so far, in nanoseconds. */
    cpu: async () => ((await door?.used())?.us ?? 0) * 1e3,
    async close() {
      await pool.close();
      await door?.close();
    },
  };
}

/** Lets the contestants take turns. `added` is what a turn's median is above that of the pipe in the same round of turns. */
async function alternate(contestants, perTurn, budgetMs, take) {
  for (const one of contestants) await one.turn(WARM_UP, 16);
  const all = new Map(contestants.map((one) => [one, { took: [], medians: [], cpu: [] }]));
  const turns = Math.max(MIN_TURNS, Math.round(budgetMs / 5));
  for (let round = 0; round < turns; round++) {
    for (let at = 0; at < contestants.length; at++) {
      const one = contestants[(at + round) % contestants.length];
      const { took, medians, cpu } = all.get(one);
      const before = await one.cpu();
      const found = await one.turn(perTurn);
      cpu.push(((await one.cpu()) - before) / perTurn);
      medians.push(middle(found));
      took.push(...found);
    }
  }
  const pipe = contestants.find(({ kind }) => kind === "pipe");
  const beside = all.get(pipe)?.medians;
  return new Map(
    [...all].map(([one, { took, medians, cpu }]) => {
      const added = beside === undefined ? undefined : middle(medians.map((value, turn) => value - beside[turn]));
      const result = { p50: middle(took), p99: middle(took, 0.99), cpu: middle(cpu), added, count: took.length };
      return [one, { ns: result[take], ...result, perSecond: result.cpu === 0 ? undefined : 1e9 / result.cpu }];
    }),
  );
}
