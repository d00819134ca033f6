import { clients } from "./clients.mjs";
import { cold } from "./cold.mjs";
import { load } from "./load.mjs";

const variants = (inFlight, take) =>
  Object.fromEntries(Object.keys(clients).map((name) => [name, () => load(name, inFlight, take)]));

const ours = "countersign";
const sdk = "AWS SDK v3";
const floor = "undici.request, unsigned";

export const suite = {
  name: "e2e",
  readme: "packages/sagemaker/README.md",
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
    "cold start: import, and the first request signed": {
      baseline: ours,
      variants: { [ours]: () => cold("ours"), [sdk]: () => cold("sdk") },
      must: [{ variant: ours, against: sdk, min: 4 }],
    },
  },
};
