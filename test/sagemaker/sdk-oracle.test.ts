import https from "node:https";
import {
  CreateModelCommand,
  DescribeModelCommand,
  ListModelsCommand,
  SageMakerClient,
} from "@aws-sdk/client-sagemaker";
import {
  InvokeEndpointAsyncCommand,
  InvokeEndpointCommand,
  InvokeEndpointWithResponseStreamCommand,
  SageMakerRuntimeClient,
} from "@aws-sdk/client-sagemaker-runtime";
import { createSageMaker, type SageMaker } from "@countersign/sagemaker";
import { type Aws, type RecordedCall, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { NodeHttpHandler } from "@smithy/node-http-handler";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";

const region = "eu-west-1";
let aws: Aws;
let transport: Transport;
let sagemaker: SageMaker;
let runtime: SageMakerRuntimeClient;
let control: SageMakerClient;
beforeAll(async () => {
  aws = await startAws({ regions: [region] });
  const { sagemaker: controlUrl, runtime: runtimeUrl } = aws.url;
  transport = createTransport({ ca: aws.ca });
  sagemaker = createSageMaker({
    region,
    credentials: aws.user,
    transport,
    endpoint: { sagemaker: { url: controlUrl }, "sagemaker-runtime": { url: runtimeUrl } },
  });
  const requestHandler = new NodeHttpHandler({ httpsAgent: new https.Agent({ ca: aws.ca, keepAlive: true }) });
  const shared = { region, credentials: aws.user, requestHandler };
  runtime = new SageMakerRuntimeClient({ ...shared, endpoint: runtimeUrl });
  control = new SageMakerClient({ ...shared, endpoint: controlUrl });
});
beforeEach(() => aws.reset());
afterAll(async () => {
  runtime.destroy();
  control.destroy();
  await transport.close();
  await aws.close();
});

/** What the service saw of a call that does not depend on who made it. */
function seen({ service, method, target, headers, body, operation, status }: RecordedCall): unknown {
  const said = Object.entries(headers).filter(
    ([name]) =>
      name === "accept" || name === "content-type" || name.startsWith("x-amzn-sagemaker") || name === "x-amz-target",
  );
  return { method, target, operation, status, headers: Object.fromEntries(said), body: bodyOf(service, body) };
}

/** Members of the control plane's JSON come in any order. */
function bodyOf(service: string, body: Uint8Array): unknown {
  const text = Buffer.from(body).toString();
  return service === "sagemaker" ? JSON.parse(text) : text;
}

/** The two calls that came in: first theirs, then ours. */
function pair(): readonly [theirs: unknown, ours: unknown] {
  const [theirs, ours, ...more] = aws.calls();
  if (theirs === undefined || ours === undefined || more.length > 0) throw new Error("There must be two calls.");
  return [seen(theirs), seen(ours)];
}

const text = '{"age":42}';
const Body = new TextEncoder().encode(text);

describe("the service sees the same from AWS SDK v3 and from us", () => {
  test("for InvokeEndpoint with every option", async () => {
    await runtime.send(
      new InvokeEndpointCommand({
        EndpointName: "churn",
        Body,
        ContentType: "application/json",
        Accept: "text/csv",
        CustomAttributes: "trace=1",
        TargetModel: "models/a.tar.gz",
        TargetVariant: "blue",
        TargetContainerHostname: "second",
        InferenceId: "id-1",
        EnableExplanations: "`true`",
        InferenceComponentName: "adapter-1",
        SessionId: "NEW_SESSION",
        PrefixAwareId: "app-1",
      }),
    );
    await sagemaker.invoke("churn", text, {
      contentType: "application/json",
      accept: "text/csv",
      customAttributes: "trace=1",
      targetModel: "models/a.tar.gz",
      targetVariant: "blue",
      targetContainerHostname: "second",
      inferenceId: "id-1",
      enableExplanations: "`true`",
      inferenceComponent: "adapter-1",
      sessionId: "NEW_SESSION",
      prefixAwareId: "app-1",
    });
    const [theirSight, ourSight] = pair();
    expect(ourSight).toEqual(theirSight);
  });

  test("for InvokeEndpoint without any", async () => {
    await runtime.send(new InvokeEndpointCommand({ EndpointName: "churn", Body }));
    await sagemaker.invoke("churn", text);
    const [theirSight, ourSight] = pair();
    expect(ourSight).toEqual(theirSight);
  });

  test("for InvokeEndpointWithResponseStream", async () => {
    const theirs = await runtime.send(
      new InvokeEndpointWithResponseStreamCommand({
        EndpointName: "llm",
        Body,
        ContentType: "application/json",
        Accept: "text/event-stream",
        TargetVariant: "blue",
        SessionId: "s-1",
      }),
    );
    const parts: unknown[] = [];
    for await (const event of theirs.Body ?? []) parts.push(event);
    const events: unknown[] = [];
    const stream = sagemaker.invokeStream("llm", text, {
      contentType: "application/json",
      accept: "text/event-stream",
      targetVariant: "blue",
      sessionId: "s-1",
    });
    for await (const event of stream.events) events.push(event);
    expect(JSON.stringify(events)).toBe(JSON.stringify(parts));
    const [theirSight, ourSight] = pair();
    expect(ourSight).toEqual(theirSight);
  });

  test("for InvokeEndpointAsync", async () => {
    const theirs = await runtime.send(
      new InvokeEndpointAsyncCommand({
        EndpointName: "batch",
        InputLocation: "s3://bucket/in.json",
        ContentType: "application/json",
        Accept: "application/json",
        InferenceId: "id-1",
        RequestTTLSeconds: 60,
        InvocationTimeoutSeconds: 900,
        S3OutputPathExtension: "a/b",
        Filename: "out.json",
      }),
    );
    const ours = await sagemaker.invokeAsync("batch", {
      inputLocation: "s3://bucket/in.json",
      contentType: "application/json",
      accept: "application/json",
      inferenceId: "id-1",
      requestTtlSeconds: 60,
      invocationTimeoutSeconds: 900,
      s3OutputPathExtension: "a/b",
      filename: "out.json",
    });
    expect(ours.inferenceId).toBe(theirs.InferenceId);
    const [first, second] = aws.calls().map((call) => seen(call) as { headers: Record<string, string> });
    // A request without a body has no type of its own to tell; the SDK says none, and a signature may cover ours.
    delete second?.headers["content-type"];
    delete first?.headers["content-type"];
    expect(second).toEqual(first);
  });

  test("for the control plane, timestamps included, and it answers the same", async () => {
    const input = {
      ModelName: "compared",
      ExecutionRoleArn: "arn:aws:iam::123456789012:role/execution",
      PrimaryContainer: { Image: "image", Environment: { StartTime: "1" } },
      Tags: [{ Key: "a", Value: "b" }],
    };
    await control.send(new CreateModelCommand(input));
    await expect(sagemaker.call("CreateModel", input)).rejects.toMatchObject({ code: "ValidationException" });
    const [first, second] = aws.calls();
    expect(second?.input).toEqual(first?.input);
    expect(second?.headers["content-type"]).toBe(first?.headers["content-type"]);

    aws.reset();
    const { $metadata: _, ...described } = await control.send(new DescribeModelCommand({ ModelName: "compared" }));
    // The SDK drops members that its model does not know; we hand them on.
    expect(await sagemaker.call("DescribeModel", { ModelName: "compared" })).toMatchObject(described);
    const [theirSight, ourSight] = pair();
    expect(ourSight).toEqual(theirSight);

    aws.reset();
    const filter = { CreationTimeAfter: new Date(1_700_000_000_123), MaxResults: 5 };
    const { $metadata: __, ...listed } = await control.send(new ListModelsCommand(filter));
    expect(await sagemaker.call("ListModels", filter)).toMatchObject(listed);
    const [theirList, ourList] = pair();
    expect(ourList).toEqual(theirList);
  });
});
