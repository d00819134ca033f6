import { hash } from "node:crypto";
import { createSigner, prepare } from "@countersign/signer";
import { aws4, aws4fetch, awsCrt, smithy, smithyPresign } from "./competitors.mjs";
import * as contestants from "./contestants.mjs";
import { bodies, clock, contentType, credentials, region, service, signatureOf, url, warm } from "./fixture.mjs";
import { floor } from "./floor.mjs";
import { atRate, wallClock } from "./low-rate.mjs";
import { heldBySigner } from "./memory.mjs";
import { summary } from "./summary.mjs";
import { urlsInTurn, workloads } from "./workloads.mjs";
import { median } from "../lib/statistics.mjs";

const signer = () => createSigner({ region, service, credentials, clock });
const headers = { "content-type": contentType };

function signSync(body) {
  const ours = signer();
  const sign = warm((body) => ours.signSync({ method: "POST", url, headers, body }));
  return { run: () => sign(body), output: () => signatureOf(sign(body).headers.authorization) };
}

function prepared(body) {
  const ours = prepare(signer(), { method: "POST", url, headers });
  const sign = warm((body) => ours.signSync(body));
  return { run: () => sign(body), output: () => signatureOf(sign(body).authorization) };
}

/**
 * What signing adds to the hash of a large body: both by turns in one process, because between two processes the hash
 * alone differs by more than that.
 */
function beyondHash(body) {
  const { run } = signSync(body);
  const timed = (call) => {
    const started = process.hrtime.bigint();
    call();
    return Number(process.hrtime.bigint() - started);
  };
  return {
    measure(budgetMs) {
      const added = [];
      const until = performance.now() + budgetMs * 1.4;
      while (performance.now() < until) added.push(timed(run) - timed(() => hash("sha256", body, "hex")));
      return { ns: median(added.slice(added.length >> 2)) };
    },
  };
}

function presign() {
  const ours = signer();
  const run = () => ours.presign({ method: "POST", url });
  return { run, output: async () => new URL((await run()).url).searchParams.get("X-Amz-Signature") };
}

/** The template's constant part is rebuilt when the second changes: every call here is the first of its second. */
function preparedColdSecond() {
  let now = clock.now();
  const ours = prepare(createSigner({ region, service, credentials, clock: { ...clock, now: () => now } }), {
    method: "POST",
    url,
    headers,
  });
  return {
    run() {
      now += 1000;
      return ours.signSync(bodies.small);
    },
  };
}

/** A contestant signs a workload, call after call. Before anything is timed, 50 calls must agree. */
function inTurn(sign) {
  let call = 0;
  for (; call < 20_000; call++) sign(call);
  return {
    run: () => sign(call++),
    output: () => Array.from({ length: 50 }, (_, index) => sign(index)).join(),
  };
}

const signsInTurn = (workload) => inTurn(contestants.signSync(workload));
const preparedInTurn = (workload, count) => inTurn(contestants.prepared(workload, { count }));
const aws4InTurn = async (workload) => inTurn(await contestants.aws4(workload));

/** What users do: a row for each workload, against aws4 by CPU. */
function rowsOf(name, workload, ours) {
  const variants = Object.keys(ours);
  return [
    name,
    {
      baseline: "aws4",
      processes: "one",
      variants: { ...ours, aws4: () => aws4InTurn(workload) },
      must: variants.map((variant) => ({ variant, against: "aws4", max: 0.5, of: "cpuNs" })),
    },
  ];
}

const alsoPrepared = /fixed|varies|two credentials/;
const rows = Object.entries(workloads).map(([name, workload]) =>
  rowsOf(name, workload, {
    "countersign signSync": () => signsInTurn(workload),
    ...(alsoPrepared.test(name) && { "countersign prepare": () => preparedInTurn(workload, 1) }),
  }),
);
const manyPrepared = [257, 1000].map((count) => {
  const workload = urlsInTurn(count);
  return rowsOf(`${count.toLocaleString("en")} prepared in turn`, workload, {
    "countersign prepare": () => preparedInTurn(workload, count),
  });
});

const [crypto, ourSign, ourPrepare] = ["three calls of node:crypto", "countersign signSync", "countersign prepare"];
const lowRates = [2, 20].map((perSecond) => {
  const workload = workloads["fixed request"];
  const clocked = { clock: wallClock };
  const allowed = { aws4: 0.5, [crypto]: 1.6 };
  return [
    `${perSecond} requests a second`,
    {
      baseline: "aws4",
      processes: "beside",
      variants: {
        [crypto]: () => {
          const bare = floor();
          return atRate(perSecond, () => bare.run());
        },
        [ourSign]: () => atRate(perSecond, contestants.signSync(workload, clocked)),
        [ourPrepare]: () => atRate(perSecond, contestants.prepared(workload, clocked)),
        aws4: async () => atRate(perSecond, await contestants.aws4(workload, clocked)),
      },
      must: [ourSign, ourPrepare].map((variant) => ({ variant, allowed, max: 1 })),
    },
  ];
});

const memory = [
  ["64 URLs", 100, 64, 40],
  ["5,000 URLs", 20, 5000, 400],
  ["20 URLs, 1,000 signers", 1000, 20, 40],
].map(([name, signers, urls, most]) => [
  `memory of a signer, ${name}`,
  {
    baseline: "countersign",
    variants: { countersign: () => heldBySigner(signers, urls) },
    must: [{ variant: "countersign", most }],
  },
]);

export const suite = {
  name: "sign",
  readme: "packages/signer/README.md",
  summary,
  runtimes: ["node", "n22", "n24", "n26"],
  cases: {
    ...Object.fromEntries([...rows, ...manyPrepared, ...lowRates, ...memory]),
    "360 B body": {
      baseline: "floor",
      processes: "one",
      variants: {
        floor: () => floor(),
        "countersign prepare": () => prepared(bodies.small),
        "countersign signSync": () => signSync(bodies.small),
        aws4: () => aws4(),
        "smithy, node:crypto": () => smithy("node:crypto"),
        "smithy, sha256-js": () => smithy("sha256-js"),
        "aws-crt": () => awsCrt(),
        aws4fetch: () => aws4fetch(),
      },
      must: [
        { variant: "countersign signSync", against: "floor", max: 1.5 },
        { variant: "countersign signSync", against: "aws4", min: 3 },
        { variant: "countersign signSync", against: "smithy, node:crypto", min: 5 },
        { variant: "countersign prepare", against: "floor", max: 0.85 },
        { variant: "countersign prepare", against: "aws4", min: 6 },
        { variant: "countersign prepare", against: "smithy, node:crypto", min: 12 },
      ],
    },
    "64 KiB body": {
      baseline: "crypto.hash",
      processes: "one",
      variants: {
        "crypto.hash": () => ({ run: () => hash("sha256", bodies.medium, "hex") }),
        "countersign signSync": () => signSync(bodies.medium),
        aws4: () => aws4(bodies.medium),
        "smithy, node:crypto": () => smithy("node:crypto", bodies.medium),
      },
    },
    "1 MiB body": {
      baseline: "crypto.hash",
      processes: "one",
      variants: {
        "crypto.hash": () => ({ run: () => hash("sha256", bodies.large, "hex") }),
        "countersign signSync": () => signSync(bodies.large),
        "countersign prepare": () => prepared(bodies.large),
        "what signSync adds": () => beyondHash(bodies.large),
        aws4: () => aws4(bodies.large),
      },
      must: [{ variant: "what signSync adds", against: "crypto.hash", max: 0.03 }],
    },
    "presigned URL": {
      baseline: "countersign presign",
      processes: "one",
      variants: { "countersign presign": presign, "smithy, node:crypto": () => smithyPresign() },
      must: [{ variant: "countersign presign", against: "smithy, node:crypto", min: 3 }],
    },
    "first call of a second": {
      baseline: "floor",
      processes: "one",
      variants: { floor: () => floor(), "countersign prepare": preparedColdSecond },
    },
  },
};
