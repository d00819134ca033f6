import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import {
  type AwsCredentials,
  createClock,
  createSigner,
  memoize,
  prepare,
  presignRequest,
  refreshWindow,
  type SignableRequest,
  signRequest,
  type SignerOptions,
} from "@countersign/signer";
import { createVerifier } from "@countersign/signer/verify";
import { handClock } from "./clock/hand-clock.ts";

// One test for each problem that users of other signers reported in public.
const start = Date.parse("2026-11-23T12:00:00Z");
const credentials: AwsCredentials = {
  accessKeyId: "AKIDEXAMPLE",
  secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
  sessionToken: "AQoDYXdzEXAMPLE/token+value==",
};
const host = "runtime.sagemaker.eu-west-1.amazonaws.com";
const url = `https://${host}/endpoints/mine/invocations`;
const make = (options: Partial<SignerOptions> = {}) =>
  createSigner({ region: "eu-west-1", credentials, clock: handClock(start), ...options });

/** Receives a request as a server does, with what came after the signature. */
async function received(request: SignableRequest, added: Readonly<Record<string, string>> = {}, signer = make()) {
  const verify = createVerifier({ resolve: async () => credentials, clock: handClock(start) });
  const signed = await signer.sign(request);
  // What a client makes of the URL is what goes over the wire.
  const { pathname, search } = new URL(signed.url);
  const headers = { host: new URL(signed.url).host, ...signed.headers, ...added };
  return verify({ method: signed.method, url: pathname + search, headers, body: signed.body ?? null });
}

const canonical = (given: string, service = "sagemaker"): readonly string[] =>
  signRequest(
    { url: given },
    { credentials, region: "eu-west-1", service, date: new Date(start) },
  ).canonicalRequest.split("\n");

describe("refreshing (aws/aws-sdk-net#4313)", () => {
  it("a session of 15 minutes is not renewed all the time", () => {
    expect(refreshWindow(900_000).advisoryMs).toBeLessThan(900_000);
  });
});

describe("debugging (zirkelc/aws-signature-v4#4, danieljoos/aws-sign-web#14, curl/curl#16952)", () => {
  it("the strings behind a signature can be read", () => {
    const signature = signRequest(
      { url },
      { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(start) },
    );
    expect(signature.canonicalRequest.startsWith("GET\n/endpoints/mine/invocations\n\nhost:")).toBe(true);
    expect(signature.stringToSign.split("\n").slice(0, 3)).toEqual([
      "AWS4-HMAC-SHA256",
      "20261123T120000Z",
      "20261123/eu-west-1/sagemaker/aws4_request",
    ]);
  });
});

describe("path encoding", () => {
  it.each([
    ["parentheses (aws/aws-sdk-js-v3#5797)", "/a(b)", "/a%28b%29"],
    [
      "all that RFC 3986 reserves (smithy-lang/smithy-typescript#1224)",
      "/!$&'()*+,;=:@",
      "/%21%24%26%27%28%29%2A%2B%2C%3B%3D%3A%40",
    ],
    ["brackets (aws/aws-sdk-go-v2#3349)", "/a%5Bb%5D", "/a%255Bb%255D"],
    ["a colon in a model id (aws-amplify/amplify-flutter#5236)", "/model/a.b:0/invoke", "/model/a.b%3A0/invoke"],
    ["what is encoded already (mhart/aws4#91)", "/a%20b", "/a%2520b"],
    ["an asterisk (aws/aws-sdk-js#853)", "/a*", "/a%2A"],
  ])("%s", async (_, path, expected) => {
    expect(canonical(`https://${host}${path}`)[1]).toBe(expected);
    await expect(received({ url: `https://${host}${path}` })).resolves.toBeDefined();
  });

  it("a key of S3 is encoded once and not normalised (curl/curl#13754)", async () => {
    expect(canonical("https://b.s3.amazonaws.com/a%20b//./c(d)", "s3")[1]).toBe("/a%20b//./c%28d%29");
    expect(canonical("https://b.s3.amazonaws.com/%e1%88%b4%7e", "s3")[1]).toBe("/%E1%88%B4~");
  });
});

describe("query", () => {
  it.each([
    ["sorted after encoding (smithy-lang/smithy-typescript#1404)", "a%2B=1&a-=2&a=3", "a=3&a%2B=1&a-=2"],
    ["duplicates (zirkelc/aws-signature-v4#35)", "a=2&a=1&a=1", "a=1&a=1&a=2"],
    ["no value (smithy-lang/smithy-typescript#848)", "uploads&a=", "a=&uploads="],
    ["a value with an equals sign (curl/curl#9717)", "a=b=c", "a=b%3Dc"],
    ["an encoded slash (curl/curl#8107)", "a=%2f", "a=%2F"],
    ["a malformed escape", "a=%zz%", "a=%25zz%25"],
    ["names that begin alike", "a-b=1&a=2&a.b=3&a0=4", "a=2&a-b=1&a.b=3&a0=4"],
  ])("%s", async (_, query, expected) => {
    expect(canonical(`${url}?${query}`)[2]).toBe(expected);
    await expect(received({ url: `${url}?${query}` })).resolves.toBeDefined();
  });

  it("the URL that comes back is the one that was signed (nulib/dc-api-v2#389, aws/aws-sdk-js-v3#6870)", async () => {
    const given = `${url}?q=a%20b&q=%E1%88%B4&plus=1%2B1`;
    expect((await make().sign({ url: given })).url).toBe(given);
    expect((await make().presign({ url: given })).url.startsWith(`${given}&X-Amz-Algorithm=`)).toBe(true);
  });
});

describe("headers that change on the way", () => {
  const inTransit = {
    "x-forwarded-for": "203.0.113.7", // mhart/aws4fetch#77
    "cf-connecting-ip": "203.0.113.7",
    "accept-encoding": "gzip, br", // mhart/aws4fetch#39
    range: "bytes=0-",
    "user-agent": "proxy",
    via: "1.1 proxy", // wojtekmach/req#546
    connection: "close",
    traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", // open-telemetry/opentelemetry-js#3922
    tracestate: "a=b",
    baggage: "a=b",
    "x-datadog-trace-id": "1", // DataDog/dd-trace-js#3719
    "x-amzn-trace-id": "Root=1-5759e988-bd862e3fe1be46a994272793",
    "sentry-trace": "a-b-1",
    newrelic: "a", // newrelic/newrelic-python-agent#1842
    b3: "a-b-1",
  };

  it("may change: they are not signed unless asked for", async () => {
    await expect(received({ url, headers: { ...inTransit, range: "bytes=1-2" } }, inTransit)).resolves.toBeDefined();
  });

  it("are not signed by `all` either", () => {
    const { signedHeaders } = signRequest(
      { url, headers: { ...inTransit, accept: "a" } },
      {
        credentials,
        region: "eu-west-1",
        service: "sagemaker",
        date: new Date(start),
        settings: { signedHeaders: "all" },
      },
    );
    expect(signedHeaders).toBe("accept;cf-connecting-ip;host;via;x-amz-date;x-amz-security-token");
  });
});

describe("signatures that age (aws/aws-sdk-js-v3#6222, PostHog/posthog#65215)", () => {
  it("signing again dates again, also from a request that was signed before", async () => {
    const clock = handClock(start);
    const signer = make({ clock });
    const first = await signer.sign({ url });
    clock.advance(600_000);
    const again = await signer.sign(first);
    expect(again).toEqual(await signer.sign({ url }));
    expect(again.headers["x-amz-date"]).toBe("20261123T121000Z");
    const prepared = prepare(signer, { url });
    clock.advance(1000);
    expect(prepared.signSync()["x-amz-date"]).toBe("20261123T121001Z");
  });
});

describe("clock skew (awslabs/aws-sdk-rust#1033, aws/aws-sdk-js-v3#2208)", () => {
  it("signatures follow the time that the service told, and expiry by it alone is no reason to refuse", () => {
    let wall = start;
    const clock = createClock({ wall: () => wall });
    const expiration = new Date(start + 600_000);
    const signer = make({ clock, credentials: { ...credentials, expiration } });
    clock.observe({ date: new Date(start + 300_000), sentAt: start, receivedAt: start, confirmed: true });
    expect(signer.signSync({ url }).headers["x-amz-date"]).toBe("20261123T120500Z");
    clock.observe({ date: new Date(start + 900_000), sentAt: start, receivedAt: start, confirmed: true });
    expect(signer.signSync({ url }).headers["x-amz-date"]).toBe("20261123T121500Z");
    wall += 600_000;
    expect(() => signer.signSync({ url })).toThrow(expect.objectContaining({ code: "CREDENTIALS_EXPIRED" }));
  });
});

describe("regions of STS (aws/aws-sdk-js-v3#6565, aws/aws-sdk-js#2673)", () => {
  it("are never guessed", () => {
    expect(() => make({ service: "sts", region: undefined as unknown as string })).toThrow(/region/);
    const signed = make({ service: "sts", region: "ap-east-1" }).signSync({
      url: "https://sts.ap-east-1.amazonaws.com/",
    });
    expect(signed.headers["authorization"]).toContain("/ap-east-1/sts/aws4_request");
  });
});

describe("presigned URLs that outlive their credentials (boto/botocore#2604, aws/aws-sdk-java-v2#2379)", () => {
  it("say when they really expire", async () => {
    const expiration = new Date(start + 600_000);
    const { expiresAt } = await make({ credentials: { ...credentials, expiration } }).presign(
      { url },
      { expiresIn: 43_200 },
    );
    expect(expiresAt).toEqual(expiration);
  });
});

describe("signing keys that are kept", () => {
  const signatureWith = async (used: AwsCredentials, now = start) =>
    (await make({ credentials: { ...used }, clock: handClock(now) }).sign({ url })).headers["authorization"];

  it("are not mixed up when a key id gets another secret (aws/aws-sdk-go-v2#3350)", async () => {
    const other = { ...credentials, secretAccessKey: "another" };
    let held = credentials;
    const provider = Object.assign(async () => held, { memoized: true });
    const signer = make({ credentials: provider });
    for (held of [credentials, other, credentials]) {
      expect((await signer.sign({ url })).headers["authorization"]).toBe(await signatureWith(held));
    }
  });

  it("are not mixed up when the credentials object is changed (aws/aws-sdk-js-v3#1651)", async () => {
    const mutable = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "one" };
    const signer = make({ credentials: mutable });
    await signer.sign({ url });
    mutable.secretAccessKey = "two";
    expect((await signer.sign({ url })).headers["authorization"]).toBe(await signatureWith(mutable));
  });

  it("are renewed with the day (aws/aws-sdk-js-v3#1002)", async () => {
    const clock = handClock(start);
    const signer = make({ clock });
    await signer.sign({ url });
    clock.advance(86_400_000);
    expect((await signer.sign({ url })).headers["authorization"]).toBe(
      await signatureWith(credentials, start + 86_400_000),
    );
  });

  it("of neighbouring scopes are different (oven-sh/bun#32830)", () => {
    const sign = (region: string, service: string): string =>
      signRequest({ url }, { credentials, region, service, date: new Date(start) }).signature;
    expect(sign("us-east-1", "1s3")).not.toBe(sign("us-east-11", "s3"));
    expect(() => sign("us-east-1/s3", "s3")).toThrow(expect.objectContaining({ code: "INVALID_REGION" }));
  });
});

describe("secrets in logs (aws/aws-sdk-js-v3#4674, brendanhay/amazonka#1051)", () => {
  it("do not appear in what the signer makes, nor in its errors", async () => {
    const signer = make({ credentials: memoize(async () => credentials) });
    await signer.ready();
    const context = { credentials, region: "eu-west-1", service: "sagemaker", date: new Date(start) };
    const errors = [
      () => signer.signSync({ url: `https://user:${credentials.secretAccessKey.replaceAll("/", "")}@h/` }),
      () => signer.signSync({ url, headers: { authorization: "a\n" } }),
      () => signer.signSync({ url, body: credentials as never }),
      () => make({ credentials: { ...credentials, accessKeyId: `${credentials.secretAccessKey},` } }),
    ].map((work): unknown => {
      try {
        return work();
      } catch (error) {
        return error;
      }
    });
    const shown = inspect(
      [
        signer,
        signRequest({ url }, context),
        presignRequest({ url }, { ...context, expiresIn: 9 }),
        prepare(signer, { url }),
        errors,
      ],
      {
        depth: 9,
        showHidden: true,
        getters: false,
      },
    );
    for (const error of errors) expect(error).toBeInstanceOf(Error);
    expect(shown).not.toContain(credentials.secretAccessKey);
    expect(shown).not.toContain(credentials.secretAccessKey.replaceAll("/", ""));
    expect(shown).not.toContain(credentials.sessionToken);
  });
});
