import { Agent } from "node:https";
import { AssumeRoleCommand, GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import {
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import {
  CreateModelCommand,
  DescribeModelCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import { type Aws, startAws } from "@countersign/testing";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({ roles: ["worker"] });
});
afterAll(() => aws.close());

const requestHandler = () => new NodeHttpHandler({ httpsAgent: new Agent({ ca: aws.ca }) });

describe("the AWS SDK's own clients", () => {
  it("assume a role and ask who they are", async () => {
    const sts = new STSClient({
      region: aws.region,
      endpoint: aws.url.sts,
      credentials: aws.user,
      requestHandler: requestHandler(),
    });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({
      Arn: "arn:aws:iam::123456789012:user/countersign",
    });
    const { Credentials, AssumedRoleUser } = await sts.send(
      new AssumeRoleCommand({ RoleArn: aws.role("worker").arn, RoleSessionName: "sdk" }),
    );
    expect(AssumedRoleUser?.Arn).toBe("arn:aws:sts::123456789012:assumed-role/worker/sdk");
    expect(Credentials?.Expiration).toEqual(new Date(Math.floor(aws.clock.now() / 1000) * 1000 + 3_600_000));
  });
  it("invoke", async () => {
    const client = new SageMakerRuntimeClient({
      region: aws.region,
      endpoint: aws.url.runtime,
      credentials: aws.role("worker").session(),
      requestHandler: requestHandler(),
    });
    const out = await client.send(
      new InvokeEndpointCommand({ EndpointName: "my-endpoint", Body: Buffer.from("hello"), ContentType: "text/plain" }),
    );
    expect(Buffer.from(out.Body).toString()).toBe("hello");
    const s = await client.send(
      new InvokeEndpointWithResponseStreamCommand({ EndpointName: "my-endpoint", Body: Buffer.from("x".repeat(3000)) }),
    );
    let n = 0;
    for await (const e of s.Body ?? []) n += e.PayloadPart?.Bytes?.length ?? 0;
    expect(n).toBe(3000);
  });
  it("models", async () => {
    const client = new SageMakerClient({
      region: aws.region,
      endpoint: aws.url.sagemaker,
      credentials: aws.user,
      requestHandler: requestHandler(),
    });
    await client.send(new CreateModelCommand({ ModelName: "m1" }));
    expect(await client.send(new DescribeModelCommand({ ModelName: "m1" }))).toMatchObject({ ModelName: "m1" });
    expect((await client.send(new ListModelsCommand({}))).Models).toHaveLength(1);
    await expect(client.send(new CreateModelCommand({ ModelName: "m1" }))).rejects.toThrow(/already existing model/);
  });
});
