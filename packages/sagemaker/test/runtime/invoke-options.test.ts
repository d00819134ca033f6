import { checkOptions } from "@countersign/signer/options";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CallOptions } from "../../src/core/call-options.ts";
import { refuseOption } from "../../src/core/refuse-option.ts";
import { type CallRules, checkCall } from "../../src/runtime/header-rule.ts";
import { invokeAsyncRules } from "../../src/runtime/invoke-async-options.ts";
import { invokeBidirectionalRules } from "../../src/runtime/invoke-bidirectional-options.ts";
import { invokeRules, invokeStreamRules } from "../../src/runtime/invoke-options.ts";

const headersOf = (options: object, rules: CallRules<CallOptions>) => checkCall(options, rules).headers;

describe("checkCall", () => {
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
    expect(headersOf(options, invokeRules)).toEqual({
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
    expect(headersOf({ accept: "text/csv" }, invokeStreamRules)).toEqual({ "x-amzn-sagemaker-accept": "text/csv" });
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
    expect(headersOf(options, invokeAsyncRules)).toEqual({
      "x-amzn-sagemaker-inputlocation": "s3://bucket/in.json",
      "x-amzn-sagemaker-content-type": "application/json",
      "x-amzn-sagemaker-requestttlseconds": "60",
      "x-amzn-sagemaker-invocationtimeoutseconds": "3600",
      "x-amzn-sagemaker-s3outputpathextension": "a/b",
      "x-amzn-sagemaker-filename": "out.json",
    });
  });

  test("ignores options without a header, and missing ones", () => {
    const { signal } = new AbortController();
    expect(headersOf({ signal, timeoutMs: 1, contentType: "a/b", targetModel: undefined }, invokeRules)).toBe(
      undefined,
    );
  });

  test("refuses an option that the operation does not have, so that no typing error goes unnoticed", () => {
    expect(() => headersOf({ targetvariant: "blue" }, invokeRules)).toThrow(
      /targetvariant: is not an option; did you mean targetVariant/,
    );
    expect(() => headersOf({ targetModel: "m" }, invokeStreamRules)).toThrow(
      /targetModel: is not an option of invokeStream/,
    );
    expect(headersOf({ targetModel: undefined, enableExplanations: undefined }, invokeStreamRules)).toBe(undefined);
    expect(() => headersOf({ constructor: "x" }, invokeRules)).toThrow(/constructor: is not an option/);
  });
});

describe("limits that are known before sending", () => {
  test.each<[string, unknown, RegExp]>([
    ["customAttributes", "x".repeat(1025), /at most 1024 characters; it has 1025/],
    ["customAttributes", "a\r\nx-amz-evil: 1", /visible ASCII/],
    ["customAttributes", "a\0", /visible ASCII/],
    ["customAttributes", "ä", /visible ASCII/],
    ["customAttributes", 7, /must be a string/],
    ["targetVariant", "-blue", /must match/],
    ["targetVariant", "x".repeat(64), /at most 63/],
    ["inferenceId", "", /must match/],
    ["inferenceId", "x".repeat(65), /at most 64/],
    ["sessionId", "NEW SESSION", /must match/],
    ["targetModel", " leading", /must match/],
    ["enableExplanations", "x".repeat(65), /at most 64/],
  ])("%s refuses %j", (option, value, message) => {
    expect(() => headersOf({ [option]: value }, invokeRules)).toThrow(
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
    expect(() => headersOf({ [option]: value }, invokeAsyncRules)).toThrow(
      expect.objectContaining({ code: "INVALID_HEADER", message: expect.stringContaining(option) }),
    );
  });
});

describe.each([
  ["invoke", invokeRules],
  ["invokeStream", invokeStreamRules],
  ["invokeAsync", invokeAsyncRules],
  ["invokeBidirectional", invokeBidirectionalRules],
])("the options of %s", (_, rules) => {
  const outcomeOf = (check: () => object): unknown => {
    try {
      return { ...check() };
    } catch (error) {
      return String(error);
    }
  };

  test("may all be left out", () => {
    for (const [name, shape] of Object.entries(rules.shapes))
      expect(shape(undefined, name, refuseOption)).toBe(undefined);
  });

  test("are judged as by checkOptions, whatever is given, and each is read once", () => {
    const name = fc.constantFrom(...Object.keys(rules.shapes), "targetvariant", "constructor", "__proto__", "toString");
    const value = fc.constantFrom<unknown>("a", "text/csv", "NEW_SESSION", "a\nb", "", 60, -1, undefined, null, {}, [
      "a",
    ]);
    const options = fc.oneof(
      { weight: 9, arbitrary: fc.uniqueArray(fc.tuple(name, value), { maxLength: 4, selector: ([key]) => key }) },
      fc.constantFrom("text", 1, null, [], new Map()).map((given) => given as never),
    );
    fc.assert(
      fc.property(options, (entries) => {
        const isList = Array.isArray(entries) && entries.every((entry) => Array.isArray(entry));
        const reads: string[] = [];
        const given: object = isList ? {} : entries;
        for (const [key, found] of isList ? entries : []) {
          const get = (): unknown => (reads.push(key), found);
          Object.defineProperty(given, key, { get, enumerable: true });
        }
        const outcome = outcomeOf(() => checkCall(given as CallOptions, rules as CallRules<CallOptions>).given);
        expect(reads).toEqual([...new Set(reads)]);
        expect(outcome).toEqual(outcomeOf(() => checkOptions(given, rules.shapes as never, refuseOption)));
      }),
      { numRuns: 300 },
    );
  });
});
