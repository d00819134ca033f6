import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { SageMaker } from "../../src/index.ts";
import { type LocalAws, startLocalAws, until } from "../local-aws.ts";

let local: LocalAws;
let sagemaker: SageMaker;
beforeAll(async () => {
  local = await startLocalAws();
  sagemaker = local.client();
});
beforeEach(() => local.aws.reset());
afterAll(() => local[Symbol.asyncDispose]());

async function collect<Item>(items: AsyncIterable<Item>): Promise<{ items: Item[]; error: unknown }> {
  const collected: Item[] = [];
  try {
    for await (const item of items) collected.push(item);
    return { items: collected, error: undefined };
  } catch (error) {
    return { items: collected, error };
  }
}

const lastCall = () => local.aws.calls().at(-1)!;

describe("reading", () => {
  test("gives the parts as they come", async () => {
    local.aws.endpoint("llm", { parts: ["one", "two", "three"] });
    const { items } = await collect(sagemaker.invokeStream("llm", { inputs: "Hi" }));
    expect(items.map((part) => Buffer.from(part).toString())).toEqual(["one", "two", "three"]);
    expect(lastCall()).toMatchObject({ operation: "InvokeEndpointWithResponseStream", status: 200 });
  });

  test("gives server-sent events, however the service cut them", async () => {
    local.aws.endpoint("llm", { parts: ['data: {"tok', 'en":"Hi"}\n', "\ndata: [DO", "NE]"] });
    const { items } = await collect(sagemaker.invokeStream("llm", {}).sse());
    expect(items.map(({ data }) => data)).toEqual(['{"token":"Hi"}', "[DONE]"]);
  });

  test("gives lines and JSON values", async () => {
    local.aws.endpoint("llm", { parts: ['{"a"', ':1}\n{"a":2}\n'] });
    expect((await collect(sagemaker.invokeStream("llm", {}).lines())).items).toEqual(['{"a":1}', '{"a":2}']);
    expect((await collect(sagemaker.invokeStream("llm", {}).json())).items).toEqual([{ a: 1 }, { a: 2 }]);
  });

  test("gives a long answer whole, and while it comes", async () => {
    const parts = Array.from({ length: 500 }, (_, index) => `${index}:${"x".repeat(3000)}\n`);
    local.aws.endpoint("llm", { parts });
    const { items } = await collect(sagemaker.invokeStream("llm", {}).lines());
    expect(items).toEqual(parts.map((part) => part.trimEnd()));
  });

  test("hands on a part before the next one exists", async () => {
    let release: (() => void) | undefined;
    const next = new Promise<void>((resolve) => {
      release = resolve;
    });
    local.aws.endpoint("llm", {
      parts: (async function* () {
        yield "first\n";
        await next;
        yield "second\n";
      })(),
    });
    const seen: string[] = [];
    for await (const line of sagemaker.invokeStream("llm", {}).lines()) {
      seen.push(line);
      release?.();
    }
    expect(seen).toEqual(["first", "second"]);
  });

  test("asks with the stream's own accept header, and tells the head", async () => {
    local.aws.endpoint("llm", { parts: ["x"], customAttributes: "a=1" });
    const stream = sagemaker.invokeStream("llm", {}, { accept: "text/event-stream", inferenceComponent: "adapter" });
    const head = await stream.head();
    expect(head.requestId).toMatch(/./);
    expect((await collect(stream)).items).toHaveLength(1);
    expect(lastCall().headers).toMatchObject({
      "x-amzn-sagemaker-accept": "text/event-stream",
      "x-amzn-sagemaker-inference-component": "adapter",
    });
  });
});

describe("what goes wrong before the stream", () => {
  test("is thrown by the first read, retried where that is safe", async () => {
    local.aws.endpoint("llm", { parts: ["x"] });
    local.aws.fault({ kind: "status", status: 503 });
    expect((await collect(sagemaker.invokeStream("llm", {}))).items).toHaveLength(1);
    expect(local.aws.calls()).toHaveLength(2);

    local.aws.endpoint("broken", { modelError: { status: 400, message: "bad shape" } });
    const { error } = await collect(sagemaker.invokeStream("broken", {}));
    expect(error).toMatchObject({ code: "ModelError", originalStatusCode: 400, originalMessage: "bad shape" });
  });

  test("is told at once when it is the caller's mistake", () => {
    expect(() => sagemaker.invokeStream("no/where", {})).toThrow(/endpointName/);
    expect(() => sagemaker.invokeStream("llm", {}, { targetModel: "m" })).toThrow(/targetModel/);
  });
});

describe("what goes wrong within the stream", () => {
  test.each([
    [
      "modelStreamError",
      { modelStreamError: { code: "StreamBroken", message: "the model died" } },
      { code: "ModelStreamError", message: "the model died", errorCode: "StreamBroken" },
    ],
    [
      "internalStreamFailure",
      { internalStreamFailure: { message: "oops" } },
      { code: "InternalStreamFailure", message: "oops" },
    ],
    ["a corrupted event", "corrupt", { code: "STREAM_CORRUPT" }],
    ["a connection that breaks", "cut", { code: expect.stringMatching(/CONNECTION_LOST|STREAM_TRUNCATED/) as string }],
  ] as const)("%s is thrown after what came before, and not retried", async (_, ending, expected) => {
    local.aws.endpoint("llm", { parts: ["data: 1\n\n", "data: 2\n\nda"], ending });
    const { items, error } = await collect(sagemaker.invokeStream("llm", {}).sse());
    expect(items.map(({ data }) => data)).toEqual(["1", "2"]);
    expect(error).toMatchObject({
      name: "SageMakerError",
      ...expected,
      received: { parts: 2, bytes: 20, unfinished: "da" },
    });
    expect(local.aws.calls()).toHaveLength(1);
  });
});

describe("ending early", () => {
  function endless(): void {
    local.aws.endpoint("llm", {
      parts: (async function* () {
        for (;;) {
          yield "x".repeat(1000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      })(),
    });
  }

  test("by leaving the loop gives the connection up", async () => {
    endless();
    const { transport } = local;
    const { open } = transport.stats();
    for await (const _ of sagemaker.invokeStream("llm", {})) break;
    await until(() => transport.stats().open < open || transport.stats().open === 0);
    expect(local.aws.calls()).toHaveLength(1);
  });

  test("by a signal throws its reason", async () => {
    endless();
    const controller = new AbortController();
    const reason = new Error("enough");
    const { items, error } = await collect(
      (async function* () {
        for await (const part of sagemaker.invokeStream("llm", {}, { signal: controller.signal })) {
          yield part;
          controller.abort(reason);
        }
      })(),
    );
    expect(items.length).toBeGreaterThanOrEqual(1);
    expect(error).toBe(reason);
  });
});
