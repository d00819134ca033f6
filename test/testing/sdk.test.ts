import { Agent } from "node:https";
import {
  DescribeImageScanFindingsCommand,
  ECRClient,
  ImageNotFoundException,
  paginateDescribeImageScanFindings,
} from "@aws-sdk/client-ecr";
import {
  CreateModelCommand,
  CreateNotebookInstanceCommand,
  CreateTrainingJobCommand,
  DescribeModelCommand,
  DescribeTrainingJobCommand,
  paginateListModels,
  SageMakerClient,
  waitUntilNotebookInstanceInService,
} from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  ModelError,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import {
  AssumeRoleCommand,
  AssumeRoleWithWebIdentityCommand,
  AssumeRootCommand,
  ExpiredTokenException,
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  MalformedPolicyDocumentException,
  STSClient,
} from "@aws-sdk/client-sts";
import { type Aws, startAws } from "@countersign/testing";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let aws: Aws;
let agent: Agent;
beforeEach(async () => {
  aws = await startAws({
    accounts: ["123456789012", "210987654321"],
    roles: [
      "worker",
      {
        arn: "arn:aws:iam::123456789012:role/web",
        trustPolicy: {
          Statement: {
            Effect: "Allow",
            Principal: { Federated: "arn:aws:iam::123456789012:oidc-provider/oidc.local-aws.test" },
            Action: "sts:AssumeRoleWithWebIdentity",
          },
        },
      },
    ],
    images: [
      {
        repository: "team/model",
        tags: ["v1"],
        findings: Array.from({ length: 5 }, (_, n) => ({ name: `CVE-2026-${n}`, severity: "HIGH" })),
      },
    ],
  });
  agent = new Agent({ ca: aws.ca, keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await aws.close();
});

const settings = (endpoint: string) => ({
  region: aws.region,
  endpoint,
  credentials: aws.user,
  requestHandler: new NodeHttpHandler({ httpsAgent: agent }),
  maxAttempts: 1,
});

describe("client-sts", () => {
  it("assumes roles by every way, and reads the answers", async () => {
    const sts = new STSClient(settings(aws.url.sts));
    const expiration = new Date(Math.floor(aws.clock.now() / 1000) * 1000 + 3_600_000);
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "123456789012" });
    expect(
      await sts.send(
        new AssumeRoleCommand({
          RoleArn: aws.role("worker").arn,
          RoleSessionName: "sdk",
          Policy: JSON.stringify({ Statement: { Effect: "Allow", Action: "*", Resource: "*" } }),
          Tags: [{ Key: "team", Value: "a & b".replace("&", "+") }],
          SourceIdentity: "alice",
        }),
      ),
    ).toMatchObject({
      AssumedRoleUser: { Arn: "arn:aws:sts::123456789012:assumed-role/worker/sdk" },
      Credentials: { Expiration: expiration },
      SourceIdentity: "alice",
      SessionTokenSize: 684,
    });
    const WebIdentityToken = aws.issuer.token({ subject: "pod" });
    const web = { RoleArn: aws.role("web").arn, RoleSessionName: "sdk" };
    expect(await sts.send(new AssumeRoleWithWebIdentityCommand({ ...web, WebIdentityToken }))).toMatchObject({
      SubjectFromWebIdentityToken: "pod",
    });
    expect((await sts.send(new GetSessionTokenCommand({}))).Credentials?.AccessKeyId).toMatch(/^ASIA/);
    expect((await sts.send(new GetFederationTokenCommand({ Name: "bob" }))).FederatedUser?.FederatedUserId).toBe(
      "123456789012:bob",
    );
    expect(await sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: aws.user.accessKeyId }))).toMatchObject({
      Account: "123456789012",
    });
    const root = {
      TargetPrincipal: "210987654321",
      TaskPolicyArn: { arn: "arn:aws:iam::aws:policy/root-task/S3UnlockBucketPolicy" },
    };
    expect((await sts.send(new AssumeRootCommand(root))).Credentials).toBeDefined();
    sts.destroy();
  });

  it("throws its modelled errors", async () => {
    const sts = new STSClient(settings(aws.url.sts));
    const ask = { RoleArn: aws.role("worker").arn, RoleSessionName: "sdk" };
    await expect(sts.send(new AssumeRoleCommand({ ...ask, Policy: "{}" }))).rejects.toBeInstanceOf(
      MalformedPolicyDocumentException,
    );
    const web = {
      RoleArn: aws.role("web").arn,
      RoleSessionName: "sdk",
      WebIdentityToken: aws.issuer.token({ subject: "pod", expiresIn: -1 }),
    };
    await expect(sts.send(new AssumeRoleWithWebIdentityCommand(web))).rejects.toBeInstanceOf(ExpiredTokenException);
    await expect(sts.send(new AssumeRoleCommand({ ...ask, RoleArn: aws.role("web").arn }))).rejects.toMatchObject({
      name: "AccessDenied",
      $metadata: { httpStatusCode: 403, requestId: expect.stringMatching(/^[0-9a-f-]{36}$/) as string },
    });
    sts.destroy();
  });

  it("corrects its clock by what the answers say, and retries", async () => {
    await aws.clock.advance(1_800_000);
    const sts = new STSClient({ ...settings(aws.url.sts), maxAttempts: 2 });
    expect(await sts.send(new GetCallerIdentityCommand({}))).toMatchObject({ Account: "123456789012" });
    expect(aws.calls().map(({ status }) => status)).toEqual([403, 200]);
    sts.destroy();
  });
});

describe("client-sagemaker", () => {
  it("creates, describes, waits and pages", async () => {
    const client = new SageMakerClient(settings(aws.url.sagemaker));
    const VpcConfig = { Subnets: ["subnet-1"], SecurityGroupIds: ["sg-1"] };
    for (const ModelName of ["m1", "m2", "m3"]) await client.send(new CreateModelCommand({ ModelName, VpcConfig }));
    const model = await client.send(new DescribeModelCommand({ ModelName: "m2" }));
    expect(model).toMatchObject({ VpcConfig, CreationTime: new Date(aws.clock.now()) });
    const names = [];
    for await (const { Models = [] } of paginateListModels(
      { client, pageSize: 2 },
      { SortBy: "Name", SortOrder: "Ascending" },
    )) {
      names.push(Models.map(({ ModelName }) => ModelName));
    }
    expect(names).toEqual([["m1", "m2"], ["m3"]]);
    await client.send(
      new CreateTrainingJobCommand({
        TrainingJobName: "t",
        RoleArn: aws.role("worker").arn,
        OutputDataConfig: { S3OutputPath: "s3://b" },
      }),
    );
    expect(await client.send(new DescribeTrainingJobCommand({ TrainingJobName: "t" }))).toMatchObject({
      TrainingJobStatus: "InProgress",
    });
    const notebook = {
      NotebookInstanceName: "n",
      InstanceType: "ml.t3.medium",
      RoleArn: aws.role("worker").arn,
    } as const;
    await client.send(new CreateNotebookInstanceCommand(notebook));
    const waited = await waitUntilNotebookInstanceInService({ client, maxWaitTime: 60 }, { NotebookInstanceName: "n" });
    expect(waited.state).toBe("SUCCESS");
    await expect(client.send(new DescribeModelCommand({ ModelName: "m9" }))).rejects.toMatchObject({
      name: "ValidationException",
    });
    client.destroy();
  });
});

describe("client-sagemaker-runtime", () => {
  it("invokes, buffered, streamed and asynchronously", async () => {
    const client = new SageMakerRuntimeClient({
      ...settings(aws.url.runtime),
      credentials: aws.role("worker").session(),
    });
    const EndpointName = "e";
    const Body = Buffer.from("hello");
    const answer = await client.send(
      new InvokeEndpointCommand({ EndpointName, Body, ContentType: "text/plain", CustomAttributes: "a=1" }),
    );
    expect([Buffer.from(answer.Body).toString(), answer.ContentType, answer.CustomAttributes]).toEqual([
      "hello",
      "text/plain",
      "a=1",
    ]);

    aws.endpoint("e", { parts: ["Hel", "lo"] });
    const streamed = await client.send(new InvokeEndpointWithResponseStreamCommand({ EndpointName, Body }));
    const parts = [];
    for await (const event of streamed.Body ?? []) parts.push(Buffer.from(event.PayloadPart?.Bytes ?? []).toString());
    expect(parts).toEqual(["Hel", "lo"]);

    const later = await client.send(
      new InvokeEndpointAsyncCommand({ EndpointName, InputLocation: "s3://bucket/in", InferenceId: "i" }),
    );
    expect(later).toMatchObject({ InferenceId: "i", OutputLocation: expect.stringMatching(/^s3:/) as string });
    client.destroy();
  });

  it("throws a model's error with the model's own words, also within a stream", async () => {
    const client = new SageMakerRuntimeClient(settings(aws.url.runtime));
    aws.endpoint("e", { modelError: { status: 400, message: "bad input" } });
    const invoked = client.send(new InvokeEndpointCommand({ EndpointName: "e", Body: Buffer.from("") }));
    await expect(invoked).rejects.toBeInstanceOf(ModelError);
    await expect(invoked).rejects.toMatchObject({ OriginalStatusCode: 400, OriginalMessage: "bad input" });

    aws.endpoint("e", { parts: ["a"], ending: { modelStreamError: { code: "StreamBroken", message: "gone" } } });
    const streamed = await client.send(
      new InvokeEndpointWithResponseStreamCommand({ EndpointName: "e", Body: Buffer.from("") }),
    );
    const read = async () => {
      for await (const _ of streamed.Body ?? []);
    };
    await expect(read()).rejects.toMatchObject({ name: "ModelStreamError", ErrorCode: "StreamBroken" });
    client.destroy();
  });
});

describe("client-ecr", () => {
  it("pages through findings and throws what is modelled", async () => {
    const client = new ECRClient(settings(aws.url.ecr));
    const image = { repositoryName: "team/model", imageId: { imageTag: "v1" } };
    const sizes = [];
    for await (const page of paginateDescribeImageScanFindings({ client, pageSize: 2 }, image)) {
      sizes.push(page.imageScanFindings?.findings?.length);
    }
    expect(sizes).toEqual([2, 2, 1]);
    const missing = new DescribeImageScanFindingsCommand({ ...image, imageId: { imageTag: "v9" } });
    await expect(client.send(missing)).rejects.toBeInstanceOf(ImageNotFoundException);
    client.destroy();
  });
});
