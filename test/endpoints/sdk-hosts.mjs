// Prints what the SDK's own endpoint rule sets answer to the questions on standard input, as JSON. A process of its
// own: within the test runner, whose export conditions differ from Node's, the SDK's packages do not load.
import { ECRClient } from "@aws-sdk/client-ecr";
import { SageMakerClient } from "@aws-sdk/client-sagemaker";
import { SageMakerRuntimeClient } from "@aws-sdk/client-sagemaker-runtime";
import { STSClient } from "@aws-sdk/client-sts";
import { readFileSync } from "node:fs";

const clients = {
  sagemaker: SageMakerClient,
  "sagemaker-runtime": SageMakerRuntimeClient,
  sts: STSClient,
  ecr: ECRClient,
};

const answers = JSON.parse(readFileSync(0, "utf8")).map(({ service, ...parameters }) => {
  const { config } = new clients[service]({ region: "us-east-1" });
  try {
    const { url, properties } = config.endpointProvider(parameters);
    return { url: url.href, signingRegion: properties?.authSchemes?.[0]?.signingRegion };
  } catch (error) {
    return { error: error.message };
  }
});
process.stdout.write(JSON.stringify(answers));
