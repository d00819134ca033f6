import { hash } from "node:crypto";
import { createSigner, prepare } from "@countersign/signer";
import { aws4, aws4fetch, awsCrt, smithy, smithyPresign } from "./competitors.mjs";
import { bodies, clock, contentType, credentials, region, service, signatureOf, url, warm } from "./fixture.mjs";
import { floor } from "./floor.mjs";
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

export const suite = {
  name: "sign",
  readme: "packages/signer/README.md",
  runtimes: ["node", "n22", "n24", "n26"],
  cases: {
    "360 B body": {
      baseline: "floor",
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
      variants: {
        "crypto.hash": () => ({ run: () => hash("sha256", bodies.medium, "hex") }),
        "countersign signSync": () => signSync(bodies.medium),
        aws4: () => aws4(bodies.medium),
        "smithy, node:crypto": () => smithy("node:crypto", bodies.medium),
      },
    },
    "1 MiB body": {
      baseline: "crypto.hash",
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
      variants: { "countersign presign": presign, "smithy, node:crypto": () => smithyPresign() },
      must: [{ variant: "countersign presign", against: "smithy, node:crypto", min: 3 }],
    },
    "first call of a second": {
      baseline: "floor",
      variants: { floor: () => floor(), "countersign prepare": preparedColdSecond },
    },
  },
};
