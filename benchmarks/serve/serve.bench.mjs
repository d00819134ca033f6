import { median } from "../lib/statistics.mjs";
import { coldKeys } from "./cold-keys.mjs";
import { coldUsers, memoryOverVends, vends } from "./variants.mjs";

const ours = "countersign serve";
const bare = "hono and jose";
const both = (make) => ({ [bare]: make(bare), [ours]: make(ours) });

const load = "CPU time of a vend, sessions cached, 16 in flight";
const four = "CPU time of a vend, four processes, 64 in flight";
const memory = "memory over many vends";
const users = "1,000 users of one grant at once, from cold";
const keys = "CPU time of a cold key, all asked for at once";

/** What `countersign serve` costs beside an application that a team would write, both as processes at a local AWS. */
export const suite = {
  name: "serve",
  readme: "docs/broker-guide.md",
  summary,
  cases: {
    [load]: {
      baseline: bare,
      variants: both((kind) => vends(kind)),
      must: [{ variant: ours, against: bare, max: 1.4 }],
    },
    [four]: { baseline: ours, variants: { [ours]: vends(ours, 4) } },
    [memory]: {
      baseline: bare,
      variants: both(memoryOverVends),
      must: [{ variant: ours, of: "growth", most: 1.1 }],
    },
    [users]: {
      baseline: bare,
      variants: both((kind) => coldUsers(kind, 1000)),
      must: [{ variant: ours, of: "seconds", most: 5 }],
    },
    [keys]: {
      baseline: "5,000 keys",
      // A minute and a half.
      rounds: 1,
      variants: { "5,000 keys": coldKeys(5000), "100,000 keys": coldKeys(100_000) },
      must: [{ variant: "100,000 keys", against: "5,000 keys", max: 1.5 }],
    },
  },
};

/** The capacity table of the guide. */
function summary(results) {
  const [cases] = Object.values(results.runtimes);
  const of = (name, variant, field) => median(cases[name].variants[variant].raw.map((one) => one[field]));
  const row = (label, name, field, show, single = bare) => {
    const cells = [single && of(name, single, field), of(name, ours, field), name === load && of(four, ours, field)];
    return `| ${label} | ${cells.map((value) => (typeof value === "number" ? show(value) : "")).join(" | ")} |`;
  };
  const seconds = (value) => `${value.toFixed(1)} s`;
  const milliseconds = (ns) => `${(ns / 1e6).toFixed(1)} ms`;
  const microseconds = (ns) => `${(ns / 1e3).toFixed(0)} µs`;
  const count = (value) => Math.round(value).toLocaleString("en");
  const mebibytes = (value) => `${value.toFixed(0)} MiB`;
  const ratio = (name) => cases[name].must[0].measured.toFixed(2);
  const vended = cases[memory].variants[ours].raw[0].vends;
  const { cpu, cores, load: average } = results.machine;
  return [
    `| | ${bare} | ${ours} | four processes of ${ours} |`,
    "| --- | ---: | ---: | ---: |",
    row("vends a second", load, "perSecond", count),
    row("CPU time of a vend", load, "ns", microseconds),
    row("time of a vend, median", load, "p50", milliseconds),
    row("time of a vend, 99th percentile", load, "p99", milliseconds),
    row("memory of all processes", load, "memoryMiB", mebibytes),
    row(`most memory during ${count(vended)} vends`, memory, "ns", mebibytes),
    row("1,000 users of one grant at once, from cold, until the last is served", users, "ns", milliseconds),
    row("CPU time of the server for that", users, "cpuNs", milliseconds),
    row("CPU time of server, local AWS and clients for that", users, "allCpuSeconds", seconds),
    "",
    "| | measured | claimed: at most |",
    "| --- | ---: | ---: |",
    `| CPU time of a vend, ÷ ${bare} | ${ratio(load)} | 1.4 |`,
    `| memory in the last third of ${count(vended)} vends, ÷ the middle third | ${ratio(memory)} | 1.1 |`,
    `| seconds until 1,000 cold users are served | ${ratio(users)} | 5 |`,
    `| CPU time of a cold key among 100,000, ÷ among 5,000 | ${ratio(keys)} | 1.5 |`,
    "",
    `${results.date.slice(0, 10)}, ${cpu}, ${cores} cores, load ${average[0]}, medians of ${results.rounds} processes each.`,
  ].join("\n");
}
