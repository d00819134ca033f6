import { median } from "../lib/statistics.mjs";

const proxy = "countersign proxy";
const pipe = "undici pipe without signatures";

const times = (value) => `${value.toFixed(2)} ×`;
const milliseconds = (ns) => `${(ns / 1e6).toFixed(2)} ms`;
const count = (value) => Math.round(value).toLocaleString("en");
const mebibytes = (value) => `${Math.round(value)} MiB`;

/** The claims about speed, one a row, and beside them what the bare pipe measures on this machine. */
export function summary({ runtimes, date, machine, rounds }) {
  const [[version, cases]] = Object.entries(runtimes);
  const { "median time per request, 1 in flight": one, "99th percentile, 16 in flight": many } = cases;
  const { "CPU of the door per request, 16 in flight": cpu, "an upload of 1 GiB that is not signed": upload } = cases;
  const { "an upload of 1 GiB whose hash is signed": hashed } = cases;
  const middle = ({ variants }, name, of) => median(variants[name].raw.map((result) => result[of]));
  const rows = [
    ["one request at a time: added to the pipe's median", milliseconds(middle(one, proxy, "added")), "0.30 ms"],
    ["16 at a time: the pipe's 99th percentile, times", times(many.variants[proxy].ratio), "2 ×"],
    ["CPU of a request: the pipe's, times", times(cpu.variants[proxy].ratio), "2 ×"],
    ["requests a second a core", count(middle(cpu, proxy, "perSecond")), "at least 5,000"],
    ["requests a second a core, of the pipe", count(middle(cpu, pipe, "perSecond")), ""],
    ["upload of 1 GiB that is not signed: the pipe's time, times", times(upload.variants[proxy].ratio), "1.25 ×"],
    ["upload of 1 GiB whose hash is signed: the pipe's time, times", times(hashed.variants[proxy].ratio), "1.25 ×"],
    ["most memory in that upload", mebibytes(middle(hashed, proxy, "peakMiB")), ""],
  ];
  return [
    `| ${version}, bodies of 1 kB | measured | claimed: at most |`,
    "| --- | ---: | ---: |",
    ...rows.map((cells) => `| ${cells.join(" | ")} |`),
    "",
    `${date.slice(0, 10)}, ${machine.cpu}, ${machine.cores} cores, load ${machine.load[0]}, medians of ${rounds} rounds of fresh processes. The pipe is undici without signatures; \`benchmarks/results\` has all times.`,
  ].join("\n");
}
