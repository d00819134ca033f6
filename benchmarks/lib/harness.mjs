import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { RUNTIMES, isLoaded, machineFacts, versionOf } from "./machine.mjs";
import { median, quartiles, spread } from "./statistics.mjs";

const variantProcess = fileURLToPath(new URL("variant.mjs", import.meta.url));

/**
 * Runs a suite: proves that the variants of each case do the same, then measures them in fresh processes, in another order
 * each round, and compares within a round.
 *
 * A suite module exports `suite`:
 *   { name, runtimes?, cases: { [case]: { baseline, variants: { [variant]: async () => variant }, must?: Bound[] } } }
 * A case may have fewer `rounds` than the run, when it takes minutes.
 * A variant is `{ run(), output?(), close?() }` (timed in nanoseconds per call), or `{ measure(budgetMs), … }` which
 * reports `{ ns, … }` by itself. All `output()`s of a case must be equal.
 *
 * `processes` of a case says where its variants run:
 *   "each"    (default) each in a process of its own, one after another: for what a process has only once or shares, such
 *             as memory, a cold start, its CPU time, or connections;
 *   "beside"  the same at the same time: they mostly wait;
 *   "one"     all in one fresh process for each round, in batches that alternate.
 *
 * "one" is for ratios of calls that take microseconds. On the machine that the results are from, one whole process is up to
 * one and a half times as fast as the next, so that a ratio between two processes shows that and not the code. Contestants
 * hardly disturb each other. Least CPU of a signature in eight processes each way, apart and in one, in microseconds: the
 * fixed request 3.6 and 4.0 (signSync), 2.1 and 2.3 (prepare), 16.0 and 16.3 (aws4); a signed header varies 5.7 and 5.6, 7.4
 * and 7.1, 15.7 and 16.2. The ratio of signSync to aws4 was 0.13 to 0.34 apart, and 0.22 to 0.25 in one.
 *
 * A bound is one of
 *   { variant, against, max? , min? }  `max` limits variant ÷ against, `min` asks for against ÷ variant;
 *   { variant, most }                  limits what the variant itself measures;
 *   { variant, allowed: { [other]: factor }, max }  limits variant ÷ the largest of factor × other.
 * `of: "cpuNs"` compares CPU time instead of time, and `says` words the bound.
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
      const launch = (mode, variants) =>
        runVariants(binary, [mode, suiteModule, name, JSON.stringify(variants), String(budgetMs)]);
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
    const { output } = (await launch("check", [variant]))[variant];
    if (output === undefined) continue;
    first ??= { variant, output };
    if (output !== first.output) {
      throw new Error(`${name}: ${variant} answers ${output}, ${first.variant} ${first.output}: nothing is timed`);
    }
  }
}

async function measureCase({ baseline, variants, must = [], processes = "each", rounds = Infinity }, launch, most) {
  const names = Object.keys(variants);
  const raw = Object.fromEntries(names.map((name) => [name, []]));
  const keep = (found) => {
    for (const [name, result] of Object.entries(found)) raw[name].push(result);
  };
  for (let round = 0; round < Math.min(rounds, most); round++) {
    if (processes === "one") {
      const first = round % names.length;
      keep(await launch("measure", [...names.slice(first), ...names.slice(0, first)]));
      continue;
    }
    const order = round % 2 === 0 ? names : names.toReversed();
    const measure = async (name) => keep(await launch("measure", [name]));
    if (processes === "beside") await Promise.all(order.map(measure));
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

function runVariants(binary, args) {
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
