import { inspect } from "node:util";
import { expect, test } from "vitest";
import { BrokerError } from "../../src/errors/error.ts";
import { scrub } from "../../src/errors/foreign-error.ts";
import { isRefusal, stsFailure } from "../../src/sts/sts-error.ts";
import { stsError } from "../harness.ts";

test.each([
  ["AccessDenied", 403, "refusal", "ACCESS_DENIED"],
  ["OptInRequired", 403, "refusal", "ACCESS_DENIED"],
  ["MalformedPolicyDocumentException", 400, "refusal", "REQUEST_REJECTED"],
  ["PackedPolicyTooLargeException", 400, "refusal", "REQUEST_REJECTED"],
  ["ValidationError", 400, "refusal", "REQUEST_REJECTED"],
  ["IDPRejectedClaimException", 403, "refusal", "REQUEST_REJECTED"],
  ["SomethingNew", 400, "refusal", "REQUEST_REJECTED"],
  ["constructor", 400, "refusal", "REQUEST_REJECTED"],
  ["ExpiredTokenException", 400, "source", "SOURCE_REJECTED"],
  ["InvalidClientTokenId", 403, "source", "SOURCE_REJECTED"],
  ["SignatureDoesNotMatch", 403, "source", "SOURCE_REJECTED"],
  ["InvalidIdentityToken", 400, "source", "SOURCE_REJECTED"],
  ["Throttling", 400, "throttle", "THROTTLED"],
  ["ThrottlingException", 400, "throttle", "THROTTLED"],
  ["SlowDown", 503, "throttle", "THROTTLED"],
  ["Anything", 429, "throttle", "THROTTLED"],
  ["RegionDisabledException", 403, "region", "REGION_DISABLED"],
  ["IDPCommunicationErrorException", 400, "transient", "STS_UNAVAILABLE"],
  ["InternalFailure", 500, "transient", "STS_UNAVAILABLE"],
  ["ServiceUnavailable", 503, "transient", "STS_UNAVAILABLE"],
  ["Error", 200, "transient", "STS_RESPONSE_INVALID"],
] as const)("%s with %i is a %s", (name, status, kind, code) => {
  const failure = stsFailure(stsError(name, status), "AssumeRole", "eu-west-1");
  expect(failure).toMatchObject({ kind, error: { code } });
  expect(failure.error.message).toMatch(/^STS AssumeRole in eu-west-1: /u);
  expect(failure.error.cause).toMatchObject({ name, requestId: "0f1e2d3c", httpStatusCode: status });
});

test("what is no answer at all passes", () => {
  for (const error of [
    new TypeError("fetch failed"),
    Object.assign(new Error("x"), { code: "ECONNRESET" }),
    "odd",
    undefined,
  ]) {
    expect(stsFailure(error, "AssumeRole", "eu-west-1")).toMatchObject({
      kind: "transient",
      error: { code: "STS_UNAVAILABLE" },
    });
  }
});

test("Retry-After is followed, within five minutes", () => {
  const after = (value: string): number | undefined => {
    const error = Object.assign(stsError("Throttling", 400), { $response: { headers: { "retry-after": value } } });
    return stsFailure(error, "AssumeRole", "eu-west-1").error.retryAfterMs;
  };
  expect(["7", "9999", "soon", "-1"].map(after)).toEqual([7000, 300_000, 0, 0]);
  expect(stsFailure(stsError("AccessDenied", 403), "AssumeRole", "r").error.retryAfterMs).toBeUndefined();
});

test("the limit of role chaining is told apart from other validation errors", () => {
  const chain = stsError(
    "ValidationError",
    400,
    "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
  );
  expect(stsFailure(chain, "AssumeRole", "r").chainLimit).toBe(true);
  expect(stsFailure(stsError("ValidationError", 400), "AssumeRole", "r").chainLimit).toBe(false);
});

test("no secret that AWS quotes gets through, and what helps does", () => {
  const secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
  const message = [
    `The request signature we calculated does not match: 'host:sts.eu-west-1.amazonaws.com x-amz-security-token:SHORT+TOKEN== '`,
    `IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQ`,
    `eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl`,
    secret,
    `User: arn:aws:sts::111122223333:assumed-role/Hub/countersign is not authorized to perform: sts:AssumeRole`,
  ].join("\n");
  const error = stsError("SignatureDoesNotMatch", 403, message);
  const shown = inspect(stsFailure(error, "AssumeRole", "eu-west-1"), { depth: 9, showHidden: true });
  for (const hidden of ["SHORT+TOKEN", "IQoJb3Jp", "eyJhbGci", secret, "response-secret", "input-secret"]) {
    expect(shown).not.toContain(hidden);
  }
  expect(scrub(message)).toContain("arn:aws:sts::111122223333:assumed-role/Hub/countersign is not authorized");
});

test("messages of AWS are quoted for known codes only, in the error and in its cause", () => {
  const quoted = stsFailure(stsError("AccessDeniedException", 403, "User: arn:a is not authorized"), "AssumeRole", "r");
  expect(quoted.error.message).toBe("STS AssumeRole in r: User: arn:a is not authorized");
  for (const name of ["SignatureDoesNotMatch", "InvalidClientTokenId", "ExpiredToken", "SomethingNew", "a b\nc", ""]) {
    const { error } = stsFailure(stsError(name, 403, "customer text"), "AssumeRole", "r");
    const known = /^[A-Za-z]+$/u.test(name) ? name : "an error";
    expect(error.message).toBe(`STS AssumeRole in r: ${known}`);
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain("customer text");
  }
});

test("only refusals make another try useless", () => {
  const refusals = (
    [
      "ACCESS_DENIED",
      "REQUEST_REJECTED",
      "CYCLE",
      "THROTTLED",
      "STS_UNAVAILABLE",
      "SOURCE_REJECTED",
      "MFA_TIMEOUT",
    ] as const
  ).filter((code) => isRefusal(new BrokerError(code, "")));
  expect(refusals).toEqual(["ACCESS_DENIED", "REQUEST_REJECTED", "CYCLE"]);
});
