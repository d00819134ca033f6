import { inspect } from "node:util";
import { AwsClient as Original } from "aws4fetch";
import { afterEach, describe, expect, it, vi } from "vitest";
import { guessScope } from "../../src/hosts/guess-scope.ts";
import { AwsClient } from "../../src/aws4fetch.ts";
import { credentials, expectSigned } from "../expect-signed.ts";
import { localServer, nth, type Received } from "../local-server.ts";

/** What both have in common: a test that only uses this is migrated by changing its import. */
type Client = Pick<Original, "fetch" | "sign">;
type Make = (options: ConstructorParameters<typeof Original>[0]) => Client;

const clients: readonly (readonly [string, Make])[] = [
  ["aws4fetch", (options) => new Original(options)],
  ["@countersign/fetch/aws4fetch", (options) => new AwsClient(options)],
];
const local = { ...credentials, service: "sagemaker", region: "eu-west-1" };

afterEach(() => {
  vi.unstubAllGlobals();
});

describe.each(clients)("how aws4fetch is used, with %s", (_name, make) => {
  const arrived = async (use: (aws: Client, origin: string) => Promise<Response>): Promise<Received> => {
    await using server = await localServer();
    expect(await (await use(make(local), server.origin)).text()).toBe("ok");
    return nth(server.received, 0);
  };

  it("posts whatever has a body", async () => {
    const request = await arrived((aws, origin) =>
      aws.fetch(`${origin}/fn`, { body: JSON.stringify({ my: "event" }) }),
    );
    expect(request).toMatchObject({ method: "POST", path: "/fn" });
    expect(request.body.toString()).toBe('{"my":"event"}');
    await expectSigned(request);
  });

  it("gets what has none", async () => {
    const request = await arrived((aws, origin) => aws.fetch(`${origin}/list?b=2&a=1`));
    expect(request).toMatchObject({ method: "GET", path: "/list?b=2&a=1" });
    await expectSigned(request);
  });

  it("takes method, headers and a URL object", async () => {
    const init = { method: "PUT", headers: new Headers({ "content-type": "application/json" }), body: "{}" };
    const request = await arrived((aws, origin) => aws.fetch(new URL("/thing", origin), init));
    expect(request).toMatchObject({ method: "PUT", headers: { "content-type": "application/json" } });
    await expectSigned(request);
  });

  it("takes a Request", async () => {
    const request = await arrived((aws, origin) =>
      aws.fetch(new Request(origin, { method: "POST", body: "b", headers: { "content-type": "text/plain" } })),
    );
    expect(request.body.toString()).toBe("b");
    await expectSigned(request);
  });

  it("signs a Request to be sent with any fetch", async () => {
    const request = await arrived(async (aws, origin) => fetch(await aws.sign(origin, { method: "POST", body: "b" })));
    expect(request.body.toString()).toBe("b");
    await expectSigned(request);
  });

  it("lets a call change what the client was made with", async () => {
    const aws = make(credentials);
    const signed = await aws.sign("https://example.com/", {
      aws: { service: "execute-api", region: "us-west-2", accessKeyId: "AKIDOTHER", datetime: "20150830T123600Z" },
    });
    expect(signed.headers.get("authorization")).toContain("AKIDOTHER/20150830/us-west-2/execute-api/aws4_request");
    expect(signed.headers.get("x-amz-date")).toBe("20150830T123600Z");
  });

  it("signs into the query", async () => {
    const signed = await make(credentials).sign("https://bucket.s3.eu-west-1.amazonaws.com/key?X-Amz-Expires=600", {
      aws: { signQuery: true, datetime: "20150830T123600Z" },
    });
    const query = new URL(signed.url).searchParams;
    expect(query.get("X-Amz-Expires")).toBe("600");
    expect(query.get("X-Amz-Signature")).toBe("e57827fe45cfbbba800c2b39a4c1cc1c9f6c154ad5c2dd7dea59084a145e8f0b");
    expect(signed.headers.has("authorization")).toBe(false);
  });

  it("needs both keys", () => {
    expect(() => make({ secretAccessKey: "s" } as never)).toThrow(TypeError);
    expect(() => make({ accessKeyId: "a" } as never)).toThrow(TypeError);
  });

  it.each([
    ["https://lambda.us-east-1.amazonaws.com/2015-03-31/functions", "us-east-1/lambda"],
    ["https://runtime.sagemaker.eu-west-1.amazonaws.com/", "eu-west-1/sagemaker"],
    ["https://sqs.eu-central-1.amazonaws.com/1/q", "eu-central-1/sqs"],
    ["https://queue.amazonaws.com/", "us-east-1/sqs"],
    ["https://email.us-east-1.amazonaws.com/", "us-east-1/ses"],
    ["https://iam.amazonaws.com/", "us-east-1/iam"],
    ["https://sts.amazonaws.com/", "us-east-1/sts"],
    ["https://abc123.execute-api.ap-southeast-2.amazonaws.com/prod", "ap-southeast-2/execute-api"],
    ["https://search-x-y.us-west-2.es.amazonaws.com/", "us-west-2/es"],
    ["https://dynamodb-fips.us-gov-west-1.amazonaws.com/", "us-gov-west-1/dynamodb"],
    ["https://bucket.s3.eu-west-1.amazonaws.com/key", "eu-west-1/s3"],
    ["https://bucket.s3.dualstack.eu-west-1.amazonaws.com/key", "eu-west-1/s3"],
    ["https://bucket.s3-accelerate.amazonaws.com/key", "us-east-1/s3"],
    ["https://ec2.cn-north-1.amazonaws.com.cn/", "cn-north-1/ec2"],
    ["https://account.r2.cloudflarestorage.com/bucket/key", "auto/s3"],
    ["https://bucket.s3.us-west-004.backblazeb2.com/key", "us-west-004/s3"],
    ["https://abcdef.lambda-url.eu-west-1.on.aws/", "eu-west-1/lambda"],
    ["https://x.iot.eu-west-1.amazonaws.com/mqtt", "eu-west-1/iotdevicegateway"],
  ])("finds service and region in %s", async (url, scope) => {
    const signed = await make(credentials).sign(url);
    expect(signed.headers.get("authorization")).toContain(`/${scope}/aws4_request`);
  });
});

describe("what changes with the import", () => {
  it("a redirect to another host delivers nothing there (aws4fetch#51)", async () => {
    const outcome = async (make: Make): Promise<readonly [string | undefined, number]> => {
      await using foreign = await localServer();
      await using own = await localServer((_request, response) =>
        response.writeHead(307, { location: foreign.origin.replace("127.0.0.1", "localhost") }).end(),
      );
      const error = await make({ ...local, retries: 0 })
        .fetch(own.origin, { method: "POST", body: "the prompt" })
        .then(
          () => undefined,
          (caught: unknown) => (caught as { code?: string }).code,
        );
      return [error, foreign.received.length];
    };
    expect(await outcome((options) => new Original(options))).toEqual([undefined, 1]);
    expect(await outcome((options) => new AwsClient(options))).toEqual(["REDIRECT_REFUSED", 0]);
  });

  it.each([
    ["URLSearchParams", new URLSearchParams({ a: "b" })],
    ["Blob", new Blob(["blob"])],
    ["FormData", new FormData()],
  ])("%s works as a body (aws4fetch#36, #50)", async (_kind, body) => {
    await using server = await localServer();
    await expect(new Original(local).fetch(server.origin, { body })).rejects.toThrow(/body must be/u);
    expect((await new AwsClient(local).fetch(server.origin, { body })).status).toBe(200);
    await expectSigned(nth(server.received, 0));
  });

  it("a stream goes to S3 unsigned, and nowhere else", async () => {
    const stream = () => new Blob(["s"]).stream();
    const aws = new AwsClient(credentials);
    const signed = await aws.sign("https://b.s3.eu-west-1.amazonaws.com/k", { method: "PUT", body: stream() });
    expect(signed.headers.get("x-amz-content-sha256")).toBe("UNSIGNED-PAYLOAD");
    const elsewhere = aws.sign("https://lambda.eu-west-1.amazonaws.com/", { method: "POST", body: stream() });
    await expect(elsewhere).rejects.toMatchObject({ code: "STREAM_NEEDS_PAYLOAD" });
  });

  it("headers that proxies add are not signed (aws4fetch#77, #39)", async () => {
    const headers = { "x-forwarded-for": "192.0.2.1", "cf-connecting-ip": "192.0.2.1", "accept-encoding": "gzip" };
    const signed = await new AwsClient(local).sign("https://example.com/", { headers });
    expect(signed.headers.get("authorization")).toContain("SignedHeaders=host;x-amz-date;x-amz-security-token,");
  });

  it("a lost connection is tried again where that is safe (aws4fetch#69)", async () => {
    let count = 0;
    vi.stubGlobal("fetch", async () => {
      if (++count === 1) throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
      return new Response("ok");
    });
    const aws = new AwsClient({ ...local, initRetryMs: 1 });
    expect((await aws.fetch("https://example.com/")).status).toBe(200);
    count = 0;
    await expect(aws.fetch("https://example.com/", { method: "POST" })).rejects.toThrow("fetch failed");
  });

  it("a Request keeps its own fields", async () => {
    const abort = new AbortController();
    const request = new Request("https://lambda.eu-west-1.amazonaws.com/", { cache: "no-store", signal: abort.signal });
    const signed = await new AwsClient(credentials).sign(request);
    abort.abort();
    expect([signed.cache, signed.signal.aborted]).toEqual(["no-store", true]);
  });

  it("plaintext is refused beyond loopback, and a host that tells nothing is an error", async () => {
    const aws = new AwsClient(credentials);
    await expect(aws.sign("http://lambda.eu-west-1.amazonaws.com/")).rejects.toMatchObject({
      code: "PLAINTEXT_REFUSED",
    });
    await expect(aws.sign("https://example.com/")).rejects.toMatchObject({ code: "SCOPE_UNKNOWN" });
    await expect(
      aws.sign("https://lambda.eu-west-1.amazonaws.com/", { aws: { datetime: "now" } }),
    ).rejects.toMatchObject({
      code: "INVALID_OPTION",
    });
  });

  it("no secret shows in a log", () => {
    const shown = (client: Client): string => inspect(client, { depth: 9 }) + JSON.stringify(client);
    expect(shown(new Original(local))).toContain(credentials.secretAccessKey);
    expect(shown(new AwsClient(local))).not.toContain(credentials.secretAccessKey);
    expect(shown(new AwsClient(local))).not.toContain(credentials.sessionToken);
    expect(new AwsClient(local).secretAccessKey).toBe(credentials.secretAccessKey);
  });

  it("nothing is guessed from a host outside AWS's patterns", () => {
    for (const host of ["amazonaws.com", "example.com", "amazonaws.com.evil.example", "s3.evil.example"]) {
      expect(guessScope(new URL(`https://${host}/`))).toBeUndefined();
    }
  });
});
