import { describe, expect, it } from "vitest";
import { parsePolicy } from "../../src/iam/parse-policy.ts";
import { TestingError } from "../../src/index.ts";

const statement = { Effect: "Allow", Action: "s3:*", Resource: "*" };

describe("parsePolicy", () => {
  it("reads text and objects, one statement or several", () => {
    for (const Statement of [statement, [statement, { ...statement, Sid: "x", Condition: {} }]]) {
      const document = { Version: "2012-10-17", Statement } as const;
      expect(parsePolicy(JSON.stringify(document), "identity")).toEqual(document);
    }
  });

  it.each<[string, unknown, "identity" | "trust"]>([
    ["no JSON", "{", "identity"],
    ["a list", "[]", "identity"],
    ["no statement", {}, "identity"],
    ["an unknown element", { Statement: statement, Statements: [] }, "identity"],
    ["an unknown version", { Version: "2020-01-01", Statement: statement }, "identity"],
    ["an unknown effect", { Statement: { ...statement, Effect: "allow" } }, "identity"],
    ["an unknown element in a statement", { Statement: { ...statement, Actions: "s3:*" } }, "identity"],
    ["no action", { Statement: { Effect: "Allow", Resource: "*" } }, "identity"],
    ["two kinds of action", { Statement: { ...statement, NotAction: "s3:*" } }, "identity"],
    ["an action without a service", { Statement: { ...statement, Action: "GetObject" } }, "identity"],
    ["an unknown operator", { Statement: { ...statement, Condition: { StringEqual: { "aws:a": "b" } } } }, "identity"],
    ["an identifier with a space", { Statement: { ...statement, Sid: "no models" } }, "identity"],
    ["two statements with one identifier", { Statement: [1, 2].map(() => ({ ...statement, Sid: "One" })) }, "identity"],
    ["no resource", { Statement: { Effect: "Allow", Action: "s3:*" } }, "identity"],
    ["a resource other than an ARN", { Statement: { ...statement, Resource: "bucket" } }, "identity"],
    ["a principal in an identity policy", { Statement: { ...statement, Principal: "*" } }, "identity"],
    ["a trust policy without principal", { Statement: { Effect: "Allow", Action: "sts:*" } }, "trust"],
    ["a trust policy with a resource", { Statement: { ...statement, Principal: "*" } }, "trust"],
  ])("refuses %s", (_, document, kind) => {
    expect(() => parsePolicy(document as string, kind)).toThrow(TestingError);
  });
});
