// The process in which variants of one case are checked or measured.
// argv: mode ("check" | "measure"), suite module, case, variants as a JSON list, milliseconds to measure each.
import { median } from "./statistics.mjs";

/** The time a batch takes: long against the clock's resolution, short against the machine's changes of speed. */
const BATCH_NS = 5e6;

const [mode, suiteModule, caseName, list, budget] = process.argv.slice(2);
const { suite } = await import(suiteModule);
const names = JSON.parse(list);
const variants = {};
for (const name of names) variants[name] = await suite.cases[caseName].variants[name]();

const results = mode === "check" ? await outputs() : await measured(Number(budget));
process.stdout.write(`\n@result ${JSON.stringify(results)}\n`);
for (const variant of Object.values(variants)) await variant.close?.();

async function outputs() {
  const answers = {};
  for (const name of names) {
    const { output } = variants[name];
    answers[name] = output === undefined ? {} : { output: await output() };
  }
  return answers;
}

async function measured(budgetMs) {
  const found = {};
  const runs = names.filter((name) => variants[name].measure === undefined);
  if (runs.length > 0) Object.assign(found, await time(runs, budgetMs));
  for (const name of names) found[name] ??= await variants[name].measure(budgetMs);
  return found;
}

/**
 * Times `run` of each variant in batches of about five milliseconds, which alternate: the order is rotated each time. Reports
 * the median batch in nanoseconds per call, and the CPU time per call over all batches: that includes what other threads of
 * the process do for it, such as collecting garbage.
 */
async function time(runs, budgetMs) {
  const contestants = [];
  for (const name of runs) contestants.push(await warmUp(name, variants[name].run, budgetMs * 0.4));
  const until = performance.now() + budgetMs * contestants.length;
  for (let turn = 0; performance.now() < until || turn < 5; turn++) {
    for (let at = 0; at < contestants.length; at++) {
      const { batch, count, samples, cpu } = contestants[(at + turn) % contestants.length];
      const before = process.cpuUsage();
      samples.push((await batch(count)) / count);
      const { user, system } = process.cpuUsage(before);
      cpu.push(user + system);
    }
  }
  return Object.fromEntries(
    contestants.map(({ name, count, samples, cpu }) => {
      const cpuNs = (cpu.reduce((sum, us) => sum + us, 0) * 1e3) / (cpu.length * count);
      return [name, { ns: median(samples), cpuNs, batches: samples.length, perBatch: count }];
    }),
  );
}

/** Calls a variant until its code is compiled, and finds out how many calls make a batch. */
async function warmUp(name, run, warmMs) {
  const batch =
    typeof run()?.then === "function"
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
  const until = performance.now() + warmMs;
  while (performance.now() < until) {
    const elapsed = await batch(count);
    if (elapsed < BATCH_NS) {
      count = Math.max(count + 1, Math.min(count * 8, Math.ceil((count * BATCH_NS) / Math.max(elapsed, 1))));
    }
  }
  return { name, batch, count, samples: [], cpu: [] };
}
