import { claim, duration } from "../lib/report.mjs";

/** Cases whose claim is the part of aws4's CPU. */
const isWorkload = ({ must }) => must.some(({ of }) => of === "cpuNs");
const isMemory = ({ must }) => must.some(({ most }) => most !== undefined);
const isLowRate = ({ must }) => must.some(({ allowed }) => allowed !== undefined);

/**
 * The claims of the suite in tables of one number a cell: a row for each claim, a column for each runtime with the median
 * over the rounds, and the lowest and highest quartile of all runtimes.
 */
export function summary(results) {
  const { cpu, cores, load } = results.machine;
  const tables = [
    [
      "CPU of one signature, as part of what aws4 takes (at most 0.5)",
      isWorkload,
      ({ measured }) => measured.toFixed(2),
    ],
    [
      "Time of one signature by the wall clock, as part of the larger of 0.5 × aws4 and 1.6 × three calls of node:crypto (at most 1)",
      isLowRate,
      ({ measured }) => measured.toFixed(2),
    ],
    ["KiB that one more signer holds", isMemory, ({ measured }) => measured.toFixed(1), claim],
    [
      "One request, time after time",
      (definition) => ![isWorkload, isLowRate, isMemory].some((test) => test(definition)),
      ({ measured }) => measured.toFixed(2),
      claim,
    ],
  ].map(([title, belongs, cell, words]) => table(results, title, belongs, cell, words));
  return [
    ...tables,
    times(results),
    `${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, load ${load[0]}, medians of ${results.rounds} processes each; ` +
      "all values in `benchmarks/results`.",
  ].join("\n\n");
}

function table({ runtimes }, title, belongs, cell, words) {
  const versions = Object.keys(runtimes);
  const rows = new Map();
  for (const [version, cases] of Object.entries(runtimes)) {
    for (const [name, definition] of Object.entries(cases)) {
      if (definition.must.length === 0 || !belongs(definition)) continue;
      for (const bound of definition.must) {
        const variant = bound.variant === "countersign" ? "" : `, ${bound.variant.replace("countersign ", "")}`;
        const label = `${name}${variant}${words === undefined ? "" : `: ${words(bound)}`}`;
        const row = rows.get(label) ?? { cells: {}, lower: [], upper: [] };
        rows.set(label, row);
        row.cells[version] = cell(bound);
        row.lower.push(bound.quartiles[0]);
        row.upper.push(bound.quartiles[1]);
      }
    }
  }
  return [
    `${title}:`,
    "",
    `| | ${versions.join(" | ")} | lowest quartile | highest quartile |`,
    `| --- |${" ---: |".repeat(versions.length + 2)}`,
    ...[...rows].map(([label, { cells, lower, upper }]) => {
      const ends = [Math.min(...lower), Math.max(...upper)].map((measured) => cell({ measured }));
      return `| ${label} | ${versions.map((version) => cells[version]).join(" | ")} | ${ends.join(" | ")} |`;
    }),
  ].join("\n");
}

/** What the fixed request takes, for those who want to compare with their own machine. */
function times({ runtimes }) {
  const versions = Object.keys(runtimes);
  const name = "fixed request";
  const variants = Object.keys(runtimes[versions[0]][name].variants);
  return [
    "The fixed request by the wall clock:",
    "",
    `| | ${versions.join(" | ")} |`,
    `| --- |${" ---: |".repeat(versions.length)}`,
    ...variants.map(
      (variant) =>
        `| ${variant} | ${versions.map((version) => duration(runtimes[version][name].variants[variant].ns)).join(" | ")} |`,
    ),
  ].join("\n");
}
