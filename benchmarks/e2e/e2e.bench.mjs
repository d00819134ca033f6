import { duration } from "../lib/report.mjs";
import { median, spread } from "../lib/statistics.mjs";
import { clients } from "./clients.mjs";
import { body } from "./fixture.mjs";
import { cold } from "./cold.mjs";
import { load } from "./load.mjs";

const ours = "countersign";
const endpoints = "countersign, 500 endpoints in turn";
const role = "countersign, a broker's role";
const sdk = "AWS SDK v3";
const undici = "undici.request, unsigned";
const pool = "undici Pool.request, unsigned";
const bareHttps = "node:https and aws4";

const variants = (inFlight, take, names) =>
  Object.fromEntries(names.map((name) => [name, () => load(name, inFlight, take)]));

export const suite = {
  name: "e2e",
  readme: "packages/sagemaker/README.md",
  runtimes: ["node", "n22", "n24", "n26"],
  summary,
  missed,
  cases: {
    "CPU per request, 16 in flight": {
      baseline: undici,
      variants: variants(16, "cpu", Object.keys(clients)),
      must: [
        { variant: ours, against: undici, max: 1.05 },
        { variant: ours, against: pool, max: 1.15 },
        { variant: ours, against: undici, max: 1.1, of: "p99" },
        { variant: endpoints, against: ours, max: 1.1 },
        { variant: role, against: ours, max: 1.03 },
      ],
    },
    "CPU per request, 64 in flight": {
      baseline: undici,
      variants: variants(64, "cpu", [ours, undici, pool]),
      must: [
        { variant: ours, against: undici, max: 1.05 },
        { variant: ours, against: pool, max: 1.15 },
        { variant: ours, against: undici, max: 1.1, of: "p99" },
      ],
    },
    "time per request, 1 in flight": { baseline: undici, variants: variants(1, "wall", [ours, sdk, undici]) },
    "cold start": {
      baseline: sdk,
      variants: Object.fromEntries([ours, sdk, bareHttps].map((name) => [name, () => cold(name)])),
      must: [
        { variant: ours, against: sdk, max: 0.5 },
        { variant: ours, against: bareHttps, max: 1.15 },
      ],
    },
  },
};

/** The tables of a case: what it measures, and for loads the 99th percentile too. */
const tables = (name) =>
  name.startsWith("CPU")
    ? [
        [name, "ns"],
        [name.replace("CPU per request", "99th percentile"), "p99"],
      ]
    : [[name, "ns"]];

/** Tables with a row for each client and a column for each Node: the ratio to the baseline. */
function summary(results) {
  const versions = Object.keys(results.runtimes);
  const [first] = Object.values(results.runtimes);
  const rows = (name, of) =>
    Object.keys(first[name].variants).map((variant) => {
      const ratios = versions.map((version) => {
        const { baseline, variants: measured } = results.runtimes[version][name];
        return median(measured[variant].raw.map((result, round) => result[of] / measured[baseline].raw[round][of]));
      });
      const values = first[name].variants[variant].raw.map((result) => result[of]);
      const columns = [...ratios.map((ratio) => ratio.toFixed(2)), duration(median(values))];
      return `| ${variant} | ${columns.join(" | ")} | ±${(spread(values) * 100).toFixed(0)} % |`;
    });
  const { cpu, cores, load: loads } = results.machine;
  const goals = boundsOf(results);
  return [
    ...Object.entries(first).flatMap(([name, { baseline }]) =>
      tables(name).flatMap(([title, of]) => [
        `**${title}**, as a multiple of ${baseline}:`,
        "",
        `| | ${versions.join(" | ")} | time on ${versions[0]} | spread |`,
        `| --- |${" ---: |".repeat(versions.length + 2)}`,
        ...rows(name, of),
        "",
      ]),
    ),
    `A body of ${body.length} bytes over local TLS 1.3, the server in a process of its own. The undici clients send a signature that`,
    "was made before: what they leave out is signing, retries and the judgement of each handshake. A cold start lasts from before the",
    `first import to the end of the first answer, with everything loaded. ${results.date.slice(0, 10)}, ${cpu}, ${cores} cores,`,
    `load ${loads[0]}, median of ${results.rounds} fresh processes each.`,
    "",
    `Of ${goals.length} goals this run misses ${goals.filter(({ holds }) => !holds).length}. [The benchmarks](../../benchmarks/README.md#goals-that-the-last-run-misses) list them, with a profile.`,
  ].join("\n");
}

const boundsOf = (results) =>
  Object.entries(results.runtimes).flatMap(([version, cases]) =>
    Object.entries(cases).flatMap(([name, { must }]) => must.map((bound) => ({ ...bound, version, name }))),
  );

/** The goals that a run misses, a line each. */
function missed(results) {
  const lines = boundsOf(results)
    .filter(({ holds }) => !holds)
    .map(({ version, name, variant, against, max, measured, of = "ns" }) => {
      const [title] = tables(name).find(([, what]) => what === of);
      return `- ${title}, ${version}: ${variant} takes ${measured.toFixed(2)} of ${against}; the goal is ${max}.`;
    });
  return lines.length === 0 ? "None." : lines.join("\n");
}
