import { createBroker } from "@countersign/broker";
import { createSignedFetch } from "@countersign/fetch";
import { createGuard } from "@countersign/guard";
import { type Aws, startAws } from "@countersign/testing";
import { type Transport, createTransport } from "@countersign/transport";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const vpc = { Subnets: ["subnet-a"], SecurityGroupIds: ["sg-a"] };
const job = {
  TrainingJobName: "t",
  AlgorithmSpecification: {
    TrainingImage: "123456789012.dkr.ecr.us-east-1.amazonaws.com/churn:1",
    TrainingInputMode: "File",
  },
  RoleArn: "arn:aws:iam::123456789012:role/execution",
  OutputDataConfig: { S3OutputPath: "s3://ml-data/models" },
  ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 2, VolumeSizeInGB: 10 },
  StoppingCondition: { MaxRuntimeInSeconds: 3_600 },
  EnableNetworkIsolation: true,
  EnableInterContainerTrafficEncryption: true,
  VpcConfig: vpc,
};

let aws: Aws;
let transport: Transport;

beforeAll(async () => {
  aws = await startAws({ roles: ["arn:aws:iam::123456789012:role/scientist"] });
  transport = createTransport({ ca: aws.ca });
});

afterAll(async () => {
  await transport.close();
  await aws.close();
});

describe("temporary credentials with the guard's session policy", () => {
  it("cannot break the posture, whatever signs with them", async () => {
    const guard = createGuard({ posture: "private", network: { subnets: ["subnet-a"], securityGroupIds: ["sg-a"] } });
    const broker = createBroker({
      region: aws.region,
      credentials: aws.user,
      endpoint: { url: aws.url.sts },
      transport,
      clock: aws.clock,
    });
    const role = broker.role({
      roleArn: aws.role("scientist").arn,
      policy: guard.toSessionPolicy({
        actions: ["sagemaker:CreateTrainingJob", "sagemaker:DescribeTrainingJob"],
        resources: ["arn:aws:sagemaker:us-east-1:123456789012:training-job/*"],
      }),
    });
    const url = new URL(aws.url.sagemaker);
    // No guard in front of this one: what refuses is AWS.
    const signed = createSignedFetch({
      region: aws.region,
      service: "sagemaker",
      credentials: role,
      allowedHosts: [url.host],
      fetch: transport.fetch,
      clock: aws.clock,
    });
    const ask = async (operation: string, input: object): Promise<string> => {
      const response = await signed(url, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `SageMaker.${operation}` },
        body: JSON.stringify(input),
      });
      const { __type: type } = (await response.json()) as { readonly __type?: string };
      return type?.replace(/^.*#/, "") ?? String(response.status);
    };

    const broken = [
      { ...job, TrainingJobName: "a", VpcConfig: undefined },
      { ...job, TrainingJobName: "b", EnableNetworkIsolation: false },
      { ...job, TrainingJobName: "c", EnableNetworkIsolation: undefined },
      { ...job, TrainingJobName: "d", VpcConfig: { ...vpc, Subnets: ["subnet-a", "subnet-x"] } },
      { ...job, TrainingJobName: "e", VpcConfig: { ...vpc, SecurityGroupIds: ["sg-x"] } },
      { ...job, TrainingJobName: "f", EnableInterContainerTrafficEncryption: false },
      { ...job, TrainingJobName: "g", RemoteDebugConfig: { EnableRemoteDebug: true } },
    ];
    for (const input of broken) {
      expect(guard.check("CreateTrainingJob", input).length).toBeGreaterThan(0);
      expect(await ask("CreateTrainingJob", input)).toBe("AccessDeniedException");
    }
    expect(guard.check("CreateTrainingJob", job)).toEqual([]);
    expect(await ask("CreateTrainingJob", job)).toBe("200");
    expect(await ask("DescribeTrainingJob", { TrainingJobName: "t" })).toBe("200");
    expect(await ask("ListModels", {})).toBe("AccessDeniedException");
    await broker.close();
  });
});
