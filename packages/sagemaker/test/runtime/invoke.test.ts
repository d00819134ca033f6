import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { InvokeOptions, SageMaker } from "../../src/index.ts";
import { type LocalAws, startLocalAws } from "../local-aws.ts";

let local: LocalAws;
let sagemaker: SageMaker;
beforeAll(async () => {
  local = await startLocalAws();
  sagemaker = local.client();
});
beforeEach(() => local.aws.reset());
afterAll(() => local[Symbol.asyncDispose]());

const lastCall = () => local.aws.calls().at(-1)!;

describe("the request", () => {
  test("is signed for the model and carries the body as it is", async () => {
    const answer = await sagemaker.invoke("churn", "a,b\n1,2", { contentType: "text/csv" });
    expect(answer.text()).toBe("a,b\n1,2");
    expect(answer.contentType).toBe("text/csv");
    expect(lastCall()).toMatchObject({
      operation: "InvokeEndpoint",
      method: "POST",
      target: "/endpoints/churn/invocations",
      principal: expect.stringContaining("user/") as string,
      status: 200,
    });
  });

  test("sends objects as JSON and bytes as bytes", async () => {
    expect((await sagemaker.invoke("churn", { age: 42 })).json()).toEqual({ age: 42 });
    expect(lastCall().headers["content-type"]).toBe("application/json");
    expect((await sagemaker.invoke("churn", Uint8Array.of(0, 255))).body).toEqual(Uint8Array.of(0, 255));
    expect(lastCall().headers["content-type"]).toBe("application/octet-stream");
    expect((await sagemaker.invoke("churn", "")).body).toEqual(new Uint8Array(0));
  });

  test("carries every option in its header, and all of AWS's own are signed", async () => {
    const options: InvokeOptions = {
      accept: "application/json",
      targetVariant: "blue",
      targetModel: "models/a.tar.gz",
      targetContainerHostname: "second",
      inferenceComponent: "adapter-1",
      inferenceId: "id-1",
      sessionId: "NEW_SESSION",
      prefixAwareId: "app-1",
      customAttributes: "trace=1",
      enableExplanations: "`true`",
    };
    const answer = await sagemaker.invoke("churn", {}, options);
    const { headers } = lastCall();
    expect(headers["accept"]).toBe("application/json");
    const signed = /SignedHeaders=([^,]+)/.exec(headers["authorization"] ?? "")?.[1]?.split(";");
    const own = Object.keys(headers).filter((name) => name.startsWith("x-amzn-sagemaker-"));
    expect(own).toHaveLength(9);
    expect(signed).toEqual(expect.arrayContaining(own));
    expect(answer.customAttributes).toBe("trace=1");
    expect(answer.invokedProductionVariant).toBe("blue");
  });

  test("uses one template for many calls, whatever their headers and content types", async () => {
    const calls = Array.from({ length: 60 }, (_, index) =>
      sagemaker.invoke(`endpoint-${index % 5}`, { index }, index % 2 === 0 ? {} : { inferenceId: `id-${index}` }),
    );
    expect((await Promise.all(calls)).map((answer) => answer.json())).toEqual(
      Array.from({ length: 60 }, (_, index) => ({ index })),
    );
    expect(new Set(local.aws.calls().map(({ status }) => status))).toEqual(new Set([200]));
  });

  test("keeps working over more endpoints than templates are kept for", async () => {
    for (let index = 0; index < 300; index++) await sagemaker.invoke(`endpoint-${index}`, "x");
    expect(local.aws.calls({ status: 200 })).toHaveLength(300);
  });

  test("is not sent when its limits are known to be broken", async () => {
    const refused = [
      sagemaker.invoke("no/where", "x"),
      sagemaker.invoke("churn", new Uint8Array(6_291_457)),
      sagemaker.invoke("churn", "x", { customAttributes: "a\r\nb" }),
      sagemaker.invoke("churn", "x", { contentType: "text/csv\r\nx-amz-evil: 1" }),
      sagemaker.invoke("churn", "x", { timeoutMs: 0 }),
      sagemaker.invoke("churn", undefined as unknown as string),
    ];
    const codes = (await Promise.allSettled(refused)).map((one) => one.status === "rejected" && one.reason.code);
    expect(codes).toEqual([
      "INVALID_ENDPOINT_NAME",
      "BODY_TOO_LARGE",
      "INVALID_HEADER",
      "INVALID_HEADER",
      "INVALID_OPTION",
      "INVALID_BODY",
    ]);
    expect(local.aws.calls()).toHaveLength(0);
  });

  test("takes a body of exactly the limit", async () => {
    const answer = await sagemaker.invoke("churn", new Uint8Array(6_291_456).fill(1));
    expect(answer.body).toHaveLength(6_291_456);
  });
});

describe("the answer", () => {
  test("tells what AWS says beside the body", async () => {
    local.aws.endpoint("churn", { body: "x", contentType: "text/plain", customAttributes: "a=b", variant: "green" });
    const answer = await sagemaker.invoke("churn", "x");
    expect(answer).toMatchObject({
      contentType: "text/plain",
      customAttributes: "a=b",
      invokedProductionVariant: "green",
    });
    expect(answer.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("that is not JSON is told so without its content", async () => {
    local.aws.endpoint("churn", { body: "secret diagnosis", contentType: "text/plain" });
    const answer = await sagemaker.invoke("churn", "x");
    expect(() => answer.json()).toThrow(/^the answer is not JSON; its content type is text\/plain$/);
  });

  test("of a failing model is a ModelError with what the container said, and is not asked for again", async () => {
    local.aws.endpoint("broken", {
      modelError: { status: 500, message: "out of memory", logStreamArn: "arn:aws:logs:x" },
    });
    await expect(sagemaker.invoke("broken", "x")).rejects.toMatchObject({
      name: "SageMakerError",
      code: "ModelError",
      status: 424,
      originalStatusCode: 500,
      originalMessage: "out of memory",
      logStreamArn: "arn:aws:logs:x",
      requestId: expect.stringMatching(/./) as string,
    });
    expect(local.aws.calls({ operation: "InvokeEndpoint" })).toHaveLength(1);
  });
});
