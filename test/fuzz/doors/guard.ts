import { createClock } from "@countersign/signer";
import { createGuard, grypeReport, imageGate, trivyReport } from "@countersign/guard";
import { grype, image, now, trivy } from "../../../packages/guard/test/images/reports.ts";
import type { Door } from "../door.ts";

const encoder = new TextEncoder();
const training = {
  TrainingJobName: "churn",
  RoleArn: "arn:aws:iam::111122223333:role/training",
  AlgorithmSpecification: { TrainingImage: image, TrainingInputMode: "File" },
  EnableNetworkIsolation: true,
  EnableInterContainerTrafficEncryption: true,
  OutputDataConfig: { S3OutputPath: "s3://b/o", KmsKeyId: "k" },
  ResourceConfig: { InstanceType: "ml.m5.large", InstanceCount: 1, VolumeSizeInGB: 5, VolumeKmsKeyId: "k" },
  VpcConfig: { SecurityGroupIds: ["sg-1"], Subnets: ["subnet-1"] },
  StoppingCondition: { MaxRuntimeInSeconds: 60 },
};
const notebook = {
  NotebookInstanceName: "n",
  RootAccess: "Disabled",
  DirectInternetAccess: "Disabled",
  InstanceType: "ml.t3.medium",
  RoleArn: "r",
  SubnetId: "subnet-1",
};
const guard = createGuard({ posture: "locked" });

export const guardDoors: readonly Door[] = [
  {
    name: "guard: a request",
    seeds: [
      `CreateTrainingJob ${JSON.stringify(training)}`,
      `CreateNotebookInstance ${JSON.stringify(notebook)}`,
      `CreatePipeline ${JSON.stringify({ PipelineName: "p", PipelineDefinition: JSON.stringify({ Version: "2020-12-01", Steps: [{ Name: "t", Type: "Training", Arguments: training }] }) })}`,
    ],
    words: [
      "null",
      "true",
      "[]",
      "{}",
      '"VpcConfig":',
      '"__proto__":{"EnableNetworkIsolation":true},',
      '"PipelineDefinition":',
    ],
    async read(input) {
      const [action = "", text = ""] = input.split(/ ([^]*)/u);
      let request: unknown;
      try {
        request = JSON.parse(text);
      } catch {
        return;
      }
      await guard.review(action, request);
    },
  },
  {
    name: "guard: a body on its way",
    seeds: [JSON.stringify(training)],
    words: ["null", '"VpcConfig":'],
    read: (input) =>
      guard.enforceRequest({
        method: "POST",
        url: "https://api.sagemaker.eu-west-1.amazonaws.com/",
        headers: { "x-amz-target": "SageMaker.CreateTrainingJob", "content-type": "application/x-amz-json-1.1" },
        body: input,
      }),
  },
  ...(
    [
      ["Trivy", trivyReport, trivy],
      ["Grype", grypeReport, grype],
    ] as const
  ).map(([scanner, read, report]) => ({
    name: `guard: a report of ${scanner}`,
    seeds: [JSON.stringify(report)],
    words: ["null", '"Severity":"CRITICAL"', '"Vulnerabilities":null', '"matches":[]', '"Results":'],
    read: (input: string) =>
      imageGate({ source: read(encoder.encode(input)), clock: createClock({ wall: () => now }) }).judge(image),
  })),
];
