import { inspect } from "node:util";
import { createManualClock } from "@countersign/testing";
import { describe, expect, test } from "vitest";
import { createSageMaker, SageMakerError, waitFor } from "../../src/index.ts";

const key = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret" };
const client = (answer: () => Response) =>
  createSageMaker({ region: "eu-west-1", credentials: key, retry: false, fetch: async () => answer() });

async function failure(answer: () => Response): Promise<SageMakerError> {
  const error: unknown = await client(answer)
    .invoke("e", "x")
    .then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
  expect(error).toBeInstanceOf(SageMakerError);
  return error as SageMakerError;
}

const json =
  (body: unknown, headers: Record<string, string> = {}) =>
  () =>
    new Response(JSON.stringify(body), { status: 424, headers });

describe("text of another machine in an error", () => {
  test("has a limit in every field", async () => {
    const long = "x".repeat(15_000);
    const error = await failure(
      json(
        { Message: long, OriginalMessage: long, LogStreamArn: long, ErrorCode: long },
        { "x-amzn-errortype": "ModelError", "x-amzn-requestid": "r".repeat(8000) },
      ),
    );
    expect(error.message).toHaveLength(1024);
    expect(error.originalMessage).toHaveLength(4096);
    expect(error.logStreamArn).toHaveLength(1024);
    expect(error.errorCode).toHaveLength(256);
    expect(error.requestId).toHaveLength(256);
  });

  test("fits a terminal when nothing catches it, and leaves out the model's own words", async () => {
    const error = await failure(
      json({ Message: "m".repeat(60_000), OriginalMessage: "a customer's name" }, { "x-amzn-errortype": "ModelError" }),
    );
    expect(inspect(error).length).toBeLessThan(4000);
    expect(inspect(error) + JSON.stringify(error)).not.toContain("customer");
    expect(error.originalMessage).toBe("a customer's name");
  });

  test.each(["x".repeat(200), "Not A Code", "<script>", "\u001B[31mred"])("is no code: %j", async (code) => {
    expect((await failure(json({ __type: code }))).code).toBe("UNKNOWN_ERROR");
  });

  test("of a waiter's failure has a limit", async () => {
    const described = { EndpointStatus: "Failed", FailureReason: "x".repeat(60_000) };
    const waiting = waitFor(
      { call: async () => described } as never,
      "EndpointInService",
      {},
      { clock: createManualClock() },
    );
    const error = (await waiting.catch((thrown: unknown) => thrown)) as SageMakerError;
    expect(error).toMatchObject({ code: "WAITER_FAILED" });
    expect(error.message.length).toBeLessThanOrEqual(1024);
  });
});

describe("an error body", () => {
  test("without end is read to its limit, and its connection closed", async () => {
    let sent = 0;
    let cancelled = false;
    const endless = () =>
      new ReadableStream<Uint8Array>({
        pull(controller) {
          sent += 16_384;
          controller.enqueue(new Uint8Array(16_384).fill(0x20));
        },
        cancel() {
          cancelled = true;
        },
      });
    const error = await failure(() => new Response(endless(), { status: 500 }));
    expect(error).toMatchObject({ code: "UNKNOWN_ERROR", status: 500 });
    expect(cancelled).toBe(true);
    expect(sent).toBeLessThan(200_000);
  });

  test("over the limit is not parsed", async () => {
    const error = await failure(() => new Response(JSON.stringify({ message: "x".repeat(70_000) }), { status: 500 }));
    expect(error.message).toBe("the service answered with status 500");
  });

  test("nested without end is told by its status", async () => {
    const error = await failure(() => new Response("[".repeat(60_000), { status: 502 }));
    expect(error).toMatchObject({ code: "UNKNOWN_ERROR", status: 502 });
  });

  test("with a member named __proto__ changes nothing else", async () => {
    const error = await failure(() => new Response('{"__proto__":{"message":"evil"},"code":"Own"}', { status: 400 }));
    expect(error).toMatchObject({ code: "Own", message: "the service answered with status 400" });
    expect(({} as { message?: string }).message).toBe(undefined);
  });
});

describe("an answer of the control plane", () => {
  test.each(["null", "[]", "7", '"text"', "[".repeat(100_000)])(
    "that is not an object (%.8s) is refused",
    async (body) => {
      const call = client(() => new Response(body)).call("DescribeModel", { ModelName: "m" });
      await expect(call).rejects.toMatchObject({ code: "INVALID_RESPONSE" });
    },
  );
});
