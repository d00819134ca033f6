import { describe, expect, it } from "vitest";
import { readTemplate } from "../../src/iac/index.ts";

const KILOBYTES_128 = 131_072;

function filled(unit: string, before = ""): string {
  return before + unit.repeat(KILOBYTES_128 / unit.length);
}

describe("YAML that is nested too deeply", () => {
  it.each([
    ["lists in one line", filled("- ")],
    ["names in one line", filled("? ")],
    ["lists and names in turn", filled("- ? ")],
    ["flow lists", filled("[", "Resources: ")],
    ["flow objects", filled("{a: ", "Resources: ")],
    ["lists by indentation", Array.from({ length: 600 }, (_, depth) => `${" ".repeat(depth)}-`).join("\n")],
  ])("is refused before it is composed: %s", (_, text) => {
    expect(() => readTemplate(text)).toThrow(
      expect.objectContaining({
        code: "TEMPLATE_UNREADABLE",
        message: expect.stringContaining("nested more than 500 levels deep"),
      }),
    );
  });

  const list = (levels: number, inner: string): string => "[".repeat(levels) + inner + "]".repeat(levels);
  const used = (definition: string): string =>
    `Resources: { R: { Type: AWS::StepFunctions::StateMachine, Properties: { Definition: ${definition} } } }\n`;
  const many = Array.from({ length: 11 }, (_, at) => `- &a${at + 1} ${list(480, `*a${at}`)}\n`).join("");

  it.each([
    ["an alias in a deep place", `x: &a ${list(300, "x")}\n${used(list(300, "*a"))}`],
    [
      "an alias of a value with an alias",
      `x:\n- &a ${list(300, "x")}\n- &b ${list(150, "*a")}\n${used(list(100, "*b"))}`,
    ],
    ["an object that is merged", `x: &a { y: ${list(300, "x")} }\n${used(list(300, "{ <<: *a }"))}`],
    ["many aliases, each in the value of the next", `x:\n- &a0 x\n${many}${used("*a11")}`],
  ])("by aliases is refused, and exhausts no stack: %s", (_, text) => {
    expect(() => readTemplate(text)).toThrow(
      expect.objectContaining({
        code: "TEMPLATE_UNREADABLE",
        message: expect.stringContaining("nested more than 500 levels deep"),
      }),
    );
  });

  it("by aliases is read where each place is shallow", () => {
    const text = `x:\n- &a ${list(300, "x")}\n- ${list(300, "y")}\n- &b [*a]\n${used(list(150, "*b"))}`;
    expect(readTemplate(text)).toEqual([]);
  });

  it("is read to the limit", () => {
    const depth = 490;
    const text = `Resources:\n  A:\n    Type: AWS::SageMaker::Model\n    Metadata:\n      ${"- ".repeat(depth)}x\n`;
    expect(readTemplate(text)).toHaveLength(1);
  });
});

describe("YAML with an error in every character", () => {
  it.each([
    ["double quotes", '"'],
    ["document marks", "---\n"],
    ["anchors", "&a "],
    ["aliases", "*a "],
  ])("is refused in linear time: %s", (_, unit) => {
    const started = process.cpuUsage();
    expect(() => readTemplate(filled(unit))).toThrow(expect.objectContaining({ code: "TEMPLATE_UNREADABLE" }));
    // In seconds of the processor: double quotes took 25 before, and take less than one.
    expect(process.cpuUsage(started).user / 1e6).toBeLessThan(10);
  });
});
