import { duration } from "../lib/report.mjs";
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

const all = Object.keys(clients);
const variants = (inFlight, take, names = all) =>
  Object.fromEntries(names.map((name) => [name, () => load(name, inFlight, take)]));

export const suite = {
  name: "e2e",
  readme: "packages/sagemaker/README.md",
  runtimes: ["node", "n22", "n24", "n26"],
  summary,
  cases: {
    "CPU per request, 16 in flight": {
      baseline: undici,
      variants: variants(16, "cpu"),
      must: [
        { variant: ours, against: undici, max: 1.05 },
        { variant: ours, against: pool, max: 1.15 },
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
      ],
    },
    "99th percentile, 16 in flight": {
      baseline: undici,
      variants: variants(16, "p99", [ours, sdk, undici, pool]),
      must: [{ variant: ours, against: undici, max: 1.1 }],
    },
    "time per request, 1 in flight": { baseline: undici, variants: variants(1, "wall", [ours, sdk, undici, pool]) },
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

/** For each case a table with a row for each client and a column for each Node: the ratio to the baseline. */
function summary(results) {
  const versions = Object.keys(results.runtimes);
  const [first] = Object.values(results.runtimes);
  const tables = Object.entries(first).flatMap(([name, { baseline, variants: measured }]) => [
    `**${name}**, as a multiple of ${baseline}:`,
    "",
    `| | ${versions.join(" | ")} | time on ${versions[0]} | spread |`,
    `| --- |${" ---: |".repeat(versions.length + 2)}`,
    ...Object.entries(measured).map(([variant, { ns, spread }]) => {
      const ratios = versions.map((version) => results.runtimes[version][name].variants[variant].ratio.toFixed(2));
      return `| ${variant} | ${ratios.join(" | ")} | ${duration(ns)} | ±${(spread * 100).toFixed(0)} % |`;
    }),
    "",
  ]);
  const missed = versions.flatMap((version) =>
    Object.entries(results.runtimes[version]).flatMap(([name, { must }]) =>
      must
        .filter(({ holds }) => !holds)
        .map(
          ({ variant, against, max, measured }) =>
            `- ${name}, ${version}: ${variant} takes ${measured.toFixed(2)} of ${against}; the goal is ${max}.`,
        ),
    ),
  );
  const { cpu, cores, load: loads } = results.machine;
  return [
    ...tables,
    `A body of ${body.length} bytes over local TLS 1.3, the server in a process of its own. A cold start lasts from before the`,
    `first import to the end of the first answer, with everything loaded. ${results.date.slice(0, 10)}, ${cpu}, ${cores} cores,`,
    `load ${loads[0]}, median of ${results.rounds} fresh processes each.`,
    ...(missed.length === 0 ? [] : ["", "Goals that this run misses:", "", ...missed]),
  ].join("\n");
}
