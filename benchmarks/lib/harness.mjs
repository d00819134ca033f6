import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RUNTIMES, isLoaded, machineFacts, versionOf } from "./machine.mjs";
import { median, quartiles, spread } from "./statistics.mjs";

const variantProcess = fileURLToPath(new URL("variant.mjs", import.meta.url));

/**
 * Runs a suite: proves that the variants of each case do the same, then measures each in a fresh process, in an order
 * that is reversed every round, and compares within a round.
 *
 * A suite module exports `suite`:
 *   { name, runtimes?, cases: { [case]: { baseline, variants: { [variant]: async () => variant }, must?: Bound[] } } }
 * A case may have fewer `rounds` than the run, when it takes minutes.
 * A variant is `{ run(), output?(), close?() }` (timed in nanoseconds per call), or `{ measure(budgetMs), … }` which
 * reports `{ ns, … }` by itself. All `output()`s of a case must be equal. The variants of a case that is `together`
 * run side by side: they mostly wait.
 *
 * A bound is one of
 *   { variant, against, max? , min? }  `max` limits variant ÷ against, `min` asks for against ÷ variant;
 *   { variant, most }                  limits what the variant itself measures;
 *   { variant, allowed: { [other]: factor }, max }  limits variant ÷ the largest of factor × other.
 * `of: "cpuNs"` compares CPU time instead of time.
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

async function measureCase({ baseline, variants, must = [], together = false, rounds = Infinity }, launch, most) {
  const names = Object.keys(variants);
  const raw = Object.fromEntries(names.map((name) => [name, []]));
  for (let round = 0; round < Math.min(rounds, most); round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    const measure = async (name) => raw[name].push(await launch("measure", name));
    if (together) await Promise.all(order.map(measure));
    else for (const name of order) await measure(name);
  }
  const values = (name, of = "ns") => raw[name].map((result) => result[of]);
  const ratios = (name, against, of) => values(name, of).map((value, round) => value / values(against, of)[round]);
  return {
    baseline,
    variants: Object.fromEntries(
      names.map((name) => [
        name,
        {
          ns: median(values(name)),
          quartiles: quartiles(values(name)),
          spread: spread(values(name)),
          ratio: median(ratios(name, baseline)),
          raw: raw[name],
        },
      ]),
    ),
    must: must.map((bound) => judge(bound, values, ratios)),
  };
}

function judge(bound, values, ratios) {
  const { variant, against, allowed, max, min, most, of } = bound;
  const measuredIn = () => {
    if (most !== undefined) return values(variant, of);
    if (min !== undefined) return ratios(against, variant, of);
    if (allowed === undefined) return ratios(variant, against, of);
    const limits = Object.entries(allowed).map(([other, factor]) => values(other, of).map((value) => value * factor));
    return values(variant, of).map((value, round) => value / Math.max(...limits.map((limit) => limit[round])));
  };
  const rounds = measuredIn();
  const measured = median(rounds);
  const holds = min === undefined ? measured <= (most ?? max) : measured >= min;
  return { ...bound, measured, quartiles: quartiles(rounds), holds };
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
