import { createClock } from "@countersign/signer";
import { createGuard, grypeReport, imageGate, trivyReport } from "@countersign/guard";
import { judgeTemplate, readTemplate } from "@countersign/guard/iac";
import { readSubnets } from "../../../packages/guard/src/facts/subnets-answer.ts";
import { readBasicFinding, readInspectorFinding } from "../../../packages/guard/src/images/ecr-finding.ts";
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

const template = `Resources:
  Job:
    Type: AWS::SageMaker::NotebookInstance
    Properties: &shared
      RootAccess: !If [Open, Enabled, Disabled]
      SubnetId: !Ref Subnet
      Tags: [{ Key: a, Value: "b" }]
  Machine:
    Type: AWS::StepFunctions::StateMachine
    Properties:
      DefinitionString: !Sub |
        {"StartAt":"a","States":{"a":{"Resource":"\${Task}"}}}
`;
const plan = {
  format_version: "1.2",
  planned_values: {
    root_module: {
      resources: [
        {
          address: "a.b",
          mode: "managed",
          type: "aws_sagemaker_notebook_instance",
          values: { root_access: "Enabled", name: "n" },
        },
      ],
    },
  },
  resource_changes: [
    {
      address: "a.b",
      type: "aws_sagemaker_notebook_instance",
      change: { actions: ["create"], after_unknown: { subnet_id: true } },
    },
  ],
};
const trail = {
  Records: [
    {
      eventSource: "sagemaker.amazonaws.com",
      eventName: "CreateNotebookInstance",
      requestParameters: { rootAccess: "Enabled" },
    },
  ],
};

export const guardDoors: readonly Door[] = [
  {
    name: "guard: a file that is judged",
    seeds: [
      template,
      JSON.stringify({ Resources: { N: { Type: "AWS::SageMaker::NotebookInstance", Properties: notebook } } }),
      JSON.stringify(plan),
      JSON.stringify(trail),
      JSON.stringify({ action: "CreateTrainingJob", input: training }),
    ],
    words: [
      "&a ",
      "*a",
      "!Sub ",
      "!GetAtt ",
      "<<: *shared\n",
      "? ",
      "- - ",
      "---\n",
      "Fn::Transform",
      "!!binary ",
      "null",
    ],
    read: (input) => judgeTemplate(guard, readTemplate(input)),
  },
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
  {
    name: "guard: the subnets that EC2 answers",
    seeds: [
      "<DescribeSubnetsResponse><subnetSet><item><subnetId>subnet-0a</subnetId><availabilityZone>eu-west-1a</availabilityZone><availableIpAddressCount>5</availableIpAddressCount></item></subnetSet></DescribeSubnetsResponse>",
    ],
    words: ["<subnetId>", "</subnetId>", "<availabilityZone>", "__proto__", "<!--"],
    read(input) {
      const subnets = readSubnets(input);
      if (Object.values(subnets).some(({ zone }) => zone.includes("<"))) throw new Error("a zone of markup");
    },
  },
  {
    name: "guard: a finding of ECR",
    seeds: [
      '{"name":"CVE-2026-1","severity":"HIGH","attributes":[{"key":"package_name","value":"openssl"}]}',
      '{"packageVulnerabilityDetails":{"vulnerabilityId":"CVE-2026-1","vulnerablePackages":[{"name":"a","fixedInVersion":"2"}]},"severity":"CRITICAL","status":"ACTIVE","fixAvailable":"YES"}',
    ],
    words: ["null", '"severity":', '"status":"CLOSED"', "[]", '"__proto__":'],
    read(input) {
      let finding: unknown;
      try {
        finding = JSON.parse(input);
      } catch {
        return;
      }
      readBasicFinding(finding);
      readInspectorFinding(finding);
    },
  },
];
