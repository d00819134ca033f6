import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RUNTIMES, isLoaded, machineFacts, versionOf } from "./machine.mjs";
import { median, spread } from "./statistics.mjs";

const variantProcess = fileURLToPath(new URL("variant.mjs", import.meta.url));

/**
 * Runs a suite: proves that the variants of each case do the same, then measures each in a fresh process, in an order
 * that is reversed every round, and compares within a round.
 *
 * A suite module exports `suite`:
 *   { name, runtimes?, cases: { [case]: { baseline, variants: { [variant]: async () => variant }, must?: Bound[] } } }
 * A variant is `{ run(), output?(), close?() }` (timed in nanoseconds per call), or `{ measure(budgetMs), … }` which
 * reports `{ ns, … }` by itself. All `output()`s of a case must be equal. A bound is
 * `{ variant, against, max? , min? }`: `max` limits variant ÷ against, `min` asks for against ÷ variant.
 */
export async function runSuite(suiteModule, { rounds = 7, budgetMs = 400, only, runtimes, force = false } = {}) {
  if (isLoaded() && !force) throw new Error("The machine is busy: wait, or pass --force and trust only the ratios.");
  const { suite } = await import(suiteModule);
  const results = {
    suite: suite.name,
    date: new Date().toISOString(),
    machine: machineFacts(),
    rounds,
    budgetMs,
    runtimes: {},
  };
  for (const runtime of runtimes ?? suite.runtimes ?? ["node"]) {
    const binary = RUNTIMES[runtime]();
    const version = versionOf(binary);
    results.runtimes[version] = {};
    for (const [name, definition] of Object.entries(suite.cases)) {
      if (only !== undefined && !name.includes(only)) continue;
      const launch = (mode, variant) => runVariant(binary, [mode, suiteModule, name, variant, String(budgetMs)]);
      await proveEqual(name, definition, launch);
      process.stderr.write(`${suite.name} · ${version} · ${name}\n`);
      results.runtimes[version][name] = await measureCase(definition, launch, rounds);
    }
  }
  return results;
}

async function proveEqual(name, { variants }, launch) {
  let first;
  for (const variant of Object.keys(variants)) {
    const { output } = await launch("check", variant);
    if (output === undefined) continue;
    first ??= { variant, output };
    if (output !== first.output) {
      throw new Error(`${name}: ${variant} answers ${output}, ${first.variant} ${first.output}: nothing is timed`);
    }
  }
}

async function measureCase({ baseline, variants, must = [] }, launch, rounds) {
  const names = Object.keys(variants);
  const raw = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 === 0 ? names : names.toReversed()) raw[name].push(await launch("measure", name));
  }
  const ns = (name) => raw[name].map((result) => result.ns);
  const ratio = (name, against) => median(ns(name).map((value, round) => value / ns(against)[round]));
  return {
    baseline,
    variants: Object.fromEntries(
      names.map((name) => [
        name,
        { ns: median(ns(name)), spread: spread(ns(name)), ratio: ratio(name, baseline), raw: raw[name] },
      ]),
    ),
    must: must.map((bound) => {
      const measured =
        bound.max === undefined ? ratio(bound.against, bound.variant) : ratio(bound.variant, bound.against);
      return { ...bound, measured, holds: bound.max === undefined ? measured >= bound.min : measured <= bound.max };
    }),
  };
}

function runVariant(binary, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(binary, ["--no-warnings", variantProcess, ...args], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (chunk) => (text += chunk));
    child.on("error", reject);
    child.on("close", (code) => {
      const line = text.split("\n").find((candidate) => candidate.startsWith("@result "));
      if (code === 0 && line !== undefined) resolve(JSON.parse(line.slice("@result ".length)));
      else reject(new Error(`${args.slice(2, 4).join(" · ")} ended with ${code}`));
    });
  });
}
