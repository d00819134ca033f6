import { connect as connectHttp2, type OutgoingHttpHeaders } from "node:http2";
import { once } from "node:events";
import { connect } from "node:net";
import { createSigner, type Signer } from "@countersign/signer";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { issueKey } from "../../src/index.ts";
import { serviceCall } from "../../src/judge/service-call.ts";
import { readHead } from "../../src/receive/received.ts";
import { type Local, startProxy } from "../local.ts";

const invoke = "/endpoints/churn/invocations";
const json = { "content-type": "application/json" };
let local: Local;
let signer: Signer;
beforeAll(async () => {
  local = await startProxy({
    allow: [
      { actions: ["sagemaker:Invoke*"], resources: ["endpoint/churn", "inference-component/mine-*"] },
      { actions: ["sagemaker:ListModels", "s3:*"] },
    ],
  });
  signer = createSigner({
    region: local.aws.region,
    credentials: local.key,
    clock: local.aws.clock,
    settings: { signedHeaders: "all" },
  });
});
afterAll(() => local.close());
beforeEach(() => local.aws.reset());

const arrived = (): string[] => local.aws.calls().map(({ operation }) => operation ?? "");

/** The status of a signed request, whose lines may be changed after it was signed. */
async function send(
  target: string,
  headers: Readonly<Record<string, string>>,
  body = "{}",
  change: (lines: string[]) => string[] = (lines) => lines,
  from: Signer = signer,
): Promise<number> {
  const url = local.listening.url + target;
  const signed = await from.sign({ method: "POST", url, headers, body });
  const lines = [
    `POST ${target} HTTP/1.1`,
    `host: ${new URL(url).host}`,
    ...Object.entries(signed.headers).map(([name, value]) => `${name}: ${value}`),
    `content-length: ${Buffer.byteLength(body)}`,
    "connection: close",
  ];
  return raw(`${change(lines).join("\r\n")}\r\n\r\n${body}`);
}

async function raw(text: string): Promise<number> {
  const { hostname, port } = new URL(local.listening.url);
  const socket = connect(Number(port), hostname);
  let answer = "";
  socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
  // Time for another answer, as a second request in the first one would get.
  socket.once("data", () => setTimeout(() => socket.destroy(), 1_000));
  socket.on("error", () => undefined);
  const timer = setTimeout(() => socket.destroy(), 15_000);
  socket.write(text, "latin1");
  await once(socket, "close");
  clearTimeout(timer);
  return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
}

describe("a header of SageMaker that leads the request to another resource needs that resource too", () => {
  const component = (name: string) => ({ ...json, "x-amzn-sagemaker-inference-component": name });

  it("one that the client may use", async () => {
    expect([await send(invoke, component("mine-1")), arrived()]).toEqual([200, ["InvokeEndpoint"]]);
  });

  it.each([
    "theirs",
    "mine-1,theirs",
    "",
    "arn:aws:sagemaker:us-east-1:123456789012:inference-component/mine-1",
    "mine-1/../theirs",
  ])("%j is refused", async (name) => {
    expect([await send(invoke, component(name)), arrived()]).toEqual([403, []]);
  });

  it.each(["invocations", "async-invocations", "invocations-response-stream", "invocations-bidirectional-stream"])(
    "by /%s",
    (last) => {
      const rawHeaders = ["host", "127.0.0.1", "X-Amzn-SageMaker-Inference-Component", "theirs"];
      const call = serviceCall("sagemaker", readHead({ method: "POST", url: `/endpoints/churn/${last}`, rawHeaders }));
      expect([call.resource, call.further]).toEqual(["endpoint/churn", ["inference-component/theirs"]]);
    },
  );

  it.each([
    "target-model",
    "target-variant",
    "target-container-hostname",
    "inference-id",
    "session-id",
    "custom-attributes",
  ])("x-amzn-sagemaker-%s stays within the endpoint", async (name) => {
    expect(await send(invoke, { ...json, [`x-amzn-sagemaker-${name}`]: "a" })).toBe(200);
  });
});

describe("an operation has one name", () => {
  const target = { "x-amz-target": "SageMaker.ListModels" };
  it.each<[string, Record<string, string>, string]>([
    ["a form beside the target", { "content-type": "application/x-www-form-urlencoded" }, "Action=DeleteModel"],
    ["a part of a form beside it", { "content-type": "multipart/form-data; boundary=a" }, "--a--"],
    ["CBOR beside it", { "content-type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" }, "a"],
    ["XML beside it", { "content-type": "text/xml" }, "<DeleteModel/>"],
    ["no type beside it", {}, "Action=DeleteModel"],
    ["a compressed body beside it", { "content-type": "application/x-amz-json-1.1", "content-encoding": "gzip" }, "a"],
  ])("%s is refused", async (_, headers, body) => {
    expect([(await send("/", { ...headers, ...target }, body)) >= 400, arrived()]).toEqual([true, []]);
  });

  it.each([
    "application/x-amz-json-1.1",
    "application/x-amz-json-1.0",
    "application/json",
    "Application/X-Amz-Json-1.1; charset=UTF-8",
  ])("%s is read", async (type) => {
    expect(await send("/", { "content-type": type, ...target })).toBe(200);
  });

  const read = (method: string, path: string, query: string) =>
    serviceCall("s3", readHead({ method, url: `${path}?${query}`, rawHeaders: ["host", "a"] })).actions;

  it.each(["=acl", "&", "prefix=a&&marker=b", "acl;prefix=a", "%61cl", "+acl", "acl%00", "ACL"])(
    "S3 with ?%s is refused",
    (query) => {
      expect(() => read("GET", "/bucket/key", query)).toThrow(/cannot tell which operation/);
    },
  );

  it.each<[string, string, string]>([
    ["GET", "/bucket/key", "x-id=DeleteObject"],
    ["GET", "/bucket/key", "X-Id=DeleteObject"],
    ["GET", "/bucket/key", "x-id=GetObject&X-ID=DeleteObject"],
    ["GET", "/bucket/key", "x-id"],
    ["GET", "/bucket/key", "x-id=Get%4Fbject"],
    ["HEAD", "/bucket/key", "x-id=GetObject"],
    ["PUT", "/bucket/key", "x-id=PutObjectAcl"],
    ["PUT", "/bucket/key", "partNumber=1&uploadId=a&x-id=UploadPartCopy"],
    ["GET", "/bucket", "x-id=ListObjectVersions"],
    ["GET", "/", "x-id=ListDirectoryBuckets"],
  ])("S3 with a name of another operation is refused: %s %s?%s", (method, path, query) => {
    expect(() => read(method, path, query)).toThrow(/x-id must name/);
  });

  it.each<[string, string, string, string]>([
    ["GET", "/", "x-id=ListBuckets", "s3:ListAllMyBuckets"],
    ["GET", "/bucket", "list-type=2&x-id=ListObjectsV2", "s3:ListBucket"],
    ["GET", "/bucket/key", "versionId=a&x-id=GetObject", "s3:GetObjectVersion"],
    ["PUT", "/bucket/key", "x-id=PutObject", "s3:PutObject"],
    ["PUT", "/bucket/key", "uploadId=a&partNumber=1&x-id=UploadPart", "s3:PutObject"],
    ["POST", "/bucket/key", "uploads=&x-id=CreateMultipartUpload", "s3:PutObject"],
    ["DELETE", "/bucket/key", "uploadId=a&x-id=AbortMultipartUpload", "s3:AbortMultipartUpload"],
    ["GET", "/bucket/key", "uploadId=a&x-id=ListParts", "s3:ListMultipartUploadParts"],
  ])("S3 with the name of its operation is read: %s %s?%s", (method, path, query, action) => {
    expect(read(method, path, query)).toEqual([action]);
  });

  it.each([
    ["GET", "/", "max-buckets=100&bucket-region=eu-west-1&prefix=a&continuation-token=b", "s3:ListAllMyBuckets"],
    [
      "GET",
      "/bucket",
      "uploads&key-marker=a&max-uploads=1&upload-id-marker=b&encoding-type=url",
      "s3:ListBucketMultipartUploads",
    ],
    ["GET", "/bucket/key", "max-parts=10&part-number-marker=1&uploadId=a", "s3:ListMultipartUploadParts"],
    ["GET", "/bucket/key", "partNumber=1&versionId=a", "s3:GetObjectVersion"],
    ["HEAD", "/bucket/key", "versionId=a&partNumber=1", "s3:GetObjectVersion"],
  ])("a page or part of what S3 lists is read: %s %s?%s", (method, path, query, action) => {
    expect(read(method, path, query)).toEqual([action]);
  });

  it("a semicolon is a part of the value", () =>
    expect(read("GET", "/bucket/key", "prefix=a;acl")).toEqual(["s3:GetObject"]));
});

describe("who sends has one name", () => {
  it.each<[string, (lines: string[]) => string[]]>([
    [
      "two signatures in one header",
      (lines) => lines.map((line) => (line.startsWith("authorization: ") ? `${line}, ${line.slice(15)}` : line)),
    ],
    [
      "another credential in the header",
      (lines) =>
        lines.map((line) =>
          line.replace(
            "Credential=",
            `Credential=${issueKey().accessKeyId}/20261130/us-east-1/sts/aws4_request, Credential=`,
          ),
        ),
    ],
    [
      "another credential at its end",
      (lines) =>
        lines.map((line) =>
          line.startsWith("authorization: ")
            ? `${line}, Credential=${issueKey().accessKeyId}/20261130/us-east-1/sts/aws4_request`
            : line,
        ),
    ],
    [
      "two signatures",
      (lines) =>
        lines.map((line) => (line.startsWith("authorization: ") ? `${line}, Signature=${"0".repeat(64)}` : line)),
    ],
    [
      "two lists of headers",
      (lines) => lines.map((line) => line.replace("SignedHeaders=", "SignedHeaders=host, SignedHeaders=")),
    ],
    ["another scheme", (lines) => lines.map((line) => line.replace("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"))],
    ["another Region", (lines) => lines.map((line) => line.replace("/us-east-1/", "/eu-west-1/"))],
    ["another service", (lines) => lines.map((line) => line.replace("/sagemaker/", "/sts/"))],
    ["another day", (lines) => lines.map((line) => line.replace(/\/20\d{6}\//, "/20200101/"))],
    ["another end", (lines) => lines.map((line) => line.replace("aws4_request", "aws4_requests"))],
    [
      "a bearer token",
      (lines) =>
        lines.map((line) => (line.startsWith("authorization: ") ? "authorization: Bearer sagemaker-api-key-x" : line)),
    ],
    ["a session token of another", (lines) => [...lines, `x-amz-security-token: ${local.session.sessionToken}`]],
  ])("%s is refused", async (_, change) => {
    expect([(await send(invoke, json, "{}", change)) >= 400, arrived()]).toEqual([true, []]);
  });

  it("a session token that the client signs itself is refused, and goes nowhere", async () => {
    const from = createSigner({
      region: "us-east-1",
      credentials: { ...local.key, sessionToken: "theirs" },
      clock: local.aws.clock,
    });
    const status = await send(invoke, json, "{}", undefined, from);
    expect([status >= 400, arrived()]).toEqual([true, []]);
  });

  it("SigV4a, in headers and in a URL, is refused", async () => {
    const scope = `${local.key.accessKeyId}/20261130/sagemaker/aws4_request`;
    const status = await raw(
      `POST ${invoke} HTTP/1.1\r\nhost: ${new URL(local.listening.url).host}\r\nconnection: close\r\nx-amz-date: 20261130T000000Z\r\nx-amz-region-set: *\r\n` +
        `authorization: AWS4-ECDSA-P256-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date;x-amz-region-set, Signature=30\r\ncontent-length: 0\r\n\r\n`,
    );
    const query = `X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256&X-Amz-Credential=${encodeURIComponent(scope)}&X-Amz-Date=20261130T000000Z&X-Amz-Expires=60&X-Amz-Region-Set=*&X-Amz-SignedHeaders=host&X-Amz-Signature=30`;
    const presigned = await raw(
      `GET /bucket/key?${query} HTTP/1.1\r\nhost: ${new URL(local.listening.url).host}\r\nconnection: close\r\n\r\n`,
    );
    expect([status >= 400, presigned >= 400, arrived()]).toEqual([true, true, []]);
  });
});

describe("a connection speaks one protocol", () => {
  it.each<[string, string[]]>([
    [
      "an upgrade to HTTP/2",
      ["connection: upgrade, http2-settings", "upgrade: h2c", "http2-settings: AAMAAABkAAQAAP__"],
    ],
    [
      "an upgrade to a socket",
      [
        "connection: upgrade",
        "upgrade: websocket",
        "sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==",
        "sec-websocket-version: 13",
      ],
    ],
    ["an upgrade to TLS", ["connection: upgrade", "upgrade: TLS/1.2"]],
  ])("%s is not taken", async (_, more) => {
    const before = (lines: string[]) => [...lines.filter((line) => line !== "connection: close"), ...more];
    const status = await send(invoke, json, "{}", before);
    expect(status).not.toBe(101);
    for (const { headers } of local.aws.calls()) expect(headers).not.toHaveProperty("upgrade");
  });

  it.each<[string, OutgoingHttpHeaders]>([
    ["a tunnel for a socket", { ":method": "CONNECT", ":protocol": "websocket", ":path": invoke, ":scheme": "http" }],
    ["an authority with a user", { ":method": "POST", ":path": invoke, ":authority": "user@127.0.0.1" }],
    ["an authority as IPv6", { ":method": "POST", ":path": invoke, ":authority": "[::ffff:127.0.0.1%25lo]:1" }],
    ["an authority of other letters", { ":method": "POST", ":path": invoke, ":authority": "xn--bcher-kva.test" }],
  ])("over HTTP/2, %s sends nothing", async (_, pseudo) => {
    const status = await overHttp2(pseudo);
    expect([status >= 400, arrived()]).toEqual([true, []]);
  });

  it("the scheme of a request over HTTP/2 leads nowhere else", async () => {
    expect([await overHttp2({ ":method": "POST", ":scheme": "ftp", ":path": invoke }), arrived()]).toEqual([
      200,
      ["InvokeEndpoint"],
    ]);
  });
});

/** The status of a signed request over HTTP/2 with other pseudo-headers; 499 when its stream was reset. */
async function overHttp2(pseudo: OutgoingHttpHeaders): Promise<number> {
  const signed = await signer.sign({ method: "POST", url: local.listening.url + invoke, headers: json, body: "{}" });
  const session = connectHttp2(local.listening.url);
  session.on("error", () => undefined);
  try {
    const stream = session.request(
      { ...signed.headers, ":authority": new URL(local.listening.url).host, ...pseudo },
      { endStream: false },
    );
    stream.on("error", () => undefined);
    stream.end("{}");
    return await new Promise<number>((resolve) => {
      stream.on("response", (head) => resolve(Number(head[":status"])));
      stream.on("close", () => resolve(499));
    });
  } finally {
    session.destroy();
  }
}
