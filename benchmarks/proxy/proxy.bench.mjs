import { requests } from "./requests.mjs";
import { upload } from "./upload.mjs";

const proxy = "countersign proxy";
const pipe = "undici pipe without signatures";
const direct = "direct";

const through = (inFlight, take, kinds) =>
  Object.fromEntries(kinds.map(([name, kind]) => [name, () => requests(kind, inFlight, take)]));

const all = [
  [direct, "direct"],
  [pipe, "pipe"],
  [proxy, "proxy"],
];

export const suite = {
  name: "proxy",
  readme: "packages/proxy/README.md",
  cases: {
    "median time per request, 1 in flight": {
      baseline: pipe,
      variants: through(1, "p50", all),
      must: [{ variant: proxy, against: pipe, max: 2 }],
    },
    "99th percentile, 16 in flight": {
      baseline: pipe,
      variants: through(16, "p99", all),
      must: [{ variant: proxy, against: pipe, max: 2 }],
    },
    "CPU of the door per request, 16 in flight": {
      baseline: pipe,
      variants: through(16, "cpu", all.slice(1)),
      must: [{ variant: proxy, against: pipe, max: 2 }],
    },
    "an upload of 1 GiB": {
      baseline: pipe,
      variants: { [pipe]: () => upload("pipe"), [proxy]: () => upload("proxy") },
      must: [{ variant: proxy, against: pipe, max: 1.25 }],
    },
  },
};
