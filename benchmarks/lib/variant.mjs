// The process in which one variant of one case is checked or measured, and nothing else ever runs.
// argv: mode ("check" | "measure"), suite module, case, variant, milliseconds to measure.
import { median } from "./statistics.mjs";

const [mode, suiteModule, caseName, variantName, budget] = process.argv.slice(2);
const { suite } = await import(suiteModule);
const variant = await suite.cases[caseName].variants[variantName]();

if (mode === "check") report(variant.output === undefined ? {} : { output: await variant.output() });
else if (variant.measure !== undefined) report(await variant.measure(Number(budget)));
else report(await time(variant.run, Number(budget)));
await variant.close?.();

function report(result) {
  process.stdout.write(`\n@result ${JSON.stringify(result)}\n`);
}

/**
 * Times `run` in batches of about five milliseconds and reports the median batch in nanoseconds per call, and the CPU time
 * per call over all batches: that includes what other threads of the process do for it, such as collecting garbage.
 */
async function time(run, budgetMs) {
  const isAsync = typeof run()?.then === "function";
  const batch = isAsync
    ? async (count) => {
        const started = process.hrtime.bigint();
        for (let index = 0; index < count; index++) await run();
        return Number(process.hrtime.bigint() - started);
      }
    : (count) => {
        const started = process.hrtime.bigint();
        for (let index = 0; index < count; index++) run();
        return Number(process.hrtime.bigint() - started);
      };

  let count = 1;
  const warmUntil = performance.now() + budgetMs * 0.4;
  while (performance.now() < warmUntil) {
    const elapsed = await batch(count);
    if (elapsed < 5e6)
      count = Math.max(count + 1, Math.min(count * 8, Math.ceil((count * 5e6) / Math.max(elapsed, 1))));
  }
  const samples = [];
  const before = process.cpuUsage();
  const until = performance.now() + budgetMs;
  while (performance.now() < until || samples.length < 5) samples.push((await batch(count)) / count);
  const { user, system } = process.cpuUsage(before);
  const cpuNs = ((user + system) * 1e3) / (samples.length * count);
  return { ns: median(samples), cpuNs, batches: samples.length, perBatch: count };
}
