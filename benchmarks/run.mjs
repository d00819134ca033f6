// npm run bench [-- SUITE… [--only CASE] [--rounds N] [--budget MS] [--runtimes node,n24] [--force]]
// A run of a whole suite stores its results and rewrites the README block; a partial one only prints.
import { existsSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { runSuite } from "./lib/harness.mjs";
import { claims, saveResults, table, writeBlock } from "./lib/report.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    only: { type: "string" },
    rounds: { type: "string" },
    budget: { type: "string" },
    runtimes: { type: "string" },
    force: { type: "boolean", default: false },
  },
});

const here = new URL(".", import.meta.url);
const folders = readdirSync(here).filter((name) => existsSync(new URL(`${name}/${name}.bench.mjs`, here)));
for (const name of positionals) {
  if (!folders.includes(name)) throw new Error(`No suite ${name}; there are ${folders.join(", ")}`);
}

for (const name of positionals.length > 0 ? positionals : folders) {
  const suiteModule = new URL(`${name}/${name}.bench.mjs`, here).href;
  const { suite } = await import(suiteModule);
  const results = await runSuite(suiteModule, {
    only: values.only,
    force: values.force,
    ...(values.rounds === undefined ? {} : { rounds: Number(values.rounds) }),
    ...(values.budget === undefined ? {} : { budgetMs: Number(values.budget) }),
    ...(values.runtimes === undefined ? {} : { runtimes: values.runtimes.split(",") }),
  });
  console.log(table(results));
  const whole = values.only === undefined && values.runtimes === undefined;
  if (!whole) continue;
  saveResults(results);
  if (suite.readme !== undefined) writeBlock(suite.readme, (suite.summary ?? claims)(results));
  if (suite.missed !== undefined) writeBlock("benchmarks/README.md", suite.missed(results));
}
