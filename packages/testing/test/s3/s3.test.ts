import { crc32 as crc } from "node:zlib";
import { createSigner } from "@countersign/signer";
import { type ChunkedUpload, signChunked } from "@countersign/signer/chunked";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Aws, startAws } from "../../src/index.ts";
import { element, send, type SendOptions } from "../send.ts";

let aws: Aws;
beforeAll(async () => {
  aws = await startAws({
    roles: [
      {
        arn: "reader",
        policies: [{ Statement: { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::data/open/*" } }],
      },
    ],
    endpoints: {
      upper: ({ body }) => ({ body: Buffer.from(body).toString("utf8").toUpperCase(), contentType: "text/plain" }),
      broken: { modelError: { status: 500, message: "out of memory" } },
    },
  });
});
afterAll(() => aws.close());

const object = (method: string, path: string, options: SendOptions = {}) =>
  send(aws, `${aws.url.s3}/${path}`, { method, service: "s3", ...options });

describe("objects", () => {
  it("are stored, read, described and removed", async () => {
    const put = await object("PUT", "data/a%20b/c.txt", { body: "hello", headers: { "content-type": "text/plain" } });
    expect([put.status, put.headers["etag"]]).toEqual([200, '"5d41402abc4b2a76b9719d911017c592"']);
    const got = await object("GET", "data/a%20b/c.txt");
    expect([got.text, got.headers["content-type"]]).toEqual(["hello", "text/plain"]);
    expect((await object("HEAD", "data/a%20b/c.txt")).status).toBe(200);
    expect((await object("DELETE", "data/a%20b/c.txt")).status).toBe(204);
    const gone = await object("GET", "data/a%20b/c.txt");
    expect([gone.status, element(gone.text, "Code")]).toEqual([404, "NoSuchKey"]);
  });

  it("keep dot segments in their keys, as S3 does: no other object is written or read", async () => {
    await object("PUT", "data/b", { body: "other" });
    for (const key of ["a/../b", "./b", "a//b", "%2e/b"]) {
      const tls = { path: `/data/${key}` };
      expect([key, (await object("PUT", `data/${key}`, { body: key, tls })).status]).toEqual([key, 200]);
      expect((await object("GET", `data/${key}`, { tls })).text).toBe(key);
    }
    expect((await object("GET", "data/b")).text).toBe("other");
  });

  it("keep their metadata", async () => {
    const headers = { "x-amz-meta-team": "a", "cache-control": "no-store", "content-encoding": "aws-chunked,gzip" };
    await object("PUT", "data/meta", { body: "1", headers: { ...headers, "x-other": "b" } });
    const got = await object("HEAD", "data/meta");
    expect(got.headers).toMatchObject({ ...headers, "content-encoding": "gzip" });
    expect(got.headers["x-other"]).toBeUndefined();
  });

  it("are refused with a wrong signature or another body, and to callers whose policies do not allow it", async () => {
    const body = "hello";
    const tampered = await object("PUT", "data/x", { body, tamper: (request) => ({ ...request, body: "HELLO" }) });
    expect(tampered.status).toBeGreaterThanOrEqual(400);
    expect((await object("GET", "data/x")).status).toBe(404);
    await object("PUT", "data/open/x", { body });
    await object("PUT", "data/closed/x", { body });
    const credentials = aws.role("reader").session();
    expect((await object("GET", "data/open/x", { credentials })).text).toBe("hello");
    expect(element((await object("GET", "data/closed/x", { credentials })).text, "Code")).toBe("AccessDenied");
    expect((await object("PUT", "data/open/x", { credentials, body })).status).toBe(403);
  });

  it("are missing only to a caller who may list the bucket, as S3 answers", async () => {
    const credentials = aws.role("reader").session();
    const missing = await object("GET", "data/open/none", { credentials });
    expect([missing.status, element(missing.text, "Code")]).toEqual([403, "AccessDenied"]);
    expect((await object("GET", "data/open/none")).status).toBe(404);
  });

  it.each<[string, string, SendOptions?]>([
    ["GET", "data/part?tagging"],
    ["GET", "data/part?versionId=1"],
    ["DELETE", "data/part?uploadId=1"],
    ["PUT", "data/part?partNumber=1&uploadId=1"],
    ["PUT", "data/part", { headers: { "x-amz-copy-source": "data/other" } }],
    ["GET", "data/part", { headers: { range: "bytes=0-1" } }],
    ["PUT", "data/part", { headers: { "if-none-match": "*" } }],
  ])("are not touched by operations that are not served: %s %s", async (method, path, options = {}) => {
    await object("PUT", "data/part", { body: "whole" });
    const refused = await object(method, path, options);
    expect([refused.status, element(refused.text, "Code")]).toEqual([501, "NotImplemented"]);
    expect((await object("GET", "data/part?x-id=GetObject")).text).toBe("whole");
  });

  it("may be in a bucket with the name of another service's path", async () => {
    expect((await object("PUT", "token/x", { body: "1" })).status).toBe(200);
    expect((await object("GET", "token/x")).text).toBe("1");
  });

  it("are all that is served", async () => {
    expect((await object("POST", "data/x")).status).toBe(501);
    expect((await object("GET", "data")).status).toBe(501);
  });
});

describe("uploads in chunks", () => {
  const data = Buffer.from("123456789".repeat(4000));
  const crc32 = "x-amz-checksum-crc32";
  const sum = () =>
    Buffer.from([crc(data)].map((value) => value.toString(16).padStart(8, "0")).join(""), "hex").toString("base64");
  const modes: Readonly<Record<string, Partial<ChunkedUpload>>> = {
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD": {},
    "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER": { trailer: { [crc32]: sum } },
    "STREAMING-UNSIGNED-PAYLOAD-TRAILER": { payload: "streaming-unsigned-trailer", trailer: { [crc32]: sum } },
  };

  async function upload(upload: Partial<ChunkedUpload>, change: (body: Buffer) => Buffer = (body) => body) {
    const url = `${aws.url.s3}/data/chunked`;
    const signer = createSigner({ region: aws.region, service: "s3", credentials: aws.user, clock: aws.clock });
    await signer.ready();
    const signed = await signChunked(signer, {
      method: "PUT",
      url,
      decodedLength: data.length,
      chunkSize: 8192,
      ...upload,
    });
    const chunks: Uint8Array[] = [];
    for await (const chunk of signed.encode(data)) chunks.push(chunk);
    const sent = await send(aws, url, {
      method: "PUT",
      credentials: null,
      headers: signed.headers,
      body: change(Buffer.concat(chunks)),
    });
    return { ...sent, word: signed.headers["x-amz-content-sha256"], code: element(sent.text, "Code") };
  }

  it.each(Object.entries(modes))("%s: verified, joined and stored", async (word, mode) => {
    const sent = await upload(mode);
    expect([sent.status, sent.word]).toEqual([200, word]);
    expect(sent.headers[crc32]).toBe(mode.trailer === undefined ? undefined : sum());
    expect((await object("GET", "data/chunked")).body.equals(data)).toBe(true);
  });

  it.each(Object.entries(modes))("%s: an edited chunk is refused, and nothing is stored", async (_word, mode) => {
    await object("DELETE", "data/chunked");
    const edited = await upload(mode, (body) => Buffer.from(body.toString("latin1").replace("2345", "2354"), "latin1"));
    expect(edited.status).toBeGreaterThanOrEqual(400);
    expect(["SignatureDoesNotMatch", "BadDigest"]).toContain(edited.code);
    expect((await object("GET", "data/chunked")).status).toBe(404);
  });

  it("cut short, with a missing trailer or with a wrong signature of the trailer is refused", async () => {
    const signed = modes["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"] ?? {};
    expect((await upload(signed, (body) => body.subarray(0, 20_000))).status).toBe(400);
    expect(
      (await upload(signed, (body) => Buffer.from(body.toString("latin1").replace(crc32, "x-amz-other"), "latin1")))
        .status,
    ).toBe(400);
    const forged = (body: Buffer) =>
      Buffer.from(body.toString("latin1").replace(/(trailer-signature:).{4}/, "$10000"), "latin1");
    expect((await upload(signed, forged)).code).toBe("SignatureDoesNotMatch");
  });
});

describe("stated checksums", () => {
  // The check values of each algorithm for "123456789".
  const right: readonly (readonly [header: string, value: string])[] = [
    ["x-amz-checksum-crc32", "y/Q5Jg=="],
    ["x-amz-checksum-crc32c", "4waSgw=="],
    ["x-amz-checksum-crc64nvme", "rosUhgp5mIg="],
    ["x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="],
    ["x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="],
    ["content-md5", "JfnnlDI7RTiF9RgfG2JNCw=="],
  ];
  it.each(right)("%s %s", async (header, value) => {
    const put = (body: string) => object("PUT", "data/summed", { body, headers: { [header]: value } });
    expect((await put("123456789")).status).toBe(200);
    const other = await put("123456780");
    expect([other.status, element(other.text, "Code")]).toEqual([400, "BadDigest"]);
  });
  it("of an unknown algorithm are refused", async () => {
    const headers = { "x-amz-checksum-crc16": "AAA=" };
    expect((await object("PUT", "data/summed", { body: "1", headers })).status).toBe(400);
  });
});

describe("asynchronous inference", () => {
  const start = (endpoint: string, headers: Record<string, string>, body = "") =>
    send(aws, `${aws.url.runtime}/endpoints/${endpoint}/async-invocations`, { headers, body });
  const path = (location: string | undefined) => (location ?? "").replace("s3://", "");

  it("reads its input from S3 and writes its output there", async () => {
    await object("PUT", "data/in.txt", { body: "from s3" });
    const { status, headers } = await start("upper", { "x-amzn-sagemaker-inputlocation": "s3://data/in.txt" });
    expect(status).toBe(202);
    const output = await object("GET", path(headers["x-amzn-sagemaker-outputlocation"]));
    expect([output.text, output.headers["content-type"]]).toEqual(["FROM S3", "text/plain"]);
    expect((await object("GET", path(headers["x-amzn-sagemaker-failurelocation"]))).status).toBe(404);
  });

  it("reads input that was stored without a request", async () => {
    aws.object("s3://data/seeded.txt", "seeded");
    const { headers } = await start("upper", { "x-amzn-sagemaker-inputlocation": "s3://data/seeded.txt" });
    expect((await object("GET", path(headers["x-amzn-sagemaker-outputlocation"]))).text).toBe("SEEDED");
    expect(() => aws.object("data/seeded.txt", "x")).toThrow("location: must be such as s3://bucket/key");
    expect(() => aws.object("s3://data/x", 1 as never)).toThrow("body: must be text or bytes");
  });

  it("writes a failure when the input does not exist, and does not call the model", async () => {
    const { headers } = await start("upper", { "x-amzn-sagemaker-inputlocation": "s3://data/none.txt" });
    expect((await object("GET", path(headers["x-amzn-sagemaker-failurelocation"]))).text).toMatch(/does not exist/);
    expect((await object("GET", path(headers["x-amzn-sagemaker-outputlocation"]))).status).toBe(404);
    const unknown = await start("none", { "x-amzn-sagemaker-inputlocation": "s3://data/none.txt" });
    expect([unknown.status, unknown.text]).toEqual([400, expect.stringContaining("Endpoint none")]);
  });

  it("writes a failure where the answer says", async () => {
    const { headers } = await start("broken", {}, "x");
    expect((await object("GET", path(headers["x-amzn-sagemaker-failurelocation"]))).text).toBe("out of memory");
    expect((await object("GET", path(headers["x-amzn-sagemaker-outputlocation"]))).status).toBe(404);
  });
});
