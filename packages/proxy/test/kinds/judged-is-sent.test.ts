import { createSigner, type PayloadMode, type Signer } from "@countersign/signer";
import { signChunked } from "@countersign/signer/chunked";
import { createGuard } from "@countersign/guard";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { serviceCall } from "../../src/judge/service-call.ts";
import { readHead } from "../../src/receive/received.ts";
import { type Local, startProxy } from "../local.ts";

// What is judged is what is sent: a part of a request that the proxy does not judge must not reach AWS.
let local: Local;
let signer: Signer;
let s3: Signer;
beforeAll(async () => {
  local = await startProxy({
    allow: [{ actions: ["sagemaker:*"] }, { actions: ["s3:*"], resources: ["bucket/own/*"] }],
    guard: createGuard({ posture: "baseline" }),
  });
  const shared = { region: local.aws.region, credentials: local.key, clock: local.aws.clock } as const;
  signer = createSigner({ ...shared, settings: { signedHeaders: "all" } });
  s3 = createSigner({ ...shared, service: "s3" });
});
afterAll(() => local.close());
beforeEach(() => {
  local.aws.reset();
  local.audit.length = 0;
});

const target = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "SageMaker.UpdateNotebookInstance" };
const json = { "content-type": "application/json" };

async function send(
  from: Signer,
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  payload: PayloadMode = "hash",
): Promise<{ readonly status: number; readonly text: string; readonly calls: number }> {
  const body = method === "GET" || method === "DELETE" ? undefined : "{}";
  const covered = payload === "hash" ? body !== undefined && { body } : { payload };
  const signed = await from.sign({ method, url: local.listening.url + path, headers, ...covered });
  const response = await fetch(signed.url, { method, headers: signed.headers, ...(body !== undefined && { body }) });
  return { status: response.status, text: await response.text(), calls: local.aws.calls().length };
}

describe("a body that is not read is not judged as an empty one", () => {
  it("a clean body is sent, and one that breaks the posture is not", async () => {
    expect(await send(signer, "POST", "/", target)).toMatchObject({ status: 400, calls: 1 });
  });

  it.each<PayloadMode>(["streaming-signed", "streaming-signed-trailer", "streaming-events"])(
    "%s is refused where a body is judged",
    async (payload) => {
      const headers = { ...target, "x-amz-decoded-content-length": "2", "x-amz-trailer": "x-amz-checksum-crc32" };
      const { status, text, calls } = await send(signer, "POST", "/", headers, payload);
      expect([status, calls]).toEqual([400, 0]);
      expect(text).toContain("must be signed by its hash");
    },
  );
});

describe("a path means one resource however it is decoded", () => {
  it.each([
    "own/..%2Fa",
    "own%2f..%2fa",
    "own/a%5c%2E.%5cb",
    "own/.%2Fa",
    "own/a%2F.",
    "own/%2e%2e%5Ca",
    "..%2fa/own/b",
  ])("/bucket/%s is refused", async (key) => {
    const rawHeaders = ["host", "a"];
    expect(() => readHead({ method: "GET", url: `/bucket/${key}`, rawHeaders })).toThrow("dot segments");
  });

  it.each(["own/...", "own/..a", "own/a..%2Fb", "own/a%2Fb", "own/a.%2Eb"])("/bucket/%s is a key", (key) => {
    const request = readHead({ method: "GET", url: `/bucket/${key}`, rawHeaders: ["host", "a"] });
    expect(serviceCall("s3", request).resource).toBe(`bucket/${decodeURIComponent(key)}`);
  });
});

describe("a query has the parameters of the operation in the path", () => {
  it.each([
    ["POST", "/endpoints/churn/invocations?Action=DeleteModel"],
    ["POST", "/endpoints/churn/invocations?X-Amz-Target=SageMaker.DeleteModel"],
    ["POST", "/endpoints/churn/async-invocations?%41ction=DeleteModel"],
    ["PUT", "/FeatureGroup/a?Operation=DeleteModel"],
    ["DELETE", "/FeatureGroup/a?RecordIdentifierValueAsString=1&Action=DeleteModel"],
    ["GET", "/human-loops?MaxResults=1&&SortOrder=Ascending"],
  ])("%s %s is refused", async (method, path) => {
    const { status, text, calls } = await send(signer, method, path, json);
    expect([status, calls]).toEqual([403, 0]);
    expect(text).toContain("leave it out");
  });

  it.each([
    ["GET", "/FeatureGroup/a?RecordIdentifierValueAsString=1&FeatureName=b&FeatureName=c", "GetRecord"],
    ["DELETE", "/FeatureGroup/a?RecordIdentifierValueAsString=1&EventTime=2&DeletionMode=HardDelete", "DeleteRecord"],
    ["GET", "/human-loops?FlowDefinitionArn=a&MaxResults=1&NextToken=b", "ListHumanLoops"],
    ["POST", "/endpoints/churn/invocations?X-Amz-Date=20261130T000000Z", "InvokeEndpoint"],
  ])("%s %s is one", (method, url, operation) => {
    const call = serviceCall("sagemaker", readHead({ method, url, rawHeaders: ["host", "a"] }));
    expect(call.actions).toEqual([`sagemaker:${operation}`]);
  });
});

it.each(["x-amz-acl", "x-amz-tagging", "x-amz-copy-source", "content-length", "x-amz-checksum-crc32,x-amz-acl", ""])(
  "a trailer that asks for more than a checksum is refused: %j",
  async (names) => {
    const headers = { "x-amz-decoded-content-length": "2", "content-encoding": "aws-chunked", "x-amz-trailer": names };
    const answer = await send(s3, "PUT", "/bucket/own/a", headers, "streaming-signed-trailer");
    expect(answer).toMatchObject({ status: 400, calls: 0 });
    expect(answer.text).toContain("x-amz-trailer must name checksums");
  },
);

it("a checksum is a trailer", async () => {
  const upload = await signChunked(s3, {
    method: "PUT",
    url: `${local.listening.url}/bucket/own/a`,
    decodedLength: 2,
    trailer: { "x-amz-checksum-crc32": "AAAAAA==" },
  });
  const pieces: Uint8Array[] = [];
  for await (const piece of upload.encode(Buffer.from("{}"))) pieces.push(piece);
  const response = await fetch(upload.url, { method: "PUT", headers: upload.headers, body: Buffer.concat(pieces) });
  expect([response.status < 500, local.aws.calls().length]).toEqual([true, 1]);
});

it("headers that Node would drop are refused, and not left unchecked", () => {
  const many = (count: number): string[] => Array.from({ length: count }, (_, index) => [`a${index}`, ""]).flat();
  const head = (count: number): unknown => readHead({ method: "GET", url: "/", rawHeaders: many(count) });
  expect(() => head(1001)).toThrow("at most 1000 headers");
  expect(head(1000)).toBeDefined();
});
