// What runs in the page: the loop of lib/variant.mjs, on the page's clock. The contestants take turns of about 20 ms, because
// one browser is up to one and a half times as fast as the next.

/** A page that signs often runs compiled code, as a service does (../sign/fixture.mjs). */
const WARM_CALLS = 20_000;
const BATCH_NS = 2e7;

/** Times the `run` of each contestant for `budgetMs` and returns the median batch of each, in nanoseconds a call. */
export async function contest(contestants, budgetMs) {
  const entries = [];
  for (const [name, { run }] of Object.entries(contestants)) entries.push(await warmUp(name, run));
  const until = performance.now() + budgetMs * entries.length;
  for (let turn = 0; performance.now() < until || turn < 5; turn++) {
    for (let at = 0; at < entries.length; at++) {
      const { batch, count, samples } = entries[(at + turn) % entries.length];
      samples.push((await batch(count)) / count);
    }
  }
  return Object.fromEntries(
    entries.map(({ name, count, samples }) => [
      name,
      { ns: samples.toSorted((a, b) => a - b)[samples.length >> 1], batches: samples.length, perBatch: count },
    ]),
  );
}

async function warmUp(name, run) {
  const isAsync = typeof run()?.then === "function";
  async function batch(count) {
    const started = performance.now();
    if (isAsync) for (let index = 0; index < count; index++) await run();
    else for (let index = 0; index < count; index++) run();
    return (performance.now() - started) * 1e6;
  }
  const warmNs = await batch(WARM_CALLS);
  return { name, batch, count: Math.ceil((BATCH_NS * WARM_CALLS) / warmNs), samples: [] };
}
