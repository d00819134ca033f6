import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import type { SageMaker } from "../../src/index.ts";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
let sagemaker: SageMaker;
beforeAll(async () => {
  local = await startLocalAws();
  sagemaker = local.client();
});
beforeEach(() => local.aws.reset());
afterAll(() => local[Symbol.asyncDispose]());

const inputLocation = "s3://bucket/input.json";

test("hands over the location of the input and answers where the output will be", async () => {
  const answer = await sagemaker.invokeAsync("batch", {
    inputLocation,
    contentType: "application/json",
    invocationTimeoutSeconds: 900,
    inferenceId: "mine-1",
  });
  expect(answer).toMatchObject({ inferenceId: "mine-1", outputLocation: expect.stringMatching(/^s3:/) as string });
  expect(answer.failureLocation).toMatch(/^s3:/);
  const [call] = local.aws.calls();
  expect(call).toMatchObject({
    operation: "InvokeEndpointAsync",
    status: 202,
    target: "/endpoints/batch/async-invocations",
  });
  expect(call?.headers).toMatchObject({
    "x-amzn-sagemaker-inputlocation": inputLocation,
    "x-amzn-sagemaker-content-type": "application/json",
    "x-amzn-sagemaker-invocationtimeoutseconds": "900",
  });
  expect(call?.body).toHaveLength(0);
});

test("is not sent again after a 5xx, where it could run twice", async () => {
  local.aws.fault({ kind: "status", status: 503, code: "ServiceUnavailable" });
  await expect(sagemaker.invokeAsync("batch", { inputLocation })).rejects.toMatchObject({ code: "ServiceUnavailable" });
  expect(local.aws.calls()).toHaveLength(1);
});

test("is sent again after a 5xx when an inference id makes the two one", async () => {
  local.aws.fault({ kind: "status", status: 503 });
  await sagemaker.invokeAsync("batch", { inputLocation, inferenceId: "mine-2" });
  expect(local.aws.calls()).toHaveLength(2);
});

test("is sent again after throttling, where it certainly did not run", async () => {
  local.aws.fault({ kind: "throttle" });
  await sagemaker.invokeAsync("batch", { inputLocation });
  expect(local.aws.calls()).toHaveLength(2);
});

test("takes a small input inline", async () => {
  const sent: Request[] = [];
  const capture: typeof fetch = async (url, init) => {
    sent.push(new Request(url, init));
    return new Response('{"InferenceId":"made"}', { status: 202 });
  };
  const client = local.client({ transport: undefined, fetch: capture });
  expect(await client.invokeAsync("batch", { body: { inputs: [1] } })).toMatchObject({ inferenceId: "made" });
  expect(await sent[0]?.text()).toBe('{"inputs":[1]}');
  expect(sent[0]?.headers.get("x-amzn-sagemaker-content-type")).toBe("application/json");
});

test("refuses both inputs, none, and an inline one over its limit", async () => {
  for (const options of [{}, { inputLocation, body: "x" }]) {
    await expect(sagemaker.invokeAsync("batch", options)).rejects.toMatchObject({ code: "INVALID_INPUT" });
  }
  await expect(sagemaker.invokeAsync("batch", { body: new Uint8Array(128_001) })).rejects.toMatchObject({
    code: "BODY_TOO_LARGE",
    message: expect.stringContaining("128000") as string,
  });
  expect(local.aws.calls()).toHaveLength(0);
});
