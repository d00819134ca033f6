import { describe, expect, it } from "vitest";
import { presignRequest, type SigningSettings } from "@countersign/signer";
import { suiteCases } from "../vectors/official.ts";

describe("the official suite, in the query", () => {
  it.each(suiteCases("v4"))("$name", ({ context, method, url, headers, body, query }) => {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token: sessionToken } = context.credentials;
    const settings: SigningSettings = {
      pathNormalization: context.normalize ? "rfc3986" : "none",
      signedHeaders: { also: headers.map(([name]) => name) },
      sessionToken: context.omit_session_token === true ? "appended" : "signed",
    };
    const presigned = presignRequest(
      { method, url, headers, body },
      {
        credentials: { accessKeyId, secretAccessKey, sessionToken },
        region: context.region,
        service: context.service,
        date: new Date(context.timestamp),
        settings,
        expiresIn: context.expiration_in_seconds,
      },
    );
    expect(presigned.canonicalRequest).toBe(query.canonicalRequest);
    expect(presigned.stringToSign).toBe(query.stringToSign);
    expect(presigned.signature).toBe(query.signature);
    const target = /^\S+ (.*) HTTP\/1\.1$/m.exec(query.signedRequest)?.[1];
    expect(presigned.url).toBe(`https://example.amazonaws.com${target}`);
  });
});

describe("presignRequest", () => {
  const context = {
    credentials: {
      accessKeyId: "AKIDEXAMPLE",
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
      sessionToken: "AQoDYXdzEXAMPLE/token+value==",
    },
    region: "us-west-2",
    service: "sagemaker",
    date: new Date("2026-05-21T12:00:00Z"),
    expiresIn: 43_200,
  };

  it("makes the URL of a SageMaker bearer token, as botocore and AWS SDK v3 do", () => {
    const { signature } = presignRequest(
      { method: "POST", url: "https://sagemaker.us-west-2.amazonaws.com/?Action=CallWithBearerToken" },
      context,
    );
    const global = presignRequest(
      { method: "POST", url: "https://sagemaker.amazonaws.com/?Action=CallWithBearerToken" },
      context,
    );
    expect(global.signature).toBe("eae254bc997c1a1331e5b8f58a3f4d61e21b69aa334025955e109ad85bd579dd");
    expect(signature).not.toBe(global.signature);
  });

  it("signs the body given, and leaves it unsigned for Amazon S3 alone", () => {
    const last = (service: string, body?: string): string | undefined =>
      presignRequest({ url: "https://h.example/k", body }, { ...context, service })
        .canonicalRequest.split("\n")
        .at(-1);
    expect(last("s3", "a")).toBe("UNSIGNED-PAYLOAD");
    expect(last("sts", "a")).toBe("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb");
    expect(last("sts")).toBe("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  });

  it("refuses a URL that is signed already", () => {
    const { url } = presignRequest({ url: "https://h.example/" }, context);
    expect(() => presignRequest({ url }, context)).toThrow(expect.objectContaining({ code: "INVALID_URL" }));
  });

  it.each([
    "X-Amz-Expires=604800",
    "a=1&x-amz-date=20260101T000000Z",
    "X%2DAmz-Security-Token=t",
    "X-Amz-Credential",
    "X-Amz-Algorithm=AWS4-HMAC-SHA256",
    "X-Amz-SignedHeaders=host",
    "X-Amz-Region-Set=%2A",
    "X-Amz%2dSignature=0",
  ])("refuses a parameter of another signature, which a service could read instead of ours: %s", (query) => {
    expect(() => presignRequest({ url: `https://h.example/?${query}` }, context)).toThrow(
      expect.objectContaining({ code: "INVALID_URL" }),
    );
  });

  it.each(["x-amz-expected-bucket-owner=1", "X-Amz-Checksum-Mode=ENABLED", "my-x-amz-expires=1", "a=x-amz-date%3D1"])(
    "signs a parameter of the service: %s",
    (query) => {
      expect(presignRequest({ url: `https://h.example/?${query}` }, context).url).toContain(query);
    },
  );
});
