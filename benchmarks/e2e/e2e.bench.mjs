import { duration } from "../lib/report.mjs";
import { clients } from "./clients.mjs";
import { body } from "./fixture.mjs";
import { cold } from "./cold.mjs";
import { load } from "./load.mjs";

const variants = (inFlight, take) =>
  Object.fromEntries(Object.keys(clients).map((name) => [name, () => load(name, inFlight, take)]));

const ours = "countersign";
const sdk = "AWS SDK v3";
const floor = "undici.request, unsigned";
const coldStart = "cold start: import, and the first request signed";

export const suite = {
  name: "e2e",
  readme: "packages/sagemaker/README.md",
  summary,
  cases: {
    "CPU per request, 16 in flight": {
      baseline: floor,
      variants: variants(16, "cpu"),
      must: [
        { variant: ours, against: sdk, min: 3.5 },
        { variant: ours, against: floor, max: 1.08 },
      ],
    },
    "time per request, 16 in flight": {
      baseline: floor,
      variants: variants(16, "wall"),
      must: [{ variant: ours, against: sdk, min: 3.5 }],
    },
    "time per request, 1 in flight": { baseline: floor, variants: variants(1, "wall") },
    "time per request, 64 in flight": { baseline: floor, variants: variants(64, "wall") },
    "99th percentile, 16 in flight": { baseline: floor, variants: variants(16, "p99") },
    [coldStart]: {
      baseline: ours,
      variants: { [ours]: () => cold("ours"), [sdk]: () => cold("sdk") },
      must: [{ variant: ours, against: sdk, min: 4 }],
    },
  },
};

/** One table: a row for each client, a column for each case. */
function summary(results) {
  const [[version, cases]] = Object.entries(results.runtimes);
  const names = Object.keys(cases);
  const cell = (name, variant) => {
    const found = cases[name].variants[variant];
    return found === undefined ? "" : `${duration(found.ns)} (${found.ratio.toFixed(2)})`;
  };
  const lines = [
    `| | ${names.map((name) => name.replace(/:.*/, "")).join(" | ")} |`,
    `| --- |${" ---: |".repeat(names.length)}`,
    ...Object.keys(clients).map(
      (variant) => `| ${variant} | ${names.map((name) => cell(name, variant)).join(" | ")} |`,
    ),
  ];
  const missed = names.flatMap((name) =>
    cases[name].must.filter(({ holds }) => !holds).map((bound) => ({ name, ...bound })),
  );
  const { cpu, cores, load: loads } = results.machine;
  return [
    ...lines,
    "",
    `In parentheses the ratio to ${floor}, on a cold start to ${ours}. A body of ${body.length} bytes over local TLS 1.3,`,
    `the server in a process of its own. ${version}, ${results.date.slice(0, 10)}, ${cpu}, ${cores} cores with a load of ${loads[0]},`,
    `median of ${results.rounds} fresh processes each.`,
    ...missed.map(
      ({ name, variant, against, max, min, measured }) =>
        `Not held: ${name}, ${variant} against ${against} ${max === undefined ? `≥ ${min}` : `≤ ${max}`} (${measured.toFixed(2)}).`,
    ),
  ].join("\n");
}
