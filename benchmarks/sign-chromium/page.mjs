// What runs in the page: the same loop as lib/variant.mjs, on the page's clock.
export async function time(run, budgetMs) {
  const isAsync = typeof run()?.then === "function";
  async function batch(count) {
    const started = performance.now();
    if (isAsync) for (let index = 0; index < count; index++) await run();
    else for (let index = 0; index < count; index++) run();
    return (performance.now() - started) * 1e6;
  }
  let count = 1;
  const warmUntil = performance.now() + budgetMs * 0.4;
  while (performance.now() < warmUntil) if ((await batch(count)) < 2e7) count *= 2;
  const samples = [];
  const until = performance.now() + budgetMs;
  while (performance.now() < until || samples.length < 5) samples.push((await batch(count)) / count);
  return { ns: samples.toSorted((a, b) => a - b)[samples.length >> 1], batches: samples.length, perBatch: count };
}

/** A page that signs often runs compiled code, as a service does (../sign/fixture.mjs). */
export async function warm(run) {
  for (let index = 0; index < 20_000; index++) await run();
}
