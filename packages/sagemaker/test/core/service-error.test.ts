import { inspect } from "node:util";
import { CountersignError } from "@countersign/signer";
import { describe, expect, test } from "vitest";
import { SageMakerError } from "../../src/core/error.ts";
import { serviceError, streamError } from "../../src/core/service-error.ts";

const encode = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === "string" ? value : JSON.stringify(value));

const error = (status: number, headers: Record<string, string>, body: unknown): SageMakerError =>
  serviceError(status, (name) => headers[name], encode(body));

describe("serviceError", () => {
  test("reads a ModelError with everything that AWS says about it", () => {
    const headers = { "x-amzn-errortype": "ModelError", "x-amzn-requestid": "r-1" };
    const body = {
      Message: "Received client error (400) from primary",
      OriginalStatusCode: 400,
      OriginalMessage: "bad shape",
      LogStreamArn: "arn:aws:logs:eu-west-1:123456789012:log-group:/aws/sagemaker/Endpoints/churn",
    };
    expect(error(424, headers, body)).toMatchObject({
      code: "ModelError",
      message: "Received client error (400) from primary",
      status: 424,
      requestId: "r-1",
      originalStatusCode: 400,
      originalMessage: "bad shape",
      logStreamArn: body.LogStreamArn,
    });
  });

  test.each([
    [
      "the header of rest-json",
      { "x-amzn-errortype": "ValidationError:http://internal.amazon.com/coral/" },
      {},
      "ValidationError",
    ],
    ["a header with a namespace", { "x-amzn-errortype": "com.amazon#ThrottlingException:" }, {}, "ThrottlingException"],
    ["the __type of AWS JSON", {}, { __type: "com.amazonaws.sagemaker#ResourceNotFound" }, "ResourceNotFound"],
    ["a bare __type", {}, { __type: "ResourceInUse" }, "ResourceInUse"],
    ["a code in the body", {}, { code: "ValidationException" }, "ValidationException"],
    ["nothing at all", {}, {}, "UNKNOWN_ERROR"],
    ["an empty header", { "x-amzn-errortype": "" }, {}, "UNKNOWN_ERROR"],
  ])("takes the code from %s", (_, headers, body, code) => {
    expect(error(400, headers as Record<string, string>, body).code).toBe(code);
  });

  test("survives bodies that are not JSON objects", () => {
    for (const body of ["<html>502 Bad Gateway</html>", "", "null", "[]", '"text"']) {
      expect(error(502, {}, body)).toMatchObject({
        code: "UNKNOWN_ERROR",
        status: 502,
        message: "the service answered with status 502",
      });
    }
  });
});

describe("SageMakerError", () => {
  test("is recognised as its own and as the project's class", () => {
    const one = error(400, {}, {});
    expect(one).toBeInstanceOf(SageMakerError);
    expect(one).toBeInstanceOf(CountersignError);
    expect(one.name).toBe("SageMakerError");
    expect(new Error("other")).not.toBeInstanceOf(SageMakerError);
  });

  test("shows its details when inspected, and no empty ones", () => {
    const shown = inspect(error(424, { "x-amzn-errortype": "ModelError" }, { OriginalStatusCode: 500 }));
    expect(shown).toContain("originalStatusCode: 500");
    expect(shown).not.toContain("logStreamArn");
  });
});

test("an error in mid-stream that quotes the canonical request does not show the session token either", () => {
  const error = streamError({
    headers: {
      ":message-type": "error",
      ":error-code": "InvalidSignatureException",
      ":error-message": "should have been 'x-amz-security-token:a-session-token'",
    },
    payload: new Uint8Array(0),
  });
  expect(error.message).toBe("should have been 'x-amz-security-token:<session token>'");
});
