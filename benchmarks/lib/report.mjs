import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);

/** The results of one suite as Markdown: the ratio is the result, the absolute number is context. */
export function table(results) {
  const lines = [];
  for (const [version, cases] of Object.entries(results.runtimes)) {
    for (const [name, { baseline, variants, must }] of Object.entries(cases)) {
      lines.push(`**${name}**, ${version}`, "", `| | time | ÷ ${baseline} | spread |`, "| --- | ---: | ---: | ---: |");
      for (const [variant, { ns, ratio, spread, raw }] of Object.entries(variants)) {
        const shown = raw[0].unit === undefined ? duration(ns) : `${ns.toFixed(1)} ${raw[0].unit}`;
        lines.push(`| ${variant} | ${shown} | ${ratio.toFixed(2)} | ±${(spread * 100).toFixed(0)} % |`);
      }
      lines.push("");
      for (const bound of must) {
        const { variant, measured, holds } = bound;
        lines.push(`- ${holds ? "holds" : "**does not hold**"}: ${variant}, ${claim(bound)}: ${measured.toFixed(2)}`);
      }
      lines.push("");
    }
  }
  const { cpu, cores } = results.machine;
  lines.push(`${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, median of ${results.rounds} fresh processes each.`);
  return lines.join("\n");
}

/** The claims of a suite as a table: a row for each claim, a column for each runtime, one number in a cell. */
export function claims(results) {
  const versions = Object.keys(results.runtimes);
  const rows = {};
  const put = (label, version, value) => ((rows[label] ??= {})[version] = value);
  for (const [version, cases] of Object.entries(results.runtimes)) {
    for (const [name, { must, variants }] of Object.entries(cases)) {
      for (const variant of new Set(must.map((bound) => bound.variant))) {
        put(`${name}, ${variant}: time`, version, duration(variants[variant].ns));
        for (const bound of must.filter((one) => one.variant === variant)) {
          put(`${name}, ${variant}: ${claim(bound)}`, version, bound.measured.toFixed(bound.max === undefined ? 1 : 2));
        }
      }
    }
  }
  const { cpu, cores, load } = results.machine;
  return [
    `| | ${versions.join(" | ")} |`,
    `| --- |${" ---: |".repeat(versions.length)}`,
    ...Object.entries(rows).map(
      ([name, row]) => `| ${name} | ${versions.map((version) => row[version]).join(" | ")} |`,
    ),
    "",
    `${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, load ${load[0]}, medians of ${results.rounds} processes each; all times in \`benchmarks/results\`.`,
  ].join("\n");
}

/** What a bound says, in words. */
export function claim({ against, allowed, max, min, most, of, says }) {
  if (says !== undefined) return says;
  if (most !== undefined) return `at most ${most}`;
  if (min !== undefined) return `times as fast as ${against} (at least ${min})`;
  if (allowed !== undefined) {
    const limits = Object.entries(allowed).map(([other, factor]) => `${factor} × ${other}`);
    return `part of the larger of ${limits.join(" and ")} (at most ${max})`;
  }
  return `part of ${against}'s ${of === "cpuNs" ? "CPU" : "time"} (at most ${max})`;
}

export function duration(ns) {
  if (ns < 1e3) return `${ns.toFixed(0)} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(2)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(2)} ms`;
  return `${(ns / 1e9).toFixed(2)} s`;
}

/** Stores the raw results where they are committed. */
export function saveResults(results) {
  mkdirSync(new URL("benchmarks/results/", root), { recursive: true });
  const file = new URL(`benchmarks/results/${results.suite}.json`, root);
  writeFileSync(file, `${JSON.stringify(results, null, 1)}\n`);
  return fileURLToPath(file);
}

/** Replaces what stands between the markers of a README (path from the project's root) by `text`. */
export function writeBlock(readme, text) {
  const file = new URL(readme, root);
  const content = readFileSync(file, "utf8");
  const block = /<!-- bench:start -->[\s\S]*?<!-- bench:end -->/;
  if (!block.test(content)) throw new Error(`${readme} has no <!-- bench:start --> … <!-- bench:end --> block`);
  writeFileSync(
    file,
    content.replace(block, () => `<!-- bench:start -->\n${text}\n<!-- bench:end -->`),
  );
}
