import { createGuard, readCall } from "@countersign/guard";
import { pipelinesOf, reportFor } from "./limits.mjs";
import { body, broken, facts, network, training } from "./fixture.mjs";

/** What every reader of the request pays anyway. */
const parse = () => ({ run: () => JSON.parse(body) });

function check(posture, input = training, findings = 0) {
  const guard = createGuard({ posture, network });
  const run = () => guard.check("CreateTrainingJob", input, facts);
  if (run().length !== findings) throw new Error(`${posture} finds ${run().length} instead of ${findings}`);
  return { run };
}

function read() {
  const request = {
    method: "POST",
    url: "https://api.sagemaker.eu-west-1.amazonaws.com/",
    headers: { "x-amz-target": "SageMaker.CreateTrainingJob", "content-type": "application/x-amz-json-1.1" },
    body,
  };
  if (readCall(request)?.action !== "CreateTrainingJob") throw new Error("the request is not read");
  return { run: () => readCall(request) };
}

export const suite = {
  name: "guard",
  readme: "packages/guard/README.md",
  cases: {
    "CreateTrainingJob, 1.1 kB": {
      baseline: "JSON.parse",
      variants: {
        "JSON.parse": parse,
        "check, baseline": () => check("baseline"),
        "check, private": () => check("private"),
        "check, locked": () => check("locked"),
        "check, private, one finding": () => check("private", broken, 1),
        readCall: read,
      },
      must: [{ variant: "check, locked", against: "JSON.parse", max: 2.5 }],
    },
    "report of Trivy, 51 MB": {
      baseline: "1 image",
      variants: { "1 image": () => reportFor(1), "40 images": () => reportFor(40) },
      must: [{ variant: "40 images", against: "1 image", max: 1.3 }],
    },
    "pipelines, 4,000 steps in all": {
      baseline: "100 steps each",
      variants: {
        "100 steps each": () => pipelinesOf(100, training),
        "4,000 steps": () => pipelinesOf(4_000, training),
      },
      must: [{ variant: "4,000 steps", against: "100 steps each", max: 1.3 }],
    },
  },
};
