import { startServer } from "../e2e/endpoint.mjs";

/**
 * The variants of a case whose contestants share one server and one process. All are up at once, and the first measurement
 * measures all of them, in turns.
 *
 * @param kinds pairs of a variant's name and its door's kind.
 * @param start makes the contestant of a kind: its `output()` is compared with that of the others, `close()` ends it.
 * @param alternate measures all contestants: a Map from each to its result.
 */
export function inTurns(kinds, start, alternate) {
  const contestants = [];
  let server;
  let open = 0;
  let results;

  async function variant(kind) {
    server ??= startServer();
    open++;
    const contestant = await start(kind, await server);
    contestants.push(contestant);
    return {
      output: contestant.output,
      async measure(budgetMs) {
        results ??= alternate(contestants, budgetMs);
        return (await results).get(contestant);
      },
      async close() {
        await contestant.close();
        if (--open === 0) await (await server).close();
      },
    };
  }

  return Object.fromEntries(kinds.map(([name, kind]) => [name, () => variant(kind)]));
}
