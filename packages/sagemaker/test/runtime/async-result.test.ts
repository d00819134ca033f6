import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Clock } from "@countersign/signer";
import type { ManualClock } from "@countersign/testing";
import { createInvoker, type SageMaker, type SageMakerError, type SageMakerOptions } from "../../src/index.ts";
import { type LocalAws, startLocalAws, until } from "../local-aws.ts";

const allow = (...actions: readonly string[]) => [
  { Statement: { Effect: "Allow", Action: ["sagemaker:*", ...actions], Resource: "*" } } as const,
];

let local: LocalAws;
let sagemaker: SageMaker;
const connected = (more: Partial<SageMakerOptions> = {}): SageMaker =>
  local.client({ endpoint: { url: local.aws.url.all }, clock: noticing(local.aws.clock), ...more });
beforeAll(async () => {
  local = await startLocalAws({
    progress: { afterMs: 60_000 },
    endpoints: {
      upper: ({ body }) => ({ body: { text: Buffer.from(body).toString("utf8").toUpperCase() } }),
      broken: { modelError: { status: 500, message: "out of memory: secret prompt" } },
      large: { body: "x".repeat(2000) },
    },
  });
  sagemaker = connected();
});
beforeEach(() => local.aws.reset());
afterAll(() => local[Symbol.asyncDispose]());

const looks = (): number => local.aws.calls({ service: "s3" }).length;

/** The pauses that clients are in, in milliseconds. Time limits are longer. */
const pauses = new Set<{ readonly ms: number }>();
const noticing = (clock: ManualClock): Clock => ({
  ...clock,
  async sleep(ms, signal) {
    const pause = { ms };
    if (ms <= 15_000) pauses.add(pause);
    await clock.sleep(ms, signal).finally(() => pauses.delete(pause));
  },
});

/** Moves the clock through every pause until a wait is over. */
async function inTime<Result>(waiting: Promise<Result>): Promise<Result> {
  const state = { done: false };
  const ended = waiting.finally(() => (state.done = true));
  ended.catch(() => {});
  while (!state.done) {
    await until(() => state.done || pauses.size > 0);
    for (const { ms } of pauses) await local.aws.clock.advance(ms);
  }
  return ended;
}

const failure = async (waiting: Promise<unknown>): Promise<SageMakerError> =>
  waiting.then(
    () => expect.fail("it has succeeded"),
    (error: unknown) => error as SageMakerError,
  );

describe("result", () => {
  test("waits for the output, and reads it", async () => {
    const output = await inTime(sagemaker.invokeAsync("upper", { body: "hello" }).result());
    expect(output.json()).toEqual({ text: "HELLO" });
    expect(output.contentType).toBe("application/json");
    expect(looks()).toBeGreaterThan(4);
    // Signed for S3, and only for the two objects.
    const signed = local.aws
      .calls({ service: "s3" })
      .map(({ headers, operation }) => [operation, headers["authorization"]?.includes("/s3/aws4_request")]);
    expect(new Set(signed.map(String))).toEqual(new Set(["GetObject,true"]));
  });

  test("is there on the queued invocation too, and under any name of the output", async () => {
    const queued = await sagemaker.invokeAsync("upper", {
      body: "a",
      s3OutputPathExtension: "a b".replace(" ", "(1)*"),
    });
    expect(queued.outputLocation).toContain("a(1)*b");
    expect((await inTime(queued.result())).text()).toBe('{"text":"A"}');
  });

  test("ends with the report of a failure, which stays out of message and JSON", async () => {
    const error = await failure(inTime(sagemaker.invokeAsync("broken", { body: "x" }).result()));
    expect(error).toMatchObject({
      name: "SageMakerError",
      code: "INVOCATION_FAILED",
      originalMessage: "out of memory: secret prompt",
      failureLocation: expect.stringMatching(/^s3:.*-error\.out$/) as string,
      outputLocation: expect.stringMatching(/^s3:/) as string,
    });
    expect(error.message + JSON.stringify(error)).not.toContain("secret");
  });

  test("ends when its time is up, and says where the outcome will be", async () => {
    const error = await failure(inTime(sagemaker.invokeAsync("upper", { body: "x" }).result({ timeoutMs: 20_000 })));
    expect(error).toMatchObject({ code: "TIMEOUT", message: expect.stringContaining("20000 ms") as string });
    expect(error.failureLocation).toMatch(/^s3:/);
  });

  test("ends when its signal aborts, and when the client closes", async () => {
    const ending = new AbortController();
    const waiting = failure(sagemaker.invokeAsync("upper", { body: "x" }).result({ signal: ending.signal }));
    await until(() => pauses.size > 0);
    ending.abort(new Error("enough"));
    expect((await waiting).message).toBe("enough");

    local.aws.reset();
    const client = connected();
    const closed = failure(client.invokeAsync("upper", { body: "x" }).result());
    await until(() => pauses.size > 0);
    await client.close();
    await local.aws.clock.advance(15_000);
    expect(await closed).toMatchObject({ code: "CLOSED" });
  });

  test("reads no more than maxBytes", async () => {
    const error = await failure(inTime(sagemaker.invokeAsync("large", { body: "x" }).result({ maxBytes: 1999 })));
    expect(error).toMatchObject({ code: "BODY_TOO_LARGE", message: expect.stringContaining("1999") as string });
    expect((await inTime(sagemaker.invokeAsync("large", { body: "x" }).result({ maxBytes: 2000 }))).body).toHaveLength(
      2000,
    );
  });

  test("names the permissions that are missing, instead of waiting for ever", async () => {
    for (const actions of [[], ["s3:GetObject"]]) {
      const role = local.aws.role(`r${actions.length}`);
      role.update({ policies: allow(...actions) });
      const client = connected({ credentials: role.session() });
      const error = await failure(client.invokeAsync("upper", { body: "x" }).result());
      expect(error).toMatchObject({ code: "AccessDeniedException", status: 403 });
      expect(error.message).toMatch(/s3:GetObject.*s3:ListBucket/);
    }
    local.aws.role("r2").update({ policies: allow("s3:GetObject", "s3:ListBucket") });
    const client = connected({ credentials: local.aws.role("r2").session() });
    expect((await inTime(client.invokeAsync("upper", { body: "x" }).result())).text()).toContain("X");
  });

  test("survives a failing and a throttling S3", async () => {
    // The retry pauses too.
    local.aws.fault({ service: "s3", kind: "status", status: 503, times: 1 });
    const output = await inTime(sagemaker.invokeAsync("upper", { body: "x" }).result());
    expect(output.text()).toContain("X");
  });

  test("refuses wrong options by name, and a location that is not S3's", async () => {
    const queued = await sagemaker.invokeAsync("upper", { body: "x" });
    await expect(queued.result({ maxByte: 1 } as never)).rejects.toMatchObject({
      code: "INVALID_OPTION",
      message: expect.stringContaining("maxBytes") as string,
    });
    await expect(queued.result({ maxBytes: 0 })).rejects.toMatchObject({ code: "INVALID_OPTION" });
    for (const location of [
      "https://evil.example/x",
      "s3://bucket/../x",
      "s3://bucket/a/./b",
      "s3://evil.example:8/x",
      undefined,
    ]) {
      const fetch: typeof globalThis.fetch = async () =>
        new Response("{}", {
          status: 202,
          headers: location === undefined ? {} : { "x-amzn-sagemaker-outputlocation": location },
        });
      const error = await failure(
        local.client({ transport: undefined, fetch }).invokeAsync("upper", { body: "x" }).result(),
      );
      expect(error).toMatchObject({ code: "INVALID_RESPONSE" });
    }
  });

  test("rejects as the invocation does, and is not part of the invoker for pages", async () => {
    await expect(sagemaker.invokeAsync("none", { body: "x" }).result()).rejects.toMatchObject({
      code: "ValidationError",
    });
    await expect(sagemaker.invokeAsync("upper", {}).result()).rejects.toMatchObject({ code: "INVALID_INPUT" });
    expect(createInvoker({ region: "eu-west-1", credentials: local.aws.user })).not.toHaveProperty("invokeAsync");
  });
});
