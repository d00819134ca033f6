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

  it("may be in a bucket with the name of another service's path", async () => {
    expect((await object("PUT", "token/x", { body: "1" })).status).toBe(200);
    expect((await object("GET", "token/x")).text).toBe("1");
  });

  it("are all that is served", async () => {
    expect((await object("POST", "data/x")).status).toBe(501);
    expect((await object("GET", "data")).status).toBe(501);
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

  it("writes a failure where the answer says", async () => {
    const { headers } = await start("broken", {}, "x");
    expect((await object("GET", path(headers["x-amzn-sagemaker-failurelocation"]))).text).toBe("out of memory");
    expect((await object("GET", path(headers["x-amzn-sagemaker-outputlocation"]))).status).toBe(404);
  });
});
