import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type Aws, type AwsUrls, startAws } from "@countersign/testing";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

type Calls = Readonly<Record<string, Readonly<Record<string, object>>>>;

const account = "123456789012";
const worker = `arn:aws:iam::${account}:role/worker`;
const saml = `arn:aws:iam::${account}:saml-provider/idp`;
const FlowDefinitionArn = `arn:aws:sagemaker:us-east-1:${account}:flow-definition/flow`;
const device = { DeviceName: "camera", DeviceFleetName: "fleet" };
const [FeatureGroupName, id] = ["group", "1"];
const Record = [
  { FeatureName: "id", ValueAsString: id },
  { FeatureName: "at", ValueAsString: "2026-01-01T00:00:00Z" },
];

/** A valid input for every operation of the services beside the control plane, in an order in which each succeeds. */
const calls = (aws: Aws): Calls => ({
  "sagemaker-runtime": {
    InvokeEndpoint: { EndpointName: "e", Body: "x" },
    InvokeEndpointAsync: { EndpointName: "e", InputLocation: "s3://bucket/key" },
    InvokeEndpointWithResponseStream: { EndpointName: "e", Body: "x" },
  },
  "sagemaker-featurestore-runtime": {
    PutRecord: { FeatureGroupName, Record },
    GetRecord: { FeatureGroupName, RecordIdentifierValueAsString: id },
    ListRecords: { FeatureGroupName },
    BatchGetRecord: { Identifiers: [{ FeatureGroupName, RecordIdentifiersValueAsString: [id] }] },
    BatchWriteRecord: { Entries: [{ FeatureGroupName, Record }] },
    DeleteRecord: { FeatureGroupName, RecordIdentifierValueAsString: id, EventTime: "2026-01-02T00:00:00Z" },
  },
  "sagemaker-metrics": {
    BatchPutMetrics: {
      TrialComponentName: "component",
      MetricData: [{ MetricName: "loss", Timestamp: 1_760_000_000, Value: 0.5 }],
    },
    BatchGetMetrics: {
      MetricQueries: [
        {
          MetricName: "loss",
          ResourceArn: `arn:aws:sagemaker:us-east-1:${account}:experiment-trial-component/component`,
          MetricStat: "Avg",
          Period: "FiveMinute",
          XAxisType: "Timestamp",
        },
      ],
    },
  },
  "sagemaker-edge": {
    GetDeployments: device,
    GetDeviceRegistration: device,
    SendHeartbeat: { ...device, AgentVersion: "1.0" },
  },
  "sagemaker-a2i-runtime": {
    StartHumanLoop: { HumanLoopName: "loop", FlowDefinitionArn, HumanLoopInput: { InputContent: "{}" } },
    DescribeHumanLoop: { HumanLoopName: "loop" },
    ListHumanLoops: { FlowDefinitionArn },
    StopHumanLoop: { HumanLoopName: "loop" },
    DeleteHumanLoop: { HumanLoopName: "loop" },
  },
  sts: {
    AssumeRole: { RoleArn: worker, RoleSessionName: "test" },
    AssumeRoleWithSAML: { RoleArn: worker, PrincipalArn: saml, SAMLAssertion: "PHNhbWw+" },
    AssumeRoleWithWebIdentity: {
      RoleArn: worker,
      RoleSessionName: "test",
      WebIdentityToken: aws.issuer.token({ subject: "me" }),
    },
    AssumeRoot: {
      TargetPrincipal: "210987654321",
      TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/IAMAuditRootUserCredentials" },
    },
    GetAccessKeyInfo: { AccessKeyId: aws.user.accessKeyId },
    GetCallerIdentity: {},
    GetFederationToken: { Name: "someone" },
    GetSessionToken: {},
    GetWebIdentityToken: { Audience: ["https://example.com"], SigningAlgorithm: "ES384" },
  },
  ecr: {
    DescribeImages: { repositoryName: "team/model" },
    DescribeImageScanFindings: { repositoryName: "team/model", imageId: { imageTag: "v1" } },
    StartImageScan: { repositoryName: "team/model", imageId: { imageTag: "v1" } },
  },
  ec2: { DescribeSubnets: {} },
});

/** The services that are served whole. Of the others the README lists the operations. */
const whole = [
  "sagemaker-runtime",
  "sagemaker-featurestore-runtime",
  "sagemaker-metrics",
  "sagemaker-edge",
  "sagemaker-a2i-runtime",
];
const urlOf = (url: AwsUrls, service: string): string =>
  ({ sts: url.sts, ecr: url.ecr, ec2: url.ec2, "sagemaker-runtime": url.runtime })[service] ?? url.all;

interface Told {
  readonly service: string;
  readonly operation: string;
  readonly known: boolean;
  readonly missing?: readonly string[];
  readonly error?: string | null;
  readonly unserved?: boolean;
}

const botocore = spawnSync("python3", ["-c", "import botocore; print(botocore.__version__)"], { encoding: "utf8" });
const version = botocore.stdout.trim() || "which is not installed";

describe.runIf(botocore.status === 0)(`botocore ${version}`, () => {
  let aws: Aws;
  let told: readonly Told[];
  const directory = mkdtempSync(path.join(tmpdir(), "every-service-"));
  beforeAll(async () => {
    aws = await startAws({
      accounts: [account, "210987654321"],
      roles: [
        {
          arn: worker,
          trustPolicy: {
            Statement: [
              { Effect: "Allow", Principal: { AWS: account }, Action: "sts:AssumeRole" },
              {
                Effect: "Allow",
                Principal: { Federated: "*" },
                Action: ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
              },
            ],
          },
        },
      ],
      samlProviders: [
        {
          arn: saml,
          verify: () => ({ subject: "me", issuer: "idp", sessionName: "me", roles: [worker] }),
        },
      ],
      images: [{ repository: "team/model", tags: ["v1"], findings: [] }],
      resources: [
        {
          kind: "FeatureGroup",
          members: {
            FeatureGroupName,
            RecordIdentifierFeatureName: "id",
            EventTimeFeatureName: "at",
            FeatureDefinitions: [{ FeatureName: "id" }, { FeatureName: "at" }],
          },
        },
        { kind: "TrialComponent", members: { TrialComponentName: "component" } },
        { kind: "DeviceFleet", members: { DeviceFleetName: "fleet" } },
        { kind: "Device", members: device },
      ],
    });
    const ca = path.join(directory, "ca.pem");
    writeFileSync(ca, aws.ca);
    const list = Object.entries(calls(aws)).flatMap(([service, operations]) =>
      Object.entries(operations).map(([operation, input]) => ({
        service,
        url: urlOf(aws.url, service),
        operation,
        input,
      })),
    );
    const key = [aws.user.accessKeyId, aws.user.secretAccessKey];
    told = await python(JSON.stringify({ region: aws.region, ca, key, calls: list }));
  }, 60_000);
  afterAll(async () => {
    await aws.close();
    rmSync(directory, { recursive: true });
  });

  it("reads the answer of every operation, with all required members", () => {
    const called = told.filter(({ known, unserved }) => known && unserved !== true);
    expect(called.length).toBeGreaterThan(25);
    expect(called.filter(({ error, missing = [] }) => error !== null || missing.length > 0)).toEqual([]);
  });

  it.each(whole)("has no operation of %s that is not called here", (service) => {
    expect(told.filter((each) => each.service === service && each.unserved === true)).toEqual([]);
  });
});

/** The local AWS is in this process, so this process must not wait. */
async function python(input: string): Promise<readonly Told[]> {
  const script = fileURLToPath(new URL("call_with_botocore.py", import.meta.url));
  const child = spawn("python3", [script], { stdio: ["pipe", "pipe", "inherit"] });
  child.stdin.end(input);
  let output = "";
  for await (const chunk of child.stdout) output += String(chunk);
  return output
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Told);
}
