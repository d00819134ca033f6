import { contest } from "./contest.mjs";
import { summary } from "./summary.mjs";
import { uploads } from "./upload.mjs";

const proxy = "countersign proxy";
const pipe = "undici pipe without signatures";

const doors = [
  [pipe, "pipe"],
  [proxy, "proxy"],
];
const all = [["direct", "direct"], ...doors];

export const suite = {
  name: "proxy",
  readme: "packages/proxy/README.md",
  summary,
  cases: {
    "median time per request, 1 in flight": {
      baseline: pipe,
      processes: "one",
      variants: contest(all, 1, 100, "p50"),
      must: [{ variant: proxy, of: "added", most: 300_000, says: "ns above the pipe (at most 300,000)" }],
    },
    "99th percentile, 16 in flight": {
      baseline: pipe,
      processes: "one",
      variants: contest(all, 16, 400, "p99"),
      must: [{ variant: proxy, against: pipe, max: 2 }],
    },
    "CPU of the door per request, 16 in flight": {
      baseline: pipe,
      processes: "one",
      variants: contest(doors, 16, 400, "cpu"),
      must: [
        { variant: proxy, against: pipe, max: 2 },
        { variant: proxy, most: 200_000, says: "ns (at most 200,000: 5,000 requests a second a core)" },
      ],
    },
    "an upload of 1 GiB that is not signed": {
      baseline: pipe,
      processes: "one",
      variants: uploads(doors, false),
      must: [{ variant: proxy, against: pipe, max: 1.25 }],
    },
    "an upload of 1 GiB whose hash is signed": {
      baseline: pipe,
      processes: "one",
      variants: uploads(doors, true),
      must: [{ variant: proxy, against: pipe, max: 1.25 }],
    },
  },
};
