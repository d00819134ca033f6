import { createSageMaker, paginate, type SageMaker, type SageMakerOptions } from "@countersign/sagemaker";
import type { RuntimeCase } from "../runtimes/drivers/run-suite.ts";

/** Of the local AWS; set when the suite is bundled. */
declare const URL_OF_AWS: string;
declare const CREDENTIALS: { readonly accessKeyId: string; readonly secretAccessKey: string };

/** On Node a transport that may use plain HTTP on loopback; elsewhere there is the runtime's own fetch. */
interface Given {
  readonly sagemakerOptions?: Partial<SageMakerOptions>;
}

const client = (): SageMaker =>
  createSageMaker({
    region: "eu-west-1",
    credentials: CREDENTIALS,
    endpoint: { url: URL_OF_AWS },
    retry: { baseMs: 1, throttleBaseMs: 1 },
    ...(globalThis as Given).sagemakerOptions,
  });
const sagemaker = client();

function equal(actual: unknown, expected: unknown): void {
  const [left, right] = [JSON.stringify(actual), JSON.stringify(expected)];
  if (left !== right) throw new Error(`expected ${right}, got ${left}`);
}

async function rejected(work: Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  return (error ?? {}) as Record<string, unknown>;
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

const ExecutionRoleArn = "arn:aws:iam::123456789012:role/execution";

/** Without assertions of a test runner: it runs on runtimes that have no test runner. */
export const suite: readonly RuntimeCase[] = [
  {
    name: "invoke with JSON, text and bytes",
    async run() {
      equal((await sagemaker.invoke("echo", { grüße: 1 })).json(), { grüße: 1 });
      const answer = await sagemaker.invoke("echo", "1,2", { contentType: "text/csv", customAttributes: "a=b" });
      equal([answer.text(), answer.contentType, answer.customAttributes], ["1,2", "text/csv", "a=b"]);
      equal([...(await sagemaker.invoke("echo", Uint8Array.of(0, 255))).body], [0, 255]);
      equal(answer.requestId.length > 0, true);
    },
  },
  {
    name: "invoke with a body that is hashed by the runtime",
    async run() {
      const body = "x".repeat(300_000);
      equal((await sagemaker.invoke("echo", body)).text().length, body.length);
    },
  },
  {
    name: "many at once",
    async run() {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => sagemaker.invoke("echo", [index])));
      equal(
        answers.map((answer) => answer.json()),
        Array.from({ length: 20 }, (_, index) => [index]),
      );
    },
  },
  {
    name: "a 5xx is retried, a ModelError is not",
    async run() {
      equal((await sagemaker.invoke("flaky", "x")).text(), "x");
      const { code, status, originalStatusCode } = await rejected(sagemaker.invoke("broken", "x"));
      equal([code, status, originalStatusCode], ["ModelError", 424, 500]);
    },
  },
  {
    name: "a redirect is refused",
    async run() {
      equal((await rejected(sagemaker.invoke("redirect", "x")))["code"], "REDIRECT_REFUSED");
    },
  },
  {
    name: "invokeStream as bytes, events, lines and JSON",
    async run() {
      const parts = await collect(sagemaker.invokeStream("llm", {}));
      equal(parts.map((part) => new TextDecoder().decode(part)).join(""), 'data: {"a":1}\n\ndata: [DONE]');
      equal(
        (await collect(sagemaker.invokeStream("llm", {}).sse())).map(({ data }) => data),
        ['{"a":1}', "[DONE]"],
      );
      equal(await collect(sagemaker.invokeStream("jsonl", {}).json()), [{ a: 1 }, { a: 2 }]);
    },
  },
  {
    name: "an exception in mid-stream",
    async run() {
      const seen: string[] = [];
      const reading = (async () => {
        for await (const line of sagemaker.invokeStream("dying", {}).lines()) seen.push(line);
      })();
      const { code, errorCode } = await rejected(reading);
      equal([seen, code, errorCode], [["one"], "ModelStreamError", "StreamBroken"]);
    },
  },
  {
    name: "leaving a stream early",
    async run() {
      for await (const line of sagemaker.invokeStream("endless", {}).lines()) {
        equal(line.startsWith("x"), true);
        break;
      }
    },
  },
  {
    name: "invokeAsync",
    async run() {
      const { outputLocation } = await sagemaker.invokeAsync("echo", { inputLocation: "s3://bucket/in.json" });
      equal(outputLocation?.startsWith("s3://"), true);
    },
  },
  {
    name: "call and paginate",
    async run() {
      const name = `m-${Math.random().toString(36).slice(2)}`;
      await sagemaker.call("CreateModel", { ModelName: name, ExecutionRoleArn });
      const described = await sagemaker.call("DescribeModel", { ModelName: name });
      equal([described.ModelName, described.CreationTime instanceof Date], [name, true]);
      const pages = await collect(paginate(sagemaker, "ListModels", { NameContains: name, MaxResults: 1 }));
      equal(
        pages.flatMap(({ Models }) => Models ?? []).map(({ ModelName }) => ModelName),
        [name],
      );
      equal((await rejected(sagemaker.call("DescribeModel", { ModelName: "absent" })))["code"], "ValidationException");
    },
  },
  {
    name: "abort and timeoutMs",
    async run() {
      const reason = new Error("enough");
      const controller = new AbortController();
      const aborted = rejected(sagemaker.invoke("hanging", "x", { signal: controller.signal }));
      setTimeout(() => controller.abort(reason), 50);
      equal((await aborted)["message"], "enough");
      equal((await rejected(sagemaker.invoke("hanging", "x", { timeoutMs: 50 })))["code"], "TIMEOUT");
    },
  },
  {
    name: "a bearer token",
    async run() {
      const { token, expiresAt } = await sagemaker.bearerToken({ expiresIn: 900 });
      equal([token.startsWith("sagemaker-api-key-"), expiresAt.getTime() > Date.now()], [true, true]);
      const provide = sagemaker.bearerTokenProvider();
      equal(await provide(), await provide());
    },
  },
  {
    name: "after close nothing is sent",
    async run() {
      const closed = client();
      await closed.close();
      equal((await rejected(closed.invoke("echo", "x")))["code"], "CLOSED");
    },
  },
];
