import { Sha256 } from "@aws-crypto/sha256-js";
import { createClock } from "@countersign/signer";
import { createVerifier } from "@countersign/signer/verify";
import { SignatureV4 } from "@smithy/signature-v4";
import type { HttpRequest, QueryParameterBag } from "@smithy/types";
import { describe, expect, it } from "vitest";
import { countersigned, type CountersignedOptions } from "../src/index.ts";

const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const signingDate = new Date(Date.UTC(2026, 10, 23, 12));
const clock = createClock({ wall: () => signingDate.getTime(), monotonic: () => 0 });
const verify = createVerifier({
  resolve: async (id) => (id === credentials.accessKeyId ? credentials : undefined),
  clock,
});

function signerOf(
  service = "sagemaker",
  change: Partial<CountersignedOptions> = {},
  init: { applyChecksum?: boolean } = {},
) {
  const { signerConstructor, ...rest } = countersigned({ region: "eu-west-1", credentials, clock, ...change });
  return new signerConstructor({ ...rest, service, ...init });
}

const theirs = (service = "sagemaker"): SignatureV4 =>
  new SignatureV4({ credentials, region: "eu-west-1", service, sha256: Sha256 });

const AWKWARD_QUERY: QueryParameterBag = { b: "2 3", a: ["1", "0"], c: "*'()" };

const request = (change: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "POST",
  protocol: "https:",
  hostname: "api.sagemaker.eu-west-1.amazonaws.com",
  path: "/",
  query: {},
  headers: {
    host: "api.sagemaker.eu-west-1.amazonaws.com",
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "SageMaker.ListModels",
    "amz-sdk-request": "attempt=1; max=3",
    "user-agent": "test",
  },
  body: "{}",
  ...change,
});

function wire({ path, query }: HttpRequest): string {
  const pairs = Object.entries(query ?? {}).flatMap(([name, value]) =>
    [value ?? ""].flat().map((one) => `${encodeURIComponent(name)}=${encodeURIComponent(one)}`),
  );
  return pairs.length === 0 ? path : `${path}?${pairs.join("&")}`;
}

const verified = (sent: HttpRequest) =>
  verify({ method: sent.method, url: wire(sent), headers: sent.headers, body: sent.body as string | undefined });

/** Everything but the signature itself. */
const rest = ({ headers, ...others }: HttpRequest): unknown => {
  const { authorization: _, ...unsigned } = headers;
  return { ...others, headers: unsigned };
};

describe("a request", () => {
  it.each([
    ["a control-plane call", request()],
    ["an invocation", request({ path: "/endpoints/my%20endpoint/invocations", body: new Uint8Array([0, 255]) })],
    ["a path with dots and colons", request({ path: "/endpoints/a/../b:c/invocations" })],
    ["a port", request({ hostname: "localhost", port: 8443, headers: { host: "localhost:8443" } })],
    ["no host header, as in browsers", request({ headers: { "content-type": "text/plain" } })],
    ["no body", request({ method: "GET", body: undefined })],
    ["a query", request({ query: AWKWARD_QUERY })],
    [
      "what an earlier attempt left",
      request({ hostname: "h.example", headers: { host: "h.example", authorization: "old", "x-amz-date": "old" } }),
    ],
  ])("with %s is what the SDK's own signer makes of it, and verifies", async (_what, given) => {
    const ours = await signerOf().sign(given, { signingDate });
    const sdks = await theirs().sign(given, { signingDate });
    expect(rest(ours)).toEqual(rest(sdks));
    const target = {
      ...ours,
      headers: { host: given.port === undefined ? given.hostname : `${given.hostname}:${given.port}`, ...ours.headers },
    };
    await expect(verified(target)).resolves.toMatchObject({ service: "sagemaker", region: "eu-west-1" });
  });

  it("keeps the class of the SDK's request, and leaves the one given as it was", async () => {
    class SdkRequest {
      readonly mark = true;
    }
    const given = Object.assign(new SdkRequest(), request());
    const before = structuredClone(given.headers);
    const signed = await signerOf().sign(given, { signingDate });
    expect(signed).toBeInstanceOf(SdkRequest);
    expect(given.headers).toEqual(before);
  });

  it("bears the date that the SDK gives: the SDK corrects it already", async () => {
    const ahead = createClock({ wall: () => signingDate.getTime() + 3_600_000, monotonic: () => 0 });
    for (const date of [signingDate, signingDate.getTime() / 1000, signingDate.toISOString()]) {
      const { headers } = await signerOf("sagemaker", { clock: ahead }).sign(request(), { signingDate: date });
      expect(headers["x-amz-date"]).toBe("20261123T120000Z");
    }
    const { headers } = await signerOf("sagemaker", { clock: ahead }).sign(request());
    expect(headers["x-amz-date"]).toBe("20261123T130000Z");
  });

  it("is signed for the service and region that the SDK names", async () => {
    const { headers } = await signerOf().sign(request(), {
      signingDate,
      signingRegion: "us-west-2",
      signingService: "sts",
    });
    expect(headers["authorization"]).toContain("/20261123/us-west-2/sts/aws4_request");
  });

  it("over HTTP/2 keeps its `:authority`, and signs it as the host that it is", async () => {
    const given = request({
      headers: { ":authority": "api.sagemaker.eu-west-1.amazonaws.com", "content-type": "a/b" },
    });
    const signed = await signerOf().sign(given, { signingDate });
    expect(signed.headers[":authority"]).toBe("api.sagemaker.eu-west-1.amazonaws.com");
    const { ":authority": host = "", ...headers } = signed.headers;
    await expect(verified({ ...signed, headers: { ...headers, host } })).resolves.toBeDefined();
  });

  it("covers nothing that a tracing agent may add (opentelemetry-js#3922)", async () => {
    const traced = request({
      hostname: "h.example",
      headers: { host: "h.example", traceparent: "00-1", "x-amzn-trace-id": "Root=1" },
    });
    expect((await theirs().sign(traced, { signingDate })).headers["authorization"]).toContain("traceparent");
    const { headers } = await signerOf().sign(traced, { signingDate });
    expect(headers["authorization"]).not.toContain("trace");
    expect(headers["traceparent"]).toBe("00-1");
  });

  it("carries its payload hash unless the client does without", async () => {
    const without = await signerOf("sagemaker", {}, { applyChecksum: false }).sign(request(), { signingDate });
    expect(without.headers["x-amz-content-sha256"]).toBeUndefined();
    await expect(verified(without)).resolves.toBeDefined();
  });

  it("uses one signing key per credentials and day, however many signers are constructed", async () => {
    const { signerConstructor, ...options } = countersigned({ region: "eu-west-1", credentials, clock });
    const sign = () => new signerConstructor({ ...options, service: "sagemaker" }).sign(request(), { signingDate });
    expect((await sign()).headers["authorization"]).toBe((await sign()).headers["authorization"]);
    const tomorrow = new Date(signingDate.getTime() + 86_400_000);
    const next = await new signerConstructor({ ...options, service: "sagemaker" }).sign(request(), {
      signingDate: tomorrow,
    });
    expect(next.headers["authorization"]).toContain("/20261124/");
  });
});

describe("left to the SDK's own signer", () => {
  it.each([
    ["a service that is not known here", "polly", request(), {}],
    ["Amazon S3", "s3", request(), {}],
    ["a stream", "sagemaker", request({ body: new ReadableStream() }), {}],
    [
      "a payload hash that is decided",
      "sagemaker",
      request({ hostname: "h", headers: { host: "h", "x-amz-content-sha256": "UNSIGNED-PAYLOAD" } }),
      {},
    ],
    ["headers of the caller's choice", "sagemaker", request(), { signableHeaders: new Set(["user-agent"]) }],
  ])("%s", async (_what, service, given, options) => {
    const ours = await signerOf(service).sign(given, { signingDate, ...options });
    expect(ours.headers).toEqual((await theirs(service).sign(given, { signingDate, ...options })).headers);
  });

  it("strings", async () => {
    expect(await signerOf().sign("text", { signingDate })).toBe(await theirs().sign("text", { signingDate }));
  });

  it("events", async () => {
    const event = { headers: new Uint8Array([1]), payload: new Uint8Array([2]) };
    const options = { signingDate, priorSignature: "0".repeat(64) };
    expect(await signerOf().sign(event, options)).toBe(await theirs().sign(event, options));
  });

  it("messages", async () => {
    const message = { message: { headers: {}, body: new Uint8Array([2]) }, priorSignature: "0".repeat(64) };
    expect(await signerOf().sign(message, { signingDate })).toEqual(await theirs().sign(message, { signingDate }));
  });
});

describe("a presigned request", () => {
  const url = (change: Partial<HttpRequest> = {}) =>
    request({
      method: "GET",
      hostname: "sts.eu-west-1.amazonaws.com",
      body: undefined,
      headers: { host: "sts.eu-west-1.amazonaws.com", ...change.headers },
      query: { Action: "GetCallerIdentity", ...change.query },
    });

  it("is what the SDK's own signer makes of it, and verifies", async () => {
    const given = url({ headers: { "x-amz-meta": "1", host: "sts.eu-west-1.amazonaws.com" } });
    const ours = await signerOf("sts").presign(given, { signingDate, expiresIn: 900 });
    const sdks = await theirs("sts").presign(given, { signingDate, expiresIn: 900 });
    const { "X-Amz-Signature": signature, ...query } = ours.query ?? {};
    expect({ ...ours, query: { ...query, "X-Amz-Signature": expect.any(String) as unknown } }).toEqual({
      ...sdks,
      query: { ...sdks.query, "X-Amz-Signature": expect.any(String) as unknown },
    });
    expect(signature).toMatch(/^[\da-f]{64}$/u);
    await expect(verified(ours)).resolves.toMatchObject({ form: "query", service: "sts" });
  });

  it("that could never work is an error, not a string", async () => {
    const signed = signerOf("sts").presign(url(), { signingDate, expiresIn: 604_801 });
    await expect(signed).rejects.toMatchObject({ name: "SignerError", code: "INVALID_EXPIRES_IN" });
  });

  it("with headers of the caller's choice is left to the SDK's own signer", async () => {
    const options = { signingDate, unhoistableHeaders: new Set(["x-amz-meta"]) };
    const given = url({ headers: { "x-amz-meta": "1" } });
    expect(await signerOf("sts").presign(given, options)).toEqual(await theirs("sts").presign(given, options));
  });
});

describe("the guard", () => {
  it("judges what is signed, whatever becomes of the request while it looks up facts", async () => {
    const toSign = request();
    const guard = {
      async enforceRequest({ body, headers }: { body?: unknown; headers: unknown }) {
        expect([body, headers]).toMatchObject(["{}", { "x-amz-target": "SageMaker.ListModels" }]);
        await Promise.resolve();
        toSign.body = '{"DirectInternetAccess":"Enabled"}';
        toSign.headers["x-amz-target"] = "SageMaker.CreateNotebookInstance";
        return undefined;
      },
      remember() {},
    };
    const sent = await signerOf("sagemaker", { guard }).sign(toSign, { signingDate });
    expect(sent.body).toBe("{}");
    expect(sent.headers["x-amz-target"]).toBe("SageMaker.ListModels");
    await expect(verified(sent)).resolves.toMatchObject({ accessKeyId: credentials.accessKeyId });
  });

  it("is refused at once when it is invalid", () => {
    const guard = "private" as unknown as CountersignedOptions["guard"];
    expect(() => countersigned({ region: "eu-west-1", credentials, guard })).toThrow(/createGuard/u);
  });

  it("hears of every request with where it goes, before it is signed", async () => {
    const heard: unknown[] = [];
    const events: string[] = [];
    const guard = {
      async enforceRequest(asked: unknown, options: unknown) {
        heard.push([asked, options, events.length]);
        return undefined;
      },
      remember() {},
    };
    const transport = { private: true, requestHandler: () => ({}) as never };
    const signer = signerOf("sagemaker", { guard, transport, onEvent: ({ name }) => events.push(name) });
    await signer.sign(request({ path: "/p", query: { q: "1" } }), { signingDate });
    await signer.presign(request(), { signingDate });
    expect(heard).toEqual([
      [
        {
          method: "POST",
          url: "https://api.sagemaker.eu-west-1.amazonaws.com/p?q=1",
          headers: request().headers,
          body: "{}",
        },
        { privateAddresses: true },
        0,
      ],
      [
        expect.objectContaining({ url: "https://api.sagemaker.eu-west-1.amazonaws.com/" }),
        { privateAddresses: true },
        1,
      ],
    ]);
  });

  it.each(["sagemaker", "polly"])("that throws keeps a request of %s from being signed", async (service) => {
    const refusal = new Error("against the posture");
    const guard = { enforceRequest: async () => Promise.reject(refusal), remember() {} };
    let asked = 0;
    const provider = async () => (asked++, credentials);
    const signer = signerOf(service, { guard, credentials: Object.assign(provider, { memoized: true }) });
    await expect(signer.sign(request(), { signingDate })).rejects.toBe(refusal);
    await expect(signer.presign(request(), { signingDate })).rejects.toBe(refusal);
    expect(asked).toBe(0);
  });
});

it("needs a region, and says where to find one", () => {
  for (const region of [undefined, ""]) {
    expect(() => countersigned({ region: region as string, credentials })).toThrow(/AWS_REGION/u);
  }
});
