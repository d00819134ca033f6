import { describe, expect, it } from "vitest";
import { patternOf } from "../../src/model/pattern.ts";

/** Patterns of Java as AWS's models write them, with a value that fits and one that does not. */
const cases: readonly (readonly [pattern: string, fits: string, fails: string])[] = [
  [String.raw`\A\S[\p{Print}]*\z`, "i-1 of mine", " i-1"],
  [String.raw`\A\S[\p{Print}]*\z`, "x", "xé"],
  [
    String.raw`arn:[\p{Alnum}\-]+:lambda:[\p{Alnum}\-]+:[0-9]{12}:function:.*`,
    "arn:aws-cn:lambda:eu-west-1:123456789012:function:f",
    "arn:a.b:lambda:eu-west-1:123456789012:function:f",
  ],
  [String.raw`\p{Upper}\p{Digit}+`, "A12", "a12"],
  [String.raw`[\p{L}\p{M}\p{Z}]*`, "Jürgen M", "J1"],
  [String.raw`\p{ASCII}*`, "abc", "é"],
  ["^[a-zA-Z0-9](-*[a-zA-Z0-9])*", "a-b", "a-"],
];

describe("patterns of the models", () => {
  it.each(cases)("%s accepts %j and not %j", (pattern, fits, fails) => {
    expect([patternOf(pattern).test(fits), patternOf(pattern).test(fails)]).toEqual([true, false]);
  });
});
