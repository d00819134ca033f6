import { Readable } from "node:stream";
import { GetObjectCommand, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { countersigned } from "@countersign/sdk";
import { createVerifier } from "@countersign/signer/verify";
import { SignatureV4, signatureV4aContainer } from "@smithy/signature-v4";
import type { HttpRequest } from "@smithy/types";
import { afterEach, describe, expect, it } from "vitest";

const region = "us-east-1";
const credentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const session = { accessKeyId: "ASIASESSION", secretAccessKey: "s".repeat(40), sessionToken: "session/token+value==" };
const directoryBucket = "my-bucket--use1-az4--x-s3";
const multiRegion = "arn:aws:s3::123456789012:accesspoint:mfzwi23gnjvgw.mrap";

const createdSession = `<CreateSessionResult><Credentials><AccessKeyId>${session.accessKeyId}</AccessKeyId>
<SecretAccessKey>${session.secretAccessKey}</SecretAccessKey><SessionToken>${session.sessionToken}</SessionToken>
<Expiration>2099-01-01T00:00:00Z</Expiration></Credentials></CreateSessionResult>`;

/** A handler in the place of the network, and what it was given. */
function network() {
  const sent: HttpRequest[] = [];
  const handler = {
    metadata: { handlerProtocol: "http/1.1" },
    async handle(request: HttpRequest) {
      sent.push(request);
      const body = "session" in (request.query ?? {}) ? createdSession : "";
      return { response: { statusCode: 200, headers: {}, body: Readable.from([Buffer.from(body)]) } };
    },
    destroy() {},
    updateHttpClientConfig() {},
    httpHandlerConfigs: () => ({}),
  };
  return { sent, handler };
}

/** A client as it comes, and one with our options. */
function clients() {
  const [plain, ours] = [network(), network()];
  const transport = { requestHandler: () => ours.handler } as never;
  return {
    plain: { ...plain, client: new S3Client({ region, credentials, requestHandler: plain.handler as never }) },
    ours: { ...ours, client: new S3Client(countersigned({ region, credentials, transport })) },
  };
}

/** What is the same at each sending: not the times and what is made from them. */
function shape({ method, hostname, path, query, headers, body }: HttpRequest): unknown {
  const kept = Object.entries(headers).filter(
    ([name]) => !["x-amz-date", "amz-sdk-invocation-id", "authorization"].includes(name),
  );
  const authorization = headers["authorization"]?.replace(/Signature=\w+/u, "").replace(/\/\d{8}\//u, "/day/");
  return { method, hostname, path, query, headers: { ...Object.fromEntries(kept), authorization }, body };
}

const get = (Bucket: string) => async (client: S3Client) => client.send(new GetObjectCommand({ Bucket, Key: "a/b c" }));
const put = (Bucket: string) => async (client: S3Client) =>
  client.send(new PutObjectCommand({ Bucket, Key: "a/b c", Body: "hello" }));

/** Stands for the signer that `@aws-sdk/signature-v4a` puts into the SDK. */
class SignatureV4a {
  readonly #signer: SignatureV4;

  constructor(init: ConstructorParameters<typeof SignatureV4>[0]) {
    this.#signer = new SignatureV4(init);
  }

  async sign(request: HttpRequest, options: object): Promise<HttpRequest> {
    const signed = await this.#signer.sign(request, { ...options, signingRegion: "v4a" });
    return { ...signed, headers: { ...signed.headers, "x-amz-region-set": JSON.stringify(options) } };
  }
}

afterEach(() => {
  signatureV4aContainer.SignatureV4a = null;
});

describe("a client of Amazon S3 with countersigned sends what it sends without", () => {
  it.each([
    ["reads from a bucket", get("bucket")],
    ["writes to a bucket", put("bucket")],
    ["reads from a directory bucket", get(directoryBucket)],
    ["writes to a directory bucket", put(directoryBucket)],
    ["reads through an access point of one Region", get(`arn:aws:s3:${region}:123456789012:accesspoint:mine`)],
  ])("and %s", async (_what, call) => {
    const { plain, ours } = clients();
    await call(plain.client);
    await call(ours.client);
    expect(ours.sent.map(shape)).toEqual(plain.sent.map(shape));
  });

  it.each([
    ["reads", get],
    ["writes", put],
  ])("and %s through an access point of several Regions, with Signature Version 4a", async (_what, call) => {
    signatureV4aContainer.SignatureV4a = SignatureV4a as never;
    const { plain, ours } = clients();
    await call(multiRegion)(plain.client);
    await call(multiRegion)(ours.client);
    const regionSet = (sent: readonly HttpRequest[]) =>
      JSON.parse(sent[0]?.headers["x-amz-region-set"] ?? "") as unknown;
    expect(regionSet(ours.sent)).toMatchObject({ signingRegion: "*" });
    for (const { headers } of [...plain.sent, ...ours.sent]) delete headers["x-amz-region-set"];
    expect(ours.sent.map(shape)).toEqual(plain.sent.map(shape));
  });
});

describe("a directory bucket", () => {
  it("is sent a signature of its session, whose token is in the header for it", async () => {
    const { ours } = clients();
    await put(directoryBucket)(ours.client);
    const { method, path, query, headers, body } = ours.sent[1]!;
    const { sessionToken: _, ...keys } = session;
    const verify = createVerifier({ resolve: async (id) => (id === session.accessKeyId ? keys : undefined), region });
    const url = `${path}?${new URLSearchParams(query as Record<string, string>).toString()}`;
    expect(await verify({ method, url, headers, body: body as string })).toMatchObject({ service: "s3express" });
    expect(headers["x-amz-s3session-token"]).toBe(session.sessionToken);
    expect(headers["x-amz-security-token"]).toBeUndefined();
  });

  it("is the only server for that signature: another one gets nothing", async () => {
    const { ours } = clients();
    ours.client.middlewareStack.add(
      (next) => async (args) => {
        const request = args.request as HttpRequest;
        if (!("session" in (request.query ?? {}))) request.hostname = "evil.example.com";
        return next(args);
      },
      { step: "finalizeRequest", priority: "low" },
    );
    await expect(get(directoryBucket)(ours.client)).rejects.toMatchObject({ code: "INVALID_REQUEST" });
    expect(ours.sent).toHaveLength(1);
  });
});

describe("a set of Regions", () => {
  it("is refused without the SDK's signer for it, and nothing is sent", async () => {
    const { ours } = clients();
    await expect(get(multiRegion)(ours.client)).rejects.toMatchObject({
      name: "SdkError",
      code: "INVALID_REQUEST",
      message: expect.stringContaining("@aws-sdk/signature-v4a") as string,
    });
    expect(ours.sent).toEqual([]);
  });

  it.each(["*", "us-east-1,us-west-2"])("is refused for a presigned URL: %s", async (signingRegion) => {
    const { signerConstructor: Signer, ...rest } = countersigned({ region, credentials });
    const request = { method: "GET", protocol: "https:", hostname: "bucket.example.com", path: "/", headers: {} };
    await expect(
      new Signer({ ...rest, service: "s3" }).presign(request as HttpRequest, { signingRegion }),
    ).rejects.toMatchObject({ code: "INVALID_REQUEST" });
  });
});
