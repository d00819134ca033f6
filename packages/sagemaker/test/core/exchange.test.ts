import { inspect } from "node:util";
import type { CredentialProvider } from "@countersign/signer";
import { createManualClock, startAws } from "@countersign/testing";
import { createTransport } from "@countersign/transport";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { createSageMaker, type SageMaker } from "../../src/index.ts";
import { type LocalAws, startLocalAws, until } from "../local-aws.ts";

let local: LocalAws;
let sagemaker: SageMaker;
beforeAll(async () => {
  local = await startLocalAws();
  sagemaker = local.client();
});
beforeEach(() => {
  local.aws.reset();
  local.events.length = 0;
});
afterAll(() => local[Symbol.asyncDispose]());

const attempts = (): number => local.aws.calls().length;

describe("an invocation is sent again", () => {
  test.each([500, 502, 503])("after a %i, signed anew", async (status) => {
    local.aws.fault({ kind: "status", status, times: 2 });
    expect((await sagemaker.invoke("churn", "x")).text()).toBe("x");
    expect(attempts()).toBe(3);
    expect(local.events.filter(({ name }) => name === "retry")).toHaveLength(2);
  });

  test("after throttling", async () => {
    local.aws.fault({ kind: "throttle" });
    expect((await sagemaker.invoke("churn", "x")).text()).toBe("x");
    expect(attempts()).toBe(2);
  });

  test("after ModelNotReadyException", async () => {
    local.aws.fault({ kind: "status", status: 429, code: "ModelNotReadyException" });
    expect((await sagemaker.invoke("churn", "x")).text()).toBe("x");
    expect(attempts()).toBe(2);
  });

  test("no more than three times, and then AWS's own error is thrown", async () => {
    local.aws.fault({ kind: "status", status: 503, code: "ServiceUnavailable", times: 5 });
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "ServiceUnavailable", status: 503 });
    expect(attempts()).toBe(3);
  });

  test("never with retry: false", async () => {
    local.aws.fault({ kind: "throttle" });
    await expect(local.client({ retry: false }).invoke("churn", "x")).rejects.toMatchObject({
      code: "ThrottlingException",
    });
    expect(attempts()).toBe(1);
  });
});

describe("anything is sent again", () => {
  test("when no connection stood yet, even what must run only once", async () => {
    local.aws.fault({ kind: "tls", mode: "reset", service: "sagemaker", times: 2 });
    const transport = local.connect();
    const input = { ModelName: "once", ExecutionRoleArn: "arn:aws:iam::123456789012:role/execution" };
    await expect(local.client({ transport }).call("CreateModel", input)).resolves.toBeDefined();
    expect(local.aws.calls({ operation: "CreateModel" })).toHaveLength(1);
  });
});

describe("an invocation is not sent again", () => {
  test("after the connection was lost with the answer: the model may be at work", async () => {
    local.aws.fault({ kind: "drop-after-body" });
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(attempts()).toBe(1);
  });

  test("after an answer that broke off", async () => {
    local.aws.fault({ kind: "truncate" });
    await expect(sagemaker.invoke("churn", "x".repeat(1000))).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    expect(attempts()).toBe(1);
  });

  test("after an error of the caller", async () => {
    local.aws.fault({ kind: "status", status: 400, code: "ValidationError", message: "no such variant" });
    await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({
      code: "ValidationError",
      message: "no such variant",
    });
    expect(attempts()).toBe(1);
  });
});

// mhart/aws4fetch#51, oven-sh/bun#35869: followed, a redirect carries token and body to whatever host it names.
test.each([301, 302, 307, 308])("a redirect (%i) is refused, wherever it leads", async (status) => {
  local.aws.fault({ kind: "redirect", location: "https://elsewhere.example/", status });
  await expect(sagemaker.invoke("churn", "x")).rejects.toMatchObject({ code: "REDIRECT_REFUSED", status });
  expect(attempts()).toBe(1);
});

describe("credentials", () => {
  test("that were turned down are replaced, and the call is sent again once", async () => {
    let serial = 0;
    const worker = local.aws.role("worker");
    const credentials: CredentialProvider = async () => worker.session({ sessionName: `session-${++serial}` });
    const client = local.client({ credentials });
    await client.invoke("churn", "x");
    const [first] = local.aws.calls();
    local.aws.revoke({ accessKeyId: first?.accessKeyId });
    expect((await client.invoke("churn", "y")).text()).toBe("y");
    expect(serial).toBe(2);
    expect(local.aws.calls().map(({ status }) => status)).toEqual([200, 403, 200]);
  });

  test("that stay turned down give AWS's error, and no secret with it", async () => {
    const session = local.aws.role("worker").session();
    local.aws.revoke({ accessKeyId: session.accessKeyId });
    const client = local.client({ credentials: session });
    const error: unknown = await client.invoke("churn", "x").catch((caught: unknown) => caught);
    expect(error).toMatchObject({ status: 403, code: expect.stringMatching(/Token|Client/) as string });
    const shown =
      inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error) + inspect(client, { depth: 10 });
    expect(shown).not.toContain(session.secretAccessKey);
    expect(shown).not.toContain(session.sessionToken);
  });

  // AWS's refusal repeats the canonical request, and that holds the session token.
  test("with a wrong secret give AWS's error without the session token that it quotes", async () => {
    const session = local.aws.role("worker").session();
    const client = local.client({ credentials: { ...session, secretAccessKey: "wrong".repeat(8) } });
    for (const call of [() => client.invoke("churn", "x"), () => client.call("ListModels", {})]) {
      const error: unknown = await call().catch((caught: unknown) => caught);
      expect(error).toMatchObject({
        code: "InvalidSignatureException",
        message: expect.stringContaining("x-amz-security-token:<session token>") as string,
      });
      const shown = inspect(error, { depth: 10, showHidden: true }) + JSON.stringify(error);
      expect(shown).not.toContain(session.sessionToken);
    }
  });

  test("are awaited when missing, and asked for once by many calls", async () => {
    let calls = 0;
    const credentials: CredentialProvider = async () => {
      calls += 1;
      return local.aws.role("worker").session();
    };
    const client = local.client({ credentials });
    await Promise.all(Array.from({ length: 30 }, () => client.invoke("churn", "x")));
    expect(calls).toBe(1);
  });

  test("that cannot be had end the call with the provider's own error, and nothing is sent", async () => {
    const cause = new Error("STS is down");
    const client = local.client({ credentials: () => Promise.reject(cause) });
    await expect(client.invoke("churn", "x")).rejects.toBe(cause);
    expect(attempts()).toBe(0);
  });
});

// aws-sdk-js-v3#2208: a machine whose clock is off never gets through.
test("a wrong clock is corrected from the answer, and the call is sent again", async () => {
  const clock = createManualClock(local.aws.clock.now() - 3_600_000);
  const client = local.client({ clock });
  expect((await client.invoke("churn", "x")).text()).toBe("x");
  expect(local.aws.calls().map(({ status }) => status)).toEqual([403, 200]);
  expect(Math.abs(clock.now() - local.aws.clock.now())).toBeLessThan(60_000);
  await client.invoke("churn", "x");
  expect(attempts()).toBe(3);
});

describe("an end that the caller sets", () => {
  test("by a signal rejects with its reason, before and while waiting", async () => {
    const reason = new Error("enough");
    await expect(sagemaker.invoke("churn", "x", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(attempts()).toBe(0);

    local.aws.fault({ kind: "delay", ms: 60_000 });
    const controller = new AbortController();
    const call = sagemaker.invoke("churn", "x", { signal: controller.signal });
    await until(() => attempts() === 1);
    controller.abort(reason);
    await expect(call).rejects.toBe(reason);
  });

  test("by timeoutMs rejects with TIMEOUT, and is over for good", async () => {
    const clock = createManualClock();
    const client = local.client({ clock });
    local.aws.fault({ kind: "delay", ms: 60_000 });
    const outcome = client.invoke("churn", "x", { timeoutMs: 5000 }).catch((error: unknown) => error);
    await until(() => attempts() === 1);
    await clock.advance(5000);
    expect(await outcome).toMatchObject({
      code: "TIMEOUT",
      message: "timeoutMs: the call did not finish within 5000 ms",
    });
    expect(clock.sleepers).toBe(0);
  });

  test("by timeoutMs leaves nothing behind when the answer comes in time", async () => {
    const clock = createManualClock();
    await local.client({ clock }).invoke("churn", "x", { timeoutMs: 5000 });
    expect(clock.sleepers).toBe(0);
  });

  test("by timeoutMs covers a stream's head, and leaves the stream alone", async () => {
    let finish: (() => void) | undefined;
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    local.aws.endpoint("llm", {
      parts: (async function* () {
        yield "one\n";
        await finished;
        yield "two\n";
      })(),
    });
    const clock = createManualClock();
    const seen: string[] = [];
    for await (const line of local.client({ clock }).invokeStream("llm", {}, { timeoutMs: 5000 }).lines()) {
      seen.push(line);
      await clock.advance(10_000);
      finish?.();
    }
    expect(seen).toEqual(["one", "two"]);
  });

  test("covers the pause before another attempt", async () => {
    const clock = createManualClock();
    const client = local.client({ clock, retry: { baseMs: 60_000, maxDelayMs: 60_000, random: () => 0.99 } });
    local.aws.fault({ kind: "status", status: 503 });
    const outcome = client.invoke("churn", "x", { timeoutMs: 5000 }).catch((error: unknown) => error);
    await until(() => attempts() === 1 && clock.sleepers === 2);
    await clock.advance(5000);
    expect(await outcome).toMatchObject({ code: "TIMEOUT" });
  });
});

// aws-sdk-js-v3#6222: a signature made before a queue grows old in it.
test("with one connection and slow answers each request arrives within a second of its signature", async () => {
  const clock = createManualClock();
  await using aws = await startAws({ regions: ["eu-west-1"], clock });
  await using transport = createTransport({ ca: aws.ca, connections: 1 });
  const client = createSageMaker({
    region: aws.region,
    credentials: aws.user,
    endpoint: { url: aws.url.all },
    transport,
    clock,
  });
  aws.fault({ kind: "delay", ms: 90_000, times: Infinity });
  const calls = Array.from({ length: 5 }, (_, index) => client.invoke("slow", `${index}`));
  for (let served = 1; served <= calls.length; served++) {
    await until(() => aws.calls().length === served && clock.sleepers === 1);
    await clock.advance(90_000);
  }
  expect((await Promise.all(calls)).map((answer) => answer.text())).toEqual(["0", "1", "2", "3", "4"]);
  for (const { at, headers } of aws.calls()) {
    const date = (headers["x-amz-date"] ?? "").replace(/^(....)(..)(..)T(..)(..)(..)Z$/, "$1-$2-$3T$4:$5:$6Z");
    expect(at.getTime() - Date.parse(date)).toBeLessThan(1000);
  }
});
