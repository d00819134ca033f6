import { describe, expect, it } from "vitest";
import { runInNewContext } from "node:vm";
import {
  applySignature,
  deriveSigningKey,
  type HeadersInput,
  presignRequest,
  type SignableRequest,
  signRequest,
  type SigningSettings,
} from "@countersign/signer";
import { s3Credentials, s3Examples, suiteCases } from "../vectors/official.ts";

describe("the official suite, in headers", () => {
  const cases = suiteCases("v4");

  it("has all its cases", () => expect(cases).toHaveLength(38));

  it.each(cases)("$name", ({ context, method, url, headers, body, header }) => {
    const { access_key_id: accessKeyId, secret_access_key: secretAccessKey, token: sessionToken } = context.credentials;
    const settings: SigningSettings = {
      pathNormalization: context.normalize ? "rfc3986" : "none",
      signedHeaders: { also: headers.map(([name]) => name) },
      sessionToken: context.omit_session_token === true ? "appended" : "signed",
      payloadHeader: context.sign_body ? "always" : "never",
    };
    const request = { method, url, headers, body };
    const signature = signRequest(request, {
      credentials: { accessKeyId, secretAccessKey, sessionToken },
      region: context.region,
      service: context.service,
      date: new Date(context.timestamp),
      settings,
    });
    expect(signature.canonicalRequest).toBe(header.canonicalRequest);
    expect(signature.stringToSign).toBe(header.stringToSign);
    expect(signature.signature).toBe(header.signature);
    const signed = applySignature(request, signature);
    for (const [name, value] of Object.entries(signature.headers)) {
      expect(header.signedRequest.toLowerCase()).toContain(`\n${name}:${value.toLowerCase()}\n`);
    }
    expect(signed.url).toBe(url);
  });
});

const context = {
  credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  region: "eu-west-1",
  service: "sagemaker",
  date: new Date("2026-11-23T12:00:00.789Z"),
};
const url = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations";
const signed = (headers: HeadersInput, settings?: SigningSettings): string[] =>
  signRequest({ url, headers }, { ...context, settings })
    .canonicalRequest.split("\n")
    .slice(3, -3);

describe("the examples of the S3 documentation", () => {
  const common = s3Credentials();
  const header = s3Examples("header");
  const presign = s3Examples("presign");

  it("are all there", () => expect([header.length, presign.length]).toEqual([4, 1]));

  const s3 = { credentials: common, region: "us-east-1", service: "s3", date: new Date("2013-05-24T00:00:00Z") };

  it.each(header)("$method $url", ({ signature, method, url, headers, body }) => {
    const request = { method, url, headers, body };
    const settings = { signedHeaders: { also: Object.keys(headers) } };
    expect(signRequest(request, { ...s3, settings }).signature).toBe(signature);
  });

  it.each(presign)("presigned $method $url", ({ signature, expires, method, url }) => {
    expect(presignRequest({ method, url }, { ...s3, expiresIn: expires }).signature).toBe(signature);
  });
});

describe("headers", () => {
  const same: HeadersInput[] = [
    { "X-Amz-B": "2", "x-amz-a": ["1", "0"], "x-amz-none": undefined },
    [
      ["X-AMZ-B", "2"],
      ["x-amz-a", "1"],
      ["X-Amz-A", "0"],
    ],
    new Map([
      ["x-amz-b", "2"],
      ["x-amz-a", "1,0"],
    ]),
  ];

  it.each(same)("are read in any usual form: %s", (headers) => {
    expect(signed(headers).slice(1, 3)).toEqual(["x-amz-a:1,0", "x-amz-b:2"]);
  });

  it("lose white space around values, and runs of it inside", () => {
    expect(signed({ "x-amz-a": " \t a \t\t b   c " })[1]).toBe("x-amz-a:a b c");
    expect(signed({ "x-amz-a": "" })[1]).toBe("x-amz-a:");
  });

  it("are signed when they mean the same to everybody on the way", () => {
    const headers = {
      "Content-Type": "a",
      "content-md5": "b",
      accept: "c",
      "x-amzn-sagemaker-target-model": "d",
      "x-amzn-x": "e",
    };
    const names = (settings?: SigningSettings): string =>
      signRequest({ url, headers }, { ...context, settings }).signedHeaders;
    expect(names()).toBe("content-md5;content-type;host;x-amz-date;x-amzn-sagemaker-target-model");
    expect(names({ signedHeaders: { also: ["Accept"], never: ["content-md5"] } })).toBe(
      "accept;content-type;host;x-amz-date;x-amzn-sagemaker-target-model",
    );
    expect(names({ signedHeaders: "all" })).toBe(
      "accept;content-md5;content-type;host;x-amz-date;x-amzn-sagemaker-target-model;x-amzn-x",
    );
  });

  it("of an earlier signature are replaced", () => {
    const old = {
      authorization: "old",
      "X-Amz-Date": "old",
      "x-amz-security-token": "old",
      "x-amz-content-sha256": "old",
    };
    const request = { url, headers: old };
    const { headers } = applySignature(request, signRequest(request, context));
    expect(headers).toEqual({
      "x-amz-date": "20261123T120000Z",
      "x-amz-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
      authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*Signature=[\da-f]{64}$/),
    });
  });

  it("say which host is meant when that is not the URL's", () => {
    expect(signed({ Host: "vpce-1.example.com" })[0]).toBe("host:vpce-1.example.com");
  });

  it.each<[string, HeadersInput]>([
    ["a line break in a value", { a: "b\r\nc: d" }],
    ["a NUL in a value", { a: "b\0" }],
    ["a line break in a name", { "a\nb": "c" }],
    ["a space in a name", { "a b": "c" }],
    ["a colon in a name", { "a:b": "c" }],
    ["an empty name", { "": "c" }],
    ["a name that objects treat specially", [["__proto__", "c"]]],
    ["a number as value", { a: 5 as unknown as string }],
    ["all of them in one text", "content-type: text/plain" as never],
    ["what no client can send", { a: "\u20ac" }],
    ["what clients send in different bytes", { "x-amz-a": "\xe9" }],
  ])("are refused: %s", (_, headers) => {
    expect(() => signed(headers)).toThrow(expect.objectContaining({ name: "SignerError", code: "INVALID_HEADER" }));
  });
});

describe("the payload", () => {
  const last = (request: Partial<SignableRequest>): string | undefined =>
    signRequest({ url, ...request }, context)
      .canonicalRequest.split("\n")
      .at(-1);

  it("is hashed as bytes, in any form", () => {
    const hash = "3338be694f50c5f338814986cdf0686453a888b84f424d792af4b9202398f392";
    const bytes = new TextEncoder().encode("hello");
    const shared = new Uint8Array([0, ...bytes, 0]).subarray(1, 6);
    for (const body of ["hello", bytes, bytes.buffer, shared, Buffer.from("hello")]) {
      expect(last({ body })).toBe("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824");
    }
    expect(last({ body: "hello", payload: { sha256: hash } })).toBe(hash);
    expect(last({})).toBe(last({ body: null }));
    const foreign = runInNewContext("new Uint8Array([104, 101, 108, 108, 111])") as Uint8Array;
    expect(last({ body: foreign })).toBe(last({ body: "hello" }));
  });

  it.each([
    ["unsigned", "UNSIGNED-PAYLOAD"],
    ["streaming-events", "STREAMING-AWS4-HMAC-SHA256-EVENTS"],
    ["streaming-signed", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"],
    ["streaming-signed-trailer", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"],
    ["streaming-unsigned-trailer", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"],
  ] as const)("%s stands in the hash's place and is announced", (payload, word) => {
    expect(last({ payload })).toBe(word);
    expect(signRequest({ url, payload }, context).headers["x-amz-content-sha256"]).toBe(word);
  });

  it.each([
    new ReadableStream(),
    new Blob(),
    new FormData(),
    new URLSearchParams(),
    new DataView(new ArrayBuffer(1)),
    new Float32Array(1),
    5,
    {},
    true,
  ])("is refused when its bytes are not at hand: %s", (body) => {
    expect(() => last({ body: body as unknown as string })).toThrow(expect.objectContaining({ code: "INVALID_BODY" }));
  });

  it.each(["signed", "__proto__", "constructor", "", null, {}, { sha256: "A".repeat(64) }, { sha256: "0" }])(
    "mode %j does not exist",
    (payload) => {
      expect(() => last({ payload: payload as "hash" })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    },
  );
});

describe("the context", () => {
  it("takes a key that was derived before, of the same scope only", () => {
    const foreign = { credentialScope: "20261123/eu-west-1/sagemaker/aws4_request" };
    expect(() => signRequest({ url }, { ...context, signingKey: foreign })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    const signingKey = deriveSigningKey(context);
    expect(signRequest({ url }, { ...context, signingKey })).toEqual(signRequest({ url }, context));
    expect(() => signRequest({ url }, { ...context, region: "eu-west-2", signingKey })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(JSON.stringify(signingKey)).toBe('{"credentialScope":"20261123/eu-west-1/sagemaker/aws4_request"}');
  });

  it.each([new Date(Number.NaN), new Date(8.64e15), undefined, "2026-11-23", 0])("refuses %s as a date", (date) => {
    expect(() => signRequest({ url }, { ...context, date: date as Date })).toThrow(
      expect.objectContaining({ code: "INVALID_DATE" }),
    );
  });

  it.each(["GE T", "", "G\n", 5])("refuses %j as a method", (method) => {
    expect(() => signRequest({ url, method: method as string }, context)).toThrow(
      expect.objectContaining({ code: "INVALID_METHOD" }),
    );
  });
});
