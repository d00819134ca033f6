import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GuardError, wildcard } from "../src/index.ts";

/** The same by regular expression, which is safe for short patterns only. */
function byExpression(pattern: string, text: string): boolean {
  const expression = Array.from(pattern, (character) => {
    if (character === "*") return "[^]*";
    return character === "?" ? "[^]" : `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
  return new RegExp(`^${expression.join("")}$`, "u").test(text);
}

describe("the wildcard matcher", () => {
  it.each([
    ["endpoint/churn-*", "endpoint/churn-eu", true],
    ["endpoint/churn-*", "endpoint/churn-", true],
    ["endpoint/churn-*", "endpoint/churn", false],
    ["a?c", "abc", true],
    ["a?c", "ac", false],
    ["a?c", "a\u{1F600}c", true],
    ["*", "", true],
    ["", "", true],
    ["", "a", false],
    ["**a", "ba", true],
    ["a", "A", false],
    ["[ab]", "a", false],
  ])("%s and %s: %s", (pattern, text, expected) => {
    expect(wildcard(pattern)(text)).toBe(expected);
  });

  it("agrees with a regular expression", () => {
    const short = fc.string({ unit: fc.constantFrom("a", "b", "*", "?", ".", "\u{1F600}"), maxLength: 8 });
    fc.assert(
      fc.property(short, short, (pattern, text) => {
        expect(wildcard(pattern)(text)).toBe(byExpression(pattern, text));
      }),
    );
  });

  it("takes no exponential time", () => {
    const matches = wildcard(`${"*a".repeat(200)}b`);
    const start = process.cpuUsage();
    expect(matches("a".repeat(5_000))).toBe(false);
    expect(process.cpuUsage(start).user).toBeLessThan(2_000_000);
  });

  it.each([undefined, null, 7, {}, ["a"]])("refuses %o", (value) => {
    expect(() => wildcard(value as never)).toThrow(GuardError);
    expect(() => wildcard("*")(value as never)).toThrow(/^text: must be text/);
  });
});
