import { describe, expect, test } from "vitest";
import { headersOf } from "../../src/runtime/header-rule.ts";
import { invokeAsyncHeaders } from "../../src/runtime/invoke-async-options.ts";
import { invokeHeaders, invokeStreamHeaders } from "../../src/runtime/invoke-options.ts";

describe("headersOf", () => {
  test("names each option's header as AWS does", () => {
    const options = {
      accept: "text/csv",
      targetVariant: "blue",
      targetModel: "models/a.tar.gz",
      targetContainerHostname: "second",
      inferenceComponent: "adapter-1",
      inferenceId: "id 1",
      sessionId: "NEW_SESSION",
      prefixAwareId: "app-1",
      customAttributes: "trace=1",
      enableExplanations: "`true`",
    };
    expect(headersOf(options, invokeHeaders)).toEqual({
      accept: "text/csv",
      "x-amzn-sagemaker-target-variant": "blue",
      "x-amzn-sagemaker-target-model": "models/a.tar.gz",
      "x-amzn-sagemaker-target-container-hostname": "second",
      "x-amzn-sagemaker-inference-component": "adapter-1",
      "x-amzn-sagemaker-inference-id": "id 1",
      "x-amzn-sagemaker-session-id": "NEW_SESSION",
      "x-amzn-sagemaker-prefix-aware-id": "app-1",
      "x-amzn-sagemaker-custom-attributes": "trace=1",
      "x-amzn-sagemaker-enable-explanations": "`true`",
    });
  });

  test("sends a stream's accept under its own name", () => {
    expect(headersOf({ accept: "text/csv" }, invokeStreamHeaders)).toEqual({ "x-amzn-sagemaker-accept": "text/csv" });
  });

  test("names the options of asynchronous invocations", () => {
    const options = {
      inputLocation: "s3://bucket/in.json",
      contentType: "application/json",
      requestTtlSeconds: 60,
      invocationTimeoutSeconds: 3600,
      s3OutputPathExtension: "a/b",
      filename: "out.json",
    };
    expect(headersOf(options, invokeAsyncHeaders)).toEqual({
      "x-amzn-sagemaker-inputlocation": "s3://bucket/in.json",
      "x-amzn-sagemaker-content-type": "application/json",
      "x-amzn-sagemaker-requestttlseconds": "60",
      "x-amzn-sagemaker-invocationtimeoutseconds": "3600",
      "x-amzn-sagemaker-s3outputpathextension": "a/b",
      "x-amzn-sagemaker-filename": "out.json",
    });
  });

  test("makes nothing of options that are no headers, or not given", () => {
    const { signal } = new AbortController();
    expect(headersOf({ signal, timeoutMs: 1, contentType: "a/b", targetModel: undefined }, invokeHeaders)).toBe(
      undefined,
    );
  });

  test("refuses an option that the operation does not have, so that no typing error goes unnoticed", () => {
    expect(() => headersOf({ targetvariant: "blue" }, invokeHeaders)).toThrow(/"targetvariant" is not an option/);
    expect(() => headersOf({ targetModel: "m" }, invokeStreamHeaders)).toThrow(/"targetModel" is not an option/);
    expect(() => headersOf({ constructor: "x" }, invokeHeaders)).toThrow(/"constructor" is not an option/);
  });
});

describe("limits that are known before sending", () => {
  test.each<[string, unknown, RegExp]>([
    ["customAttributes", "x".repeat(1025), /1025 characters; the limit is 1024/],
    ["customAttributes", "a\r\nx-amz-evil: 1", /visible ASCII/],
    ["customAttributes", "a\0", /visible ASCII/],
    ["customAttributes", "ä", /visible ASCII/],
    ["customAttributes", 7, /must be a string/],
    ["targetVariant", "-blue", /must match/],
    ["targetVariant", "x".repeat(64), /the limit is 63/],
    ["inferenceId", "", /must match/],
    ["inferenceId", "x".repeat(65), /the limit is 64/],
    ["sessionId", "NEW SESSION", /must match/],
    ["targetModel", " leading", /must match/],
    ["enableExplanations", "x".repeat(65), /the limit is 64/],
  ])("%s refuses %j", (option, value, message) => {
    expect(() => headersOf({ [option]: value }, invokeHeaders)).toThrow(
      expect.objectContaining({ code: "INVALID_HEADER", message: expect.stringMatching(message) }),
    );
  });

  test.each<[string, unknown]>([
    ["inputLocation", "ftp://bucket/key"],
    ["inputLocation", "s3://"],
    ["requestTtlSeconds", 59],
    ["requestTtlSeconds", 21_601],
    ["requestTtlSeconds", 60.5],
    ["requestTtlSeconds", "60"],
    ["invocationTimeoutSeconds", 0],
    ["filename", "a.b.c"],
    ["filename", "../x"],
    ["s3OutputPathExtension", "s3://bucket"],
  ])("%s refuses %j", (option, value) => {
    expect(() => headersOf({ [option]: value }, invokeAsyncHeaders)).toThrow(
      expect.objectContaining({ code: "INVALID_HEADER", message: expect.stringContaining(option) }),
    );
  });
});
