import { inspect } from "node:util";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSigner } from "../../src/signer/create-signer.ts";
import { diagnose, type DiagnosisCause, type ErrorAnswer, explain, redactToken } from "../../src/diagnose.ts";
import { advice } from "../../src/diagnose/diagnosis.ts";
import type { SignableRequest, SignedRequest } from "../../src/sigv4/request.ts";
import type { SignerOptions } from "../../src/signer/signer-options.ts";
import { createVerifier, VerifyError } from "../../src/verify.ts";
import { handClock } from "../clock/hand-clock.ts";
import { json, query, restJson, s3 } from "./aws-answer.ts";

const START = Date.UTC(2026, 4, 21, 12);
const sessionToken = `IQoJb3JpZ2luX2VjEXAMPLE/token+value${"x".repeat(640)}==`;
const credentials = { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG", sessionToken };
const SENTENCE =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const invoke: SignableRequest = {
  method: "POST",
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/my%20endpoint/invocations?b=2&a=1",
  headers: { "content-type": "application/json", "x-amzn-sagemaker-target-variant": "blue" },
  body: '{"inputs":1}',
};

/** A request that every client signs the same way. */
const plain = {
  ...invoke,
  url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/mine/invocations?a=1&b=2",
} satisfies SignableRequest;

const signer = (o: Partial<SignerOptions> = {}) =>
  createSigner({ region: "eu-west-1", credentials, clock: handClock(START), ...o });

/** What AWS answers to a request as it arrived: the verifier knows the key and expects what AWS expects. */
async function refuse(
  arrived: SignedRequest,
  write: (refusal: {
    code: string;
    message: string;
    canonicalRequest?: string;
    stringToSign?: string;
  }) => ErrorAnswer = restJson,
): Promise<ErrorAnswer> {
  const verify = createVerifier({
    clock: handClock(START),
    resolve: async () => ({
      secretAccessKey: "wJalrXUtnFEMI/K7MDENG",
      sessionToken: arrived.headers["x-amz-security-token"],
    }),
  });
  const error: unknown = await verify(arrived).then(
    () => Promise.reject(new Error("the request is in order")),
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof VerifyError)) throw error;
  const { code, message, canonicalRequest, stringToSign } = error;
  return write({
    code: code === "SignatureDoesNotMatch" && write !== query && write !== s3 ? "InvalidSignature" : code,
    message,
    ...(canonicalRequest && { canonicalRequest }),
    ...(stringToSign && { stringToSign }),
  });
}

const withHeaders = (signed: SignedRequest, headers: Record<string, string | undefined>): SignedRequest => ({
  ...signed,
  headers: Object.fromEntries(
    Object.entries({ ...signed.headers, ...headers }).filter((pair): pair is [string, string] => pair[1] !== undefined),
  ),
});

describe("diagnose", () => {
  it("knows eighteen causes, and advice in one line for each", () => {
    const { other, ...causes } = advice;
    expect(Object.keys(causes)).toHaveLength(18);
    for (const line of [other, ...Object.values(causes)]) expect(line).toMatch(/^[^\n]{30,140}$/);
  });

  describe.each([
    ["JSON 1.1", json],
    ["REST JSON", restJson],
    ["Query XML", query],
    ["S3 XML", s3],
  ])("in %s", (_, write) => {
    it("method: changed in transit", async () => {
      const signed = await signer().sign(invoke);
      const diagnosis = diagnose(await refuse({ ...signed, method: "PUT" }, write), signed);
      expect(diagnosis).toMatchObject({
        cause: "method",
        detail: "POST was signed and PUT arrived",
        advice: advice.method,
        difference: { stage: "canonicalRequest", line: 1, column: 2, expected: "PUT", actual: "POST" },
      });
    });

    it("path-encoded-once: signed as for S3 (aws/aws-sdk-js-v3#5797)", async () => {
      const explanation = await explain(signer({ settings: { pathEncoding: "single" } }), invoke);
      const signed = await signer({ settings: { pathEncoding: "single" } }).sign(invoke);
      expect(diagnose(await refuse(signed, write), explanation)).toMatchObject({
        cause: "path-encoded-once",
        difference: {
          line: 2,
          column: 16,
          expected: "/endpoints/my%2520endpoint/invocations",
          actual: "/endpoints/my%20endpoint/invocations",
        },
      });
    });

    it("path-encoded-twice: signed for S3 as for all others", async () => {
      const options = { service: "s3", settings: { pathEncoding: "double" } } as const;
      const request = { method: "PUT", url: "https://b.s3.eu-west-1.amazonaws.com/a%20b", body: "data" };
      const signed = await signer(options).sign(request);
      expect(diagnose(await refuse(signed, write), await explain(signer(options), request))).toMatchObject({
        cause: "path-encoded-twice",
        difference: { line: 2, expected: "/a%20b", actual: "/a%2520b" },
      });
    });

    it("header-changed: rewritten on the way (hashicorp/terraform#36412)", async () => {
      const signed = await signer().sign(invoke);
      const arrived = withHeaders(signed, { "content-type": "application/json; charset=utf-8" });
      expect(diagnose(await refuse(arrived, write), signed)).toMatchObject({
        cause: "header-changed",
        detail: "the signed header content-type arrived with another value",
        difference: { line: 4, column: 30, actual: "content-type:application/json" },
      });
    });

    it("header-missing: removed on the way", async () => {
      const signed = await signer().sign(invoke);
      const arrived = withHeaders(signed, { "x-amzn-sagemaker-target-variant": undefined });
      expect(diagnose(await refuse(arrived, write), signed)).toMatchObject({
        cause: "header-missing",
        detail: "the signed header x-amzn-sagemaker-target-variant did not arrive",
        difference: { expected: "x-amzn-sagemaker-target-variant:" },
      });
    });

    it("body-changed: serialised anew after signing", async () => {
      const signed = await signer().sign(invoke);
      expect(diagnose(await refuse({ ...signed, body: '{"inputs": 1}' }, write), signed)).toMatchObject({
        cause: "body-changed",
        detail: "the hash of the body that arrived is not the hash that was signed",
        difference: { stage: "canonicalRequest", line: 11 },
      });
    });

    it("wrong-secret: every stage agrees", async () => {
      const wrong = { ...credentials, secretAccessKey: "wJalrXUtnFEMI/K7MDENG/" };
      const signed = await signer({ credentials: wrong }).sign(plain);
      const diagnosis = diagnose(await refuse(signed, write), signed);
      expect(diagnosis).toMatchObject({
        cause: "wrong-secret",
        detail: expect.stringContaining("every stage agrees") as unknown,
      });
      expect(diagnosis.difference).toBeUndefined();
    });

    it.each<[DiagnosisCause, string, SignableRequest, SignerOptions["settings"], string?]>([
      ["path-encoded-once", "a space in the path", invoke, { pathEncoding: "single" }],
      [
        "path-encoded-once",
        "a colon",
        { ...plain, url: plain.url.replace("mine", "mine%3A1") },
        { pathEncoding: "single" },
      ],
      [
        "path-encoded-twice",
        "S3",
        { url: "https://b.s3.eu-west-1.amazonaws.com/a%20b" },
        { pathEncoding: "double" },
        "s3",
      ],
      [
        "path-changed",
        "an empty segment",
        { ...plain, url: plain.url.replace("/mine", "//mine") },
        { pathNormalization: "none" },
      ],
    ])(
      "%s, never wrong-secret, when only the signed request is known: %s",
      async (cause, _, request, settings, service) => {
        const signed = await signer({ settings, service }).sign(request);
        expect(diagnose(await refuse(signed, write), signed)).toMatchObject({
          cause,
          detail: expect.stringContaining("give the canonical request") as unknown,
        });
      },
    );

    it.each<[DiagnosisCause, string]>([
      ["query-order", "?b=2&a=1"],
      ["query-encoding", "?q=a%20b"],
      ["query-encoding", "?q=a+b"],
      ["query-encoding", "?q"],
    ])("%s, never wrong-secret, where clients sign %s in different ways", async (cause, search) => {
      const wrong = { ...credentials, secretAccessKey: "other" };
      const request = { ...plain, url: plain.url.replace(/\?.*/, search) };
      const signed = await signer({ credentials: wrong }).sign(request);
      expect(diagnose(await refuse(signed, write), signed).cause).toBe(cause);
      const explained = await explain(signer({ credentials: wrong }), request);
      expect(diagnose(await refuse(signed, write), explained).cause).toBe("wrong-secret");
    });

    it("signature-expired", async () => {
      const message =
        "Signature expired: 20260521T115000Z is now earlier than 20260521T115501Z (20260521T120001Z - 5 min.)";
      const signed = await signer().sign(invoke);
      expect(diagnose(write({ code: "SignatureDoesNotMatch", message }), signed)).toMatchObject({
        cause: "signature-expired",
        detail: expect.stringContaining("601 s later") as unknown,
      });
    });

    it("clock-skew: signed ahead of time", async () => {
      const message =
        "Signature not yet current: 20260521T121000Z is still later than 20260521T120501Z (20260521T120001Z + 5 min.)";
      const signed = await signer().sign(invoke);
      expect(diagnose(write({ code: "InvalidSignature", message }), signed)).toMatchObject({
        cause: "clock-skew",
        detail: "this machine's clock is ahead of AWS by 599 s",
      });
    });

    it("wrong-service: runtime, vpce and what else was taken for one (awslabs/aws-sigv4-proxy#226)", async () => {
      const message = "Credential should be scoped to correct service: 'sagemaker'. ";
      for (const service of ["runtime.sagemaker", "vpce", "execute-api"]) {
        const signed = await signer({ service }).sign(invoke);
        expect(diagnose(write({ code: "SignatureDoesNotMatch", message }), signed)).toMatchObject({
          cause: "wrong-service",
          detail: `signed for "${service}", and the host takes "sagemaker"`,
        });
      }
    });

    it("session-token-stale: expired, or of another key", async () => {
      const signed = await signer().sign(invoke);
      for (const [code, message] of [
        ["ExpiredToken", "The security token included in the request is expired"],
        ["UnrecognizedClient", "The security token included in the request is invalid."],
        ["InvalidClientTokenId", "The security token included in the request is invalid."],
      ] as const) {
        expect(diagnose(write({ code, message }), signed).cause).toBe("session-token-stale");
      }
    });

    it("session-token-missing: a temporary key alone", async () => {
      const { sessionToken: _, ...alone } = credentials;
      const signed = await signer({ credentials: alone }).sign(invoke);
      const message = "The security token included in the request is invalid.";
      expect(diagnose(write({ code: "UnrecognizedClient", message }), signed)).toMatchObject({
        cause: "session-token-missing",
        detail: "ASIAEXAMPLE is a temporary key, and no session token was sent",
      });
    });

    it("unknown-access-key: a long-term key AWS does not know", async () => {
      const signed = await signer({ credentials: { accessKeyId: "AKIAGONE", secretAccessKey: "s" } }).sign(invoke);
      const message = "The security token included in the request is invalid.";
      expect(diagnose(write({ code: "InvalidClientTokenId", message }), signed)).toMatchObject({
        cause: "unknown-access-key",
        detail: "AWS does not know the access key AKIAGONE",
      });
    });

    it("other: the signature was in order and a policy denies", async () => {
      const message = "User: arn:aws:sts::1:assumed-role/a/b is not authorized to perform: sagemaker:InvokeEndpoint";
      const signed = await signer().sign(invoke);
      expect(diagnose(write({ code: "AccessDenied", message }), signed)).toMatchObject({
        cause: "other",
        detail: expect.stringMatching(/not about the signature: AccessDenied, "User: arn/) as unknown,
      });
    });
  });

  describe("kind: evidence, not inference: what changed in the query or the path has a cause of its own", () => {
    const sign = (url: string): Promise<SignedRequest> => signer().sign({ ...invoke, url });
    const base = "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints/e/invocations";

    it("query-order: signed as it was written, unsorted", async () => {
      const signed = await sign(`${base}?b=2&a=1`);
      const refusal = {
        code: "SignatureDoesNotMatch",
        message: SENTENCE,
        canonicalRequest: (await canonicalOf(signed)).replace("a=1&b=2", "b=2&a=1"),
      };
      expect(diagnose(query(refusal), signed)).toMatchObject({
        cause: "query-order",
        difference: { line: 3, column: 1, expected: "b=2&a=1", actual: "a=1&b=2" },
      });
    });

    it("query-encoding: a space as plus, a colon as it is (smithy-lang/smithy-typescript#848)", async () => {
      const signed = await sign(`${base}?q=a%20b%3Ac`);
      for (const other of ["q=a%2Bb%3Ac", "q=a+b%3Ac", "q=a%20b:c", "q=a%20b%3ac", "q=a%2520b%253Ac"]) {
        const canonicalRequest = (await canonicalOf(signed)).replace("q=a%20b%3Ac", other);
        const diagnosis = diagnose(
          query({ code: "SignatureDoesNotMatch", message: SENTENCE, canonicalRequest }),
          signed,
        );
        expect(diagnosis).toMatchObject({ cause: "query-encoding", difference: { line: 3, expected: other } });
      }
    });

    it("query-changed, path-changed: a parameter was added, or a path prefix, on the way", async () => {
      const signed = await sign(`${base}?a=1`);
      expect(diagnose(await refuse({ ...signed, url: `${signed.url}&utm=1` }), signed)).toMatchObject({
        cause: "query-changed",
        detail: "the query was changed in transit",
      });
      expect(
        diagnose(await refuse({ ...signed, url: signed.url.replace("/endpoints", "/prod/endpoints") }), signed),
      ).toMatchObject({
        cause: "path-changed",
        detail: "the path was changed in transit",
        difference: { line: 2, column: 2 },
      });
    });

    it("path-changed: normalised on one side", async () => {
      const options = { settings: { pathNormalization: "none" } } as const;
      const request = { ...invoke, url: "https://runtime.sagemaker.eu-west-1.amazonaws.com/endpoints//e" };
      const signed = await signer(options).sign(request);
      expect(diagnose(await refuse(signed), await explain(signer(options), request))).toMatchObject({
        cause: "path-changed",
        detail: expect.stringContaining("normalised on one side") as unknown,
      });
    });
  });

  it("wrong-region: said by AWS, or read off the host", async () => {
    const signed = await signer({ region: "us-east-1" }).sign(invoke);
    const said = { code: "SignatureDoesNotMatch", message: "Credential should be scoped to a valid region. " };
    expect(diagnose(query(said), signed)).toMatchObject({ cause: "wrong-region", detail: /signed for us-east-1/ });
    const malformed = {
      code: "AuthorizationHeaderMalformed",
      message: "The authorization header is malformed; the region 'us-east-1' is wrong; expecting 'eu-west-1'",
      elements: { Region: "eu-west-1" },
    };
    expect(diagnose(s3(malformed), signed).detail).toBe("signed for us-east-1, and the host is in eu-west-1");
    expect(diagnose(restJson({ code: "InvalidSignature", message: SENTENCE }), signed)).toMatchObject({
      cause: "wrong-region",
      detail: "signed for us-east-1, and runtime.sagemaker.eu-west-1.amazonaws.com is in eu-west-1",
    });
  });

  it("wrong-service: read off the host when AWS only says that signatures differ", async () => {
    const signed = await signer({ service: "runtime" }).sign(invoke);
    expect(diagnose(restJson({ code: "InvalidSignature", message: SENTENCE }), signed)).toMatchObject({
      cause: "wrong-service",
      detail: 'signed for "runtime", and runtime.sagemaker.eu-west-1.amazonaws.com takes "sagemaker"',
    });
  });

  it("clock-skew: S3's own words, the Date of the answer, and the day of the scope", async () => {
    const signed = await signer({ clock: handClock(START - 1_200_000) }).sign(invoke);
    const refusal = {
      code: "RequestTimeTooSkewed",
      message: "The difference between the request time and the current time is too large.",
      elements: {
        RequestTime: "20260521T114000Z",
        ServerTime: "2026-05-21T12:00:00Z",
        MaxAllowedSkewMilliseconds: "900000",
      },
    };
    expect(diagnose(s3(refusal), signed)).toMatchObject({
      cause: "clock-skew",
      detail: "this machine's clock is behind AWS by 1200 s",
    });
    expect(diagnose(restJson({ code: "InvalidSignature", message: SENTENCE }), signed)).toMatchObject({
      cause: "clock-skew",
      detail: "this machine's clock is behind AWS by 1201 s",
    });
    const day = "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP";
    expect(diagnose(query({ code: "SignatureDoesNotMatch", message: day }), signed).cause).toBe("clock-skew");
  });

  it.each(["1", "2026-02-31T12:00:00Z", "Sun, 31 Feb 2026 12:00:00 GMT", "21 May 2026"])(
    "clock-skew by no number of seconds, where AWS's time is said to be %s",
    async (date) => {
      const signed = await signer().sign(invoke);
      const refusal = { code: "RequestTimeTooSkewed", message: "too large", elements: { ServerTime: date } };
      const detail = "this machine's clock and that of AWS differ by more than AWS allows";
      expect(diagnose({ ...s3(refusal), headers: { date } }, signed)).toMatchObject({ cause: "clock-skew", detail });
    },
  );

  it("signature-expired: a presigned URL that is over", async () => {
    const { url } = await signer({ service: "s3" }).presign(
      { url: "https://b.s3.eu-west-1.amazonaws.com/k" },
      { expiresIn: 60 },
    );
    const refusal = { code: "AccessDenied", message: "Request has expired", elements: { "X-Amz-Expires": "60" } };
    expect(diagnose(s3(refusal), { method: "GET", url, headers: {} })).toMatchObject({
      cause: "signature-expired",
      detail: "signed at 20260521T120000Z for 60 s, and that is over",
    });
  });

  it("header-changed: an x-amz-* header added after signing", async () => {
    const signed = await signer().sign(invoke);
    const refusal = {
      code: "AccessDenied",
      message: "There were headers present in the request which were not signed",
      elements: { HeadersNotSigned: "x-amz-meta-proxy" },
    };
    expect(diagnose(s3(refusal), signed)).toMatchObject({
      cause: "header-changed",
      detail: "headers were added after signing: x-amz-meta-proxy",
    });
  });

  it("header-missing: no Authorization header arrived, or half of one", async () => {
    const signed = await signer().sign(invoke);
    const missing = { code: "MissingAuthenticationToken", message: "Request is missing Authentication Token" };
    expect(diagnose(query(missing), signed).cause).toBe("header-missing");
    const half =
      "Authorization header requires 'Signature' parameter. Authorization=AWS4-HMAC-SHA256 Credential=ASIAEXAMPLE";
    const diagnosis = diagnose(json({ code: "IncompleteSignature", message: half }), signed);
    expect(diagnosis).toMatchObject({ cause: "header-missing" });
    expect(diagnosis.detail).toContain("requires 'Signature' parameter");
  });

  it("body-changed: S3's own words, and a service that wants the body signed", async () => {
    const signed = await signer().sign({ ...invoke, payload: "unsigned" });
    const refusal = {
      code: "XAmzContentSHA256Mismatch",
      message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
    };
    expect(diagnose(s3(refusal), signed).cause).toBe("body-changed");
    expect(diagnose(await refuse(signed), signed)).toMatchObject({
      cause: "body-changed",
      detail: "UNSIGNED-PAYLOAD was signed for the body, and the service expects its hash",
    });
  });

  it("session-token-missing: the signed token was removed on the way", async () => {
    const signed = await signer().sign(invoke);
    const arrived = withHeaders(signed, { "x-amz-security-token": undefined });
    const diagnosis = diagnose(await refuse(arrived), signed);
    expect(diagnosis).toMatchObject({
      cause: "session-token-missing",
      difference: { expected: "x-amz-security-token:" },
    });
    expect(diagnosis.difference?.actual).toBe(`x-amz-security-token:${redactToken(sessionToken)}`);
  });

  it("reads the string to sign alone, too", async () => {
    const signed = await signer().sign(plain);
    const { stringToSign } = await explain(signer(), plain);
    const refusal = { code: "SignatureDoesNotMatch", message: SENTENCE };
    expect(diagnose(s3({ ...refusal, stringToSign }), signed).cause).toBe("wrong-secret");
    for (const [from, to, cause] of [
      ["/eu-west-1/", "/us-east-1/", "wrong-region"],
      ["/sagemaker/", "/execute-api/", "wrong-service"],
      ["20260521T120000Z", "20260521T130000Z", "clock-skew"],
      [/[\da-f]{64}$/, "0".repeat(64), "other"],
    ] as const) {
      const diagnosis = diagnose(s3({ ...refusal, stringToSign: stringToSign.replace(from, to) }), signed);
      expect(diagnosis).toMatchObject({ cause, difference: { stage: "stringToSign" } });
    }
  });

  it("says so when AWS says nothing and nothing is wrong", async () => {
    const signed = await signer().sign(invoke);
    expect(diagnose(restJson({ code: "InvalidSignature", message: SENTENCE }), signed)).toMatchObject({
      cause: "other",
      detail: "AWS did not say what it expected; host, credential scope and date are in order",
    });
  });

  it("needs a request that carries a signature", () => {
    const answer = restJson({ code: "InvalidSignature", message: SENTENCE });
    const unsigned = { method: "GET", url: "https://example.com/", headers: {} };
    expect(() => diagnose(answer, unsigned)).toThrow(/signed: must be a request with a SigV4 signature/);
  });

  describe("never shows the session token", () => {
    const changes: readonly (readonly [string, (signed: SignedRequest) => SignedRequest])[] = [
      ["method", (signed) => ({ ...signed, method: "PUT" })],
      ["body", (signed) => ({ ...signed, body: "x" })],
      [
        "a token cut short by a proxy",
        (signed) => withHeaders(signed, { "x-amz-security-token": sessionToken.slice(0, 99) }),
      ],
      ["a header that follows it", (signed) => withHeaders(signed, { "x-amzn-sagemaker-target-variant": "x" })],
    ];

    it.each(changes)("whatever differs: %s", async (_, change) => {
      const signed = await signer().sign(invoke);
      for (const write of [json, restJson, query, s3]) {
        const text = inspect(diagnose(await refuse(change(signed), write), signed), { depth: 9, showHidden: true });
        expect(text).not.toContain(sessionToken.slice(0, 20));
      }
    });

    it("even where AWS quotes it in a message of its own", async () => {
      const signed = await signer().sign(invoke);
      const refusal = {
        code: "Nonsense",
        message: `bad token ${sessionToken} in ?X-Amz-Security-Token=${encodeURIComponent(sessionToken)}`,
      };
      const diagnosis = diagnose(query(refusal), signed);
      expect(diagnosis.detail).toMatch(/bad token <session token, \d+ chars, sha256 [\da-f]{8}>/);
      expect(inspect(diagnosis)).not.toContain(sessionToken.slice(0, 20));
    });

    it("unless told to", async () => {
      const signed = await signer().sign(invoke);
      const answer = await refuse(withHeaders(signed, { "x-amz-security-token": "another" }));
      const revealed = diagnose(answer, signed, { reveal: true });
      expect(revealed.difference).toMatchObject({
        column: "x-amz-security-token:".length + 1,
        expected: "x-amz-security-token:another",
        actual: `x-amz-security-token:${sessionToken}`,
      });
    });
  });

  describe("reads hostile answers without failing", () => {
    const causes: readonly (DiagnosisCause | "other")[] = Object.keys(advice) as (DiagnosisCause | "other")[];

    it.each([
      "",
      "<",
      "<Error><Code>SignatureDoesNotMatch</Code><Message>",
      "<Error><Code></Message></Error>",
      "<Error><Code>&#x110000;&#0;&bogus;&#99999999;&amp</Code><Message>&lt;&#x41;</Message></Error>",
      "{",
      "[]",
      '{"__type":5,"message":{"a":1}}',
      '{"__proto__":{"message":"x"},"constructor":1}',
      "The Canonical String for this request should have been",
      "The Canonical String for this request should have been\n'",
      "The Canonical String for this request should have been\n''\n\nThe String-to-Sign should have been\n'",
      "\0\uFFFF".repeat(1000),
    ])("%j", async (body) => {
      const signed = await signer().sign(invoke);
      expect(causes).toContain(diagnose({ status: 403, body }, signed).cause);
    });

    it("cut off at any byte, or with any byte changed", async () => {
      const signed = await signer().sign(invoke);
      for (const write of [json, query, s3]) {
        const { body, ...head } = await refuse({ ...signed, method: "PUT" }, write);
        const text = body as string;
        const property = fc.property(fc.nat(text.length), fc.nat(255), (at, byte) => {
          for (const changed of [
            text.slice(0, at),
            text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1),
          ]) {
            const diagnosis = diagnose({ ...head, body: changed }, signed);
            expect(causes).toContain(diagnosis.cause);
            expect(inspect(diagnosis)).not.toContain(sessionToken.slice(0, 20));
          }
        });
        fc.assert(property, { numRuns: 200 });
      }
    });

    it("says that what was cut off agrees up to there", async () => {
      const signed = await signer().sign(invoke);
      const canonicalRequest = (await canonicalOf(signed)).slice(0, 300);
      const answer = s3({ code: "SignatureDoesNotMatch", message: SENTENCE, canonicalRequest });
      expect(diagnose(answer, signed)).toMatchObject({
        cause: "other",
        detail: expect.stringContaining("cut off") as unknown,
      });
    });

    it("huge ones, in linear time", async () => {
      const signed = await signer().sign(invoke);
      for (const unit of [
        "<Message>",
        "&#x41;",
        "'\n\nThe ",
        "X-Amz-Security-Token=",
        "{",
        "The Canonical String",
        "25",
      ]) {
        const body = `<Code>SignatureDoesNotMatch</Code><CanonicalRequest>POST\n%${unit.repeat(2_000_000 / unit.length)}`;
        expect(causes).toContain(diagnose({ status: 403, body }, signed).cause);
        expect(causes).toContain(diagnose({ status: 403, body: new TextEncoder().encode(body) }, signed).cause);
      }
    });
  });
});

/** The canonical request that AWS shows when all is well but the signature. */
async function canonicalOf(request: SignableRequest): Promise<string> {
  return (await explain(signer(), request, { reveal: true })).canonicalRequest;
}
