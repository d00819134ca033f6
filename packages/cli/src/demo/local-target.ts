import { createClock } from "@countersign/signer";
import { startAws } from "@countersign/testing";
import type { DemoTarget } from "./target.ts";

const ENDPOINT = "recommender";
const ROLE = "arn:aws:iam::123456789012:role/inference";

/** An AWS on this machine, with a role, an endpoint, and one server without forward secrecy. */
export async function localTarget(): Promise<DemoTarget> {
  const aws = await startAws({
    clock: createClock(),
    roles: [ROLE],
    endpoints: {
      [ENDPOINT]: {
        body: { predictions: [0.93] },
        parts: ["A signed", " answer,", " part", " by", " part."],
      },
    },
    tls: { ecr: "static-rsa" },
  });
  return {
    name: "local",
    region: aws.region,
    ca: aws.ca,
    source: () => aws.user,
    roleArn: ROLE,
    endpointName: ENDPOINT,
    sts: { url: aws.url.sts },
    sagemaker: { "sagemaker-runtime": { url: aws.url.runtime }, sagemaker: { url: aws.url.sagemaker } },
    weakOrigin: aws.url.ecr,
    close: () => aws.close(),
  };
}
