import { type Clock, createClock, memoize } from "@countersign/signer";
import { createSignedFetch, type SignedFetchWithCredentials } from "@countersign/fetch";
import { type Aws, startAws } from "@countersign/testing";
import { createTransport, type Transport } from "@countersign/transport";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

let aws: Aws<Clock>;
let transport: Transport;
beforeAll(async () => {
  // The machine's own clock: waits between attempts are real, and set to a millisecond.
  aws = await startAws({ roles: ["worker"], clock: createClock() });
  transport = createTransport({ ca: aws.ca });
});
afterEach(() => aws.reset());
afterAll(async () => {
  await transport.close();
  await aws.close();
});

/** A signed fetch as a service would make it: over the transport, with a session of a role. */
function signedFetch(change: Partial<SignedFetchWithCredentials> = {}): typeof fetch {
  return createSignedFetch({
    region: aws.region,
    service: "sagemaker",
    credentials: aws.role("worker").session(),
    fetch: transport.fetch,
    clock: aws.clock,
    allowedHosts: ["localhost"],
    retry: { baseMs: 1, throttleBaseMs: 1 },
    ...change,
  });
}

const invoke = (signed: typeof fetch, body: BodyInit = '{"inputs":"hello"}') =>
  signed(`${aws.url.runtime}/endpoints/my-endpoint/invocations`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
  });

const statuses = () => aws.calls().map(({ status }) => status);

describe("against a local AWS that verifies every signature", () => {
  it("invokes an endpoint", async () => {
    const response = await invoke(signedFetch());
    expect([response.status, await response.text()]).toEqual([200, '{"inputs":"hello"}']);
    expect(aws.calls()[0]?.principal).toContain("assumed-role/worker");
  });

  it("calls the control plane, STS and ECR, each for its own service", async () => {
    const call = (url: string, service: string, target: string, body: string, type = "application/x-amz-json-1.1") =>
      signedFetch({ service })(url, {
        method: "POST",
        headers: { "content-type": type, "x-amz-target": target },
        body,
      });
    expect((await call(aws.url.sagemaker, "sagemaker", "SageMaker.ListModels", "{}")).status).toBe(200);
    const form = new URLSearchParams({ Action: "GetCallerIdentity", Version: "2011-06-15" });
    expect((await signedFetch({ service: "sts" })(aws.url.sts, { method: "POST", body: form })).status).toBe(200);
    const ecr = await call(
      aws.url.ecr,
      "ecr",
      "AmazonEC2ContainerRegistry_V20150921.DescribeImages",
      '{"repositoryName":"r"}',
    );
    expect((await ecr.json()) as unknown).toMatchObject({
      __type: expect.stringContaining("RepositoryNotFound") as unknown,
    });
  });

  it("streams an answer as it comes", async () => {
    const url = `${aws.url.runtime}/endpoints/my-endpoint/invocations-response-stream`;
    const response = await signedFetch()(url, { method: "POST", body: "x".repeat(5000) });
    let length = 0;
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) length += chunk.byteLength;
    expect(length).toBeGreaterThan(5000);
  });
});

describe("when AWS says no", () => {
  it("throttling is waited out", async () => {
    aws.fault({ kind: "throttle", times: 2 });
    expect((await invoke(signedFetch())).status).toBe(200);
    expect(aws.calls().map(({ errorCode = "" }) => errorCode.replace(/Exception$/u, ""))).toEqual([
      "Throttling",
      "Throttling",
      "",
    ]);
  });

  it("a 503 of an invocation is sent again, one of CreateModel is not", async () => {
    aws.fault({ kind: "status", status: 503, times: 2 });
    expect((await invoke(signedFetch())).status).toBe(200);
    aws.reset();
    aws.fault({ kind: "status", status: 503 });
    const create = await signedFetch()(aws.url.sagemaker, {
      method: "POST",
      headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.CreateModel" },
      body: '{"ModelName":"m"}',
    });
    expect(create.status).toBe(503);
    expect(statuses()).toEqual([503]);
  });

  it("a connection lost after the request was processed is not tried again", async () => {
    aws.fault({ kind: "drop-after-body" });
    await expect(invoke(signedFetch())).rejects.toThrow("fetch failed");
    expect(aws.calls()).toHaveLength(1);
  });

  it("a connection that never stood is tried again", async () => {
    const own = createTransport({ ca: aws.ca });
    aws.fault({ kind: "tls", service: "runtime", mode: "reset" });
    const outcome = await invoke(signedFetch({ fetch: own.fetch })).then(
      ({ status }) => status,
      (error: unknown) => error,
    );
    await own.close();
    expect(outcome).toBe(200);
  });

  it("a clock that is off is corrected from the answer, once", async () => {
    const clock = createClock();
    aws.fault({ kind: "skewed-date", ms: 3_600_000, times: Number.POSITIVE_INFINITY });
    const signed = signedFetch({ clock, credentials: aws.user });
    expect((await invoke(signed)).status).toBe(200);
    expect((await invoke(signed)).status).toBe(200);
    expect(statuses()).toEqual([403, 200, 200]);
    expect(Math.abs(clock.offsetMs - 3_600_000)).toBeLessThan(60_000);
  });

  it("an expired token is replaced, once, and only with another one", async () => {
    const sessions = [aws.role("worker").session(), aws.role("worker").session()];
    const credentials = memoize(async () => sessions.shift() ?? aws.user, { clock: aws.clock });
    const signed = signedFetch({ credentials });
    expect((await invoke(signed)).status).toBe(200);
    aws.fault({ kind: "expired-token" });
    expect((await invoke(signed)).status).toBe(200);
    const used = aws.calls().map(({ headers }) => headers["authorization"]?.match(/Credential=([^/]+)/u)?.[1]);
    expect([used[0] === used[1], used[1] === used[2]]).toEqual([true, false]);

    aws.reset();
    aws.fault({ kind: "expired-token", times: Number.POSITIVE_INFINITY });
    const answer = await invoke(signedFetch({ credentials: aws.role("worker").session() }));
    expect([answer.status, statuses().length]).toEqual([403, 1]);
  });

  it("a ModelError is the caller's to decide about", async () => {
    aws.endpoint("broken", { modelError: { status: 500, message: "out of memory" } });
    const answer = await signedFetch()(`${aws.url.runtime}/endpoints/broken/invocations`, {
      method: "POST",
      body: "x",
    });
    expect([answer.status, aws.calls().length]).toEqual([424, 1]);
  });

  it("a 307 elsewhere delivers neither credentials nor body (aws-sdk-php#1762, snowflake-connector-python#2900)", async () => {
    await using foreign = await startAws();
    aws.fault({ kind: "redirect", location: `${foreign.url.runtime}/endpoints/my-endpoint/invocations` });
    const own = new URL(aws.url.runtime).host;
    const elsewhere = createTransport({ ca: [aws.ca, foreign.ca] });
    const sent = invoke(signedFetch({ allowedHosts: [own], fetch: elsewhere.fetch }), "the prompt");
    await expect(sent).rejects.toMatchObject({ name: "FetchError", code: "REDIRECT_REFUSED" });
    await elsewhere.close();
    expect(foreign.calls()).toEqual([]);
  });
});

describe("a refusal of the transport", () => {
  it("is thrown with its code on the chain of causes, and is not tried again", async () => {
    await using weak = await startAws({ tls: "static-rsa" });
    const own = createTransport({ ca: weak.ca });
    const signed = signedFetch({ fetch: own.fetch });
    const error: unknown = await signed(`${weak.url.runtime}/endpoints/e/invocations`, {
      method: "POST",
      body: "x",
    }).catch((caught: unknown) => caught);
    await own.close();
    const codes: unknown[] = [];
    for (let link = error as Error | undefined; link !== undefined; link = link.cause as Error | undefined) {
      codes.push((link as { readonly code?: unknown }).code);
    }
    expect(codes).toContain("TLS_CIPHER_REFUSED");
    expect(weak.calls()).toEqual([]);
  });
});
