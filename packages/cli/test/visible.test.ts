import { assert, constantFrom, jsonValue, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { harmless, jsonText, visible } from "../src/visible.ts";

const ESC = "\u001B";

describe("foreign text in output moves no cursor and gives no command", () => {
  it.each<[string, string, string]>([
    ["a colour", `${ESC}[8mhidden`, String.raw`\u001b[8mhidden`],
    ["a cursor", `a${ESC}[2K\rb`, String.raw`a\u001b[2K\u000db`],
    ["a control of one byte", "a\u009B2Jb", String.raw`a\u009b2Jb`],
    ["a line", "a\n::error::b", String.raw`a\u000a::error::b`],
    ["a line of Unicode's", "a\u2028b", String.raw`a\u2028b`],
    ["a direction", "a\u202Eb", String.raw`a\u202eb`],
    ["a command at its start", " ::set-output name=a::b", String.raw` \u003a:set-output name=a::b`],
    [
      "a command of Azure Pipelines",
      "a ##vso[task.setvariable variable=A]b",
      String.raw`a \u0023#vso[task.setvariable variable=A]b`,
    ],
    ["an older command of GitHub's", "a ##[error]b", String.raw`a \u0023#[error]b`],
    ["a command of TeamCity", "###teamcity[a]", String.raw`#\u0023#teamcity[a]`],
    ["a heading", "## a", "## a"],
  ])("%s", (_, foreign, shown) => {
    expect(visible(foreign)).toBe(shown);
  });

  it("and output keeps its own lines and colours", () => {
    const own = `${ESC}[31ma${ESC}[39m\tb\r\nc\n`;
    expect(harmless(own)).toBe(own);
    expect(harmless(`${ESC}[8m${ESC}]0;title\u0007\r`)).toBe(String.raw`\u001b[8m\u001b]0;title\u0007\u000d`);
  });

  it("and JSON keeps its data", () => {
    assert(
      property(jsonValue(), constantFrom("##[a]", "##vso[a]", "\u009B", "\u202E"), (value, mark) => {
        const text = harmless(jsonText([value, mark]));
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify([value, mark])));
        expect(text).not.toMatch(/##\w*\[|[\u0080-\u009F\u202E]/u);
      }),
      { numRuns: 200 },
    );
  });
});
