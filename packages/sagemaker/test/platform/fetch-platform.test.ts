import { createManualClock, type ManualClock } from "@countersign/testing";
import { beforeEach, describe, expect, test } from "vitest";
import { createSageMaker, type SageMaker } from "../../src/index.ts";
import { encodeMessage } from "../../src/event-stream/encode-message.ts";
import { until } from "../local-aws.ts";

let clock: ManualClock;
let sent: Request[];
beforeEach(() => {
  clock = createManualClock();
  sent = [];
});

/** A client over a fetch: what every runtime but Node has. */
function client(answer: (request: Request) => Response | Promise<Response>): SageMaker {
  return createSageMaker({
    region: "eu-west-1",
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example".repeat(6) },
    clock,
    async fetch(url, init) {
      const request = new Request(url, init);
      sent.push(request);
      return answer(request);
    },
  });
}

const part = (text: string): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    encodeMessage({
      headers: { ":message-type": "event", ":event-type": "PayloadPart" },
      payload: new TextEncoder().encode(text),
    }),
  );

describe("the request", () => {
  test("goes to the region's public endpoint, never follows redirects and sets nothing a page may not set", async () => {
    const sagemaker = client(() => new Response("yes"));
    expect((await sagemaker.invoke("churn", "x")).text()).toBe("yes");
    const [request] = sent;
    expect(request?.url).toBe("https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/churn/invocations");
    expect(request?.redirect).toBe("manual");
    expect([...(request?.headers.keys() ?? [])].toSorted((a, b) => a.localeCompare(b))).toEqual([
      "authorization",
      "content-type",
      "x-amz-date",
    ]);
  });

  // awslabs/aws-sigv4-proxy#226: the scope is sagemaker's, whatever the host is called.
  test("goes where the endpoint option says, for each service, and is signed for sagemaker", async () => {
    const sagemaker = createSageMaker({
      region: "us-east-1",
      credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "example".repeat(6) },
      endpoint: { sagemaker: { fips: true }, "sagemaker-runtime": { vpcEndpoint: "vpce-0123456789abcdef0-abcdefgh" } },
      fetch: async (url, init) => {
        sent.push(new Request(url, init));
        return new Response("{}");
      },
    });
    await sagemaker.invoke("churn", "x");
    await sagemaker.call("ListModels", {});
    expect(sent.map(({ url }) => new URL(url).host)).toEqual([
      "vpce-0123456789abcdef0-abcdefgh.runtime.sagemaker.us-east-1.vpce.amazonaws.com",
      "api-fips.sagemaker.us-east-1.amazonaws.com",
    ]);
    for (const { headers } of sent) {
      expect(headers.get("authorization")).toContain("/us-east-1/sagemaker/aws4_request");
    }
  });
});

// aws-sdk-js-v3#6025: a call that hangs for ever.
describe("what a fetch has no limit for", () => {
  const never = (request: Request): Promise<Response> =>
    new Promise((_, reject) => {
      request.signal.addEventListener("abort", () => reject(request.signal.reason as Error));
    });

  test("a head that never comes is TIMEOUT after 70 seconds", async () => {
    const outcome = client(never)
      .invoke("churn", "x")
      .catch((error: unknown) => error);
    await until(() => clock.sleepers === 1);
    await clock.advance(70_000);
    expect(await outcome).toMatchObject({ code: "TIMEOUT", message: "the service did not answer within 70 seconds" });
  });

  test("a stream that falls silent is TIMEOUT after 60 seconds, with what came before", async () => {
    const body = new ReadableStream<Uint8Array>({ start: (controller) => controller.enqueue(part("one\n")) });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of client(() => new Response(body))
        .invokeStream("llm", {})
        .lines())
        seen.push(line);
    })();
    const outcome = reading.catch((error: unknown) => error);
    await until(() => seen.length === 1 && clock.sleepers === 1);
    await clock.advance(60_000);
    expect(await outcome).toMatchObject({ code: "TIMEOUT", received: { parts: 1, bytes: 4 } });
  });

  test("ends with the caller's signal, also over a fetch whose bodies do not", async () => {
    const caller = new AbortController();
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(part("one\n")),
      pull: () => new Promise(() => {}),
    });
    const stream = client(() => new Response(body)).invokeStream("llm", {}, { signal: caller.signal });
    const seen: string[] = [];
    const reading = (async () => {
      for await (const line of stream.lines()) seen.push(line);
    })();
    const outcome = reading.catch((error: unknown) => error);
    await until(() => seen.length === 1);
    caller.abort(new Error("enough"));
    expect(await outcome).toMatchObject({ message: "enough" });
  });

  test("leaves no countdown behind", async () => {
    const sagemaker = client(() => new Response(part("one\n")));
    await sagemaker.invoke("churn", "x");
    for await (const _ of sagemaker.invokeStream("llm", {})) expect(clock.sleepers).toBe(0);
    expect(clock.sleepers).toBe(0);
  });
});

describe("a browser's answers", () => {
  test("an opaque redirect is refused as one", async () => {
    const opaque = Object.defineProperty(new Response(null), "type", { value: "opaqueredirect" });
    await expect(client(() => opaque).invoke("churn", "x")).rejects.toMatchObject({ code: "REDIRECT_REFUSED" });
  });

  test("a failed fetch is passed on with its cause", async () => {
    const failed = new TypeError("Failed to fetch");
    await expect(client(() => Promise.reject(failed)).invoke("churn", "x")).rejects.toBe(failed);
  });

  test("leaving a stream early cancels it", async () => {
    let cancelled = false;
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(part("x\n")),
      cancel: () => void (cancelled = true),
    });
    for await (const _ of client(() => new Response(body))
      .invokeStream("llm", {})
      .lines())
      break;
    expect(cancelled).toBe(true);
  });
});
