import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { type ReadOptions, judgeTemplate, readTemplate } from "../../src/iac/index.ts";

const guard = createGuard({ posture: "private" });
const verdicts = (template: string, options?: ReadOptions) =>
  judgeTemplate(guard, readTemplate(template, options)).map(({ verdict }) => verdict);

/** A model that breaks the posture, where a condition is true. */
const where = (condition: string, before = "") => `${before}
Conditions:
  Wanted: ${condition}
Resources:
  Churn:
    Type: AWS::SageMaker::Model
    Condition: Wanted
    Properties: { EnableNetworkIsolation: false }
`;

/** A model that keeps the posture, but for the value of its isolation. */
const isolated = (value: string) => `
Resources:
  Churn:
    Type: AWS::SageMaker::Model
    Properties:
      EnableNetworkIsolation: ${value}
      VpcConfig: { Subnets: [subnet-0a, subnet-0b], SecurityGroupIds: [sg-0a] }
`;

describe("a template is judged in CloudFormation's reading, or not at all: conditions", () => {
  const parameter = (rest: string) => `Parameters: { Stage: { Type: ${rest} } }`;

  it.each([
    ['!Equals [yes, "true"]'],
    ["!Equals [no, false]"],
    ["!Equals [on, true]"],
    ["!Equals [010, 8]"],
    ["!Equals ['010', 010]"],
    ["!Equals [0b11, 3]"],
    ["!Equals [1:30, 90]"],
    ["!Equals [1_000, 1000]"],
    ["!Equals [1.10, '1.10']"],
    ["!Equals [1e3, '1000.0']"],
    ["!Equals ['1.0E10', 1e10]"],
    ["!Equals [0.00015, '1.5E-4']"],
    ["!Equals [1.5_0, '1.5']"],
    ["\n    Fn::Equals:\n    - .5_0\n    - '0.5'"],
    ["!Equals [1_0.5e1, '105.0']"],
    ["!Equals [0x1_F, 31]"],
    ["!Equals ['-31', -0x1F]"],
    ["!Equals [0xFFFFFFFFFFFFFFFFF, '295147905179352825855']"],
    ["!Equals [-0.00, '-0.0']"],
    ["!Equals [1e3, '1e3']"],
    ["!Equals [12345678901234567890, '12345678901234567890']"],
    ["!Equals [!Sub '${Stage}-x', 'true-x']", parameter("String, Default: yes")],
    ["!Equals [!Ref Stage, 'true']", parameter("String, Default: yes")],
    ["!Equals [!Select [0, !Ref Stage], 'true']", parameter("CommaDelimitedList, Default: yes")],
    ["!Equals [!Select [0, !Split [',', !Ref Stage]], 'true']", parameter("String, Default: yes")],
    ["!Equals [!Select [0, !Split [no, 'bnofalsec']], bno]"],
    ["!Equals [!Join [no, [a, b]], afalseb]"],
    ["!Equals [{ 'Fn::Sub': yes }, 'true']"],
    ["!Equals [!ToJsonString [yes], '[true]']"],
    ['!Equals [!ToJsonString { yes: a }, \'{"true":"a"}\']'],
    ["!Equals [x, !Join ['', [!ToJsonString { b: c, a: d }]]]"],
    ["!Equals [!FindInMap [A, b, c], 'true']", "Mappings: { A: { b: { c: yes } } }"],
    ["!Equals [!FindInMap [A, b, c], d]", "Mappings: { A: { Fn::Transform: { Name: AWS::Include }, b: { c: e } } }"],
    ["!Equals [!Ref Stage, prod]", "Parameters: { Fn::Transform: {}, Stage: { Type: String, Default: dev } }"],
    ["!Equals [a, b]\n  Fn::Transform: { Name: AWS::Include }"],
    ["!Equals [!FindInMap [A, 010, c], d]", "Mappings: { A: { '8': { c: e }, '010': { c: d } } }"],
    ["!Equals [!Select [01, [a, b, c]], c]"],
    // CloudFormation refuses such a template: what it means is not decided here.
    ["!Equals [a, b, a]"],
    ["!Not [!Equals [a, a], !Equals [a, b]]"],
  ])("%s is not known to be false", (condition, before = "") => {
    expect(verdicts(where(condition, before))).toEqual(["finding"]);
  });

  it.each(["1.0", "1e1", "12345678901234567890"])(
    "a number of JSON that readers write in another way: %s",
    (number) => {
      const template = `{
      "Conditions": { "Wanted": { "Fn::Equals": [${number}, "${number}"] } },
      "Resources": { "Churn": { "Type": "AWS::SageMaker::Model", "Condition": "Wanted", "Properties": {} } }
    }`;
      expect(verdicts(template)).toEqual(["finding"]);
    },
  );

  it.each([
    ["!Equals [yes, no]"],
    ["!Equals [yes, prod]"],
    ["!Equals [1e3, '1000.1']"],
    ["!Equals [1.5_0, '1.6']"],
    ["!Equals [0x1_F, 32]"],
    ["!Equals [1.5.0_1, '1.5']"],
    ["!Equals [1.10, '1.2']"],
    ["!Equals [!Ref Stage, yes]", parameter("String, Default: no")],
    ["!Equals [!Ref Stage, 'true']", parameter("String, Default: False")],
  ])("%s is false in every reading", (condition, before = "") => {
    expect(verdicts(where(condition, before))).toEqual([]);
  });

  it("what names an entry of the parameter store is not its value", () => {
    const template = where("!Equals [!Ref Stage, prod]", parameter("'AWS::SSM::Parameter::Value<String>'"));
    expect(verdicts(template, { parameters: { Stage: "/stage" } })).toEqual(["finding"]);
  });
});

describe("a template is judged in CloudFormation's reading, or not at all: values", () => {
  it.each([
    ["!Quantum true", "unjudged"],
    ["!Select ['', [true, false]]", "unjudged"],
    ["!Select [true, [false, true]]", "unjudged"],
    ["true\u00a0", "finding"],
    ["!Select [0, [true, false]]", "clean"],
    ["!!str true", "clean"],
  ])("%s", (value, expected) => {
    expect(verdicts(isolated(value))).toEqual([expected]);
  });

  it.each(["!!null true", "!!bool yes", "!!binary dHJ1ZQ==", "!<tag:example.com,2026:x> true"])("%s", (value) => {
    expect(() => verdicts(isolated(value))).toThrow(expect.objectContaining({ code: "TEMPLATE_UNREADABLE" }));
  });

  it.each([
    ["a carriage return", "\r"],
    ["a next line", "\u0085"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
  ])("what stands in a comment after %s", (_, end) => {
    const hidden = `Resources:\n  V: { Type: AWS::EC2::VPC } #${end}  N: { Type: AWS::SageMaker::NotebookInstance }\n`;
    expect(() => verdicts(hidden)).toThrow(expect.objectContaining({ code: "TEMPLATE_UNREADABLE" }));
    expect(verdicts(isolated("true").replaceAll("\n", "\r\n"))).toEqual(["clean"]);
  });
});

describe("a template is judged in CloudFormation's reading, or not at all: names", () => {
  const model = (condition: string, value: string, before: string) => `${before}
Resources:
  Churn:
    Type: AWS::SageMaker::Model${condition === "" ? "" : `\n    Condition: ${condition}`}
    Properties:
      EnableNetworkIsolation: ${value}
      VpcConfig: { Subnets: [subnet-0a, subnet-0b], SecurityGroupIds: [sg-0a] }
`;
  const two = (met: string, other: string) => `Conditions: { "${met}": !Equals [a, a], "${other}": !Equals [a, b] }`;

  it.each([
    ["a resource under yes", model("yes", "false", two("true", "yes")), "finding"],
    ["a resource under off", model("off", "false", two("false", "off")), "finding"],
    ["a resource under yes beside True", model("yes", "false", two("True", "yes")), "finding"],
    ["a resource under on beside yes", model("on", "false", two("yes", "on")), "finding"],
    ["a choice by yes", model("", "!If [yes, true, false]", two("yes", "true")), "unjudged"],
    [
      "a condition that refers to yes",
      model("", "!If [C, true, false]", `${two("yes", "true").slice(0, -2)}, C: !Not [!Not [{ Condition: yes }]] }`),
      "unjudged",
    ],
    [
      "a reference to on",
      model(
        "",
        "{ Ref: on }",
        'Parameters: { "on": { Type: String, Default: "true" }, "true": { Type: String, Default: "false" } }',
      ),
      "unjudged",
    ],
  ])("%s is not decided", (_, template, verdict) => {
    expect(verdicts(template)).toEqual([verdict]);
  });

  it.each([
    ["yes and 'true'", "Conditions:\n  'true': !Equals [a, b]\n  yes: !Equals [a, a]"],
    ["True and 'true', on one line", "Conditions: {'true': !Equals [a, b], True: !Equals [a, a]}"],
    ["010 and '8'", "Mappings:\n  M:\n    '8': { a: true }\n    010: { a: false }"],
    ["0x1_F and '31'", "Mappings:\n  M:\n    '31': { a: true }\n    0x1_F: { a: false }"],
    ["1.10 and 1.1", "Mappings:\n  M: { x: { 1.10: true, 1.1: false } }"],
    ["<< and <<", "A: &a { x: true }\nB: &b { x: false }\nC:\n  <<: *a\n  <<: *b"],
  ])("%s are one name to some readers", (_, before) => {
    expect(() => readTemplate(model("", "true", before))).toThrow(/twice/);
  });

  it.each([
    ["yes, where no other name is true", model("yes", "false", two("other", "yes")), []],
    ["yes in quotes", model("'yes'", "false", two("true", "yes")), []],
    ["a name that begins like one", model("", "!If [yesterday, true, false]", two("yesterday", "true")), ["clean"]],
    [
      "numbers that differ",
      model("", "true", "Mappings:\n  M: { 111122223333: { a: b }, 111122223334: { a: c } }"),
      ["clean"],
    ],
    ["a name that is yes alone", model("", "true", "Mappings:\n  M:\n    yes: { a: b }\n    no: { a: c }"), ["clean"]],
  ])("and %s is read", (_, template, verdict) => {
    expect(verdicts(template)).toEqual(verdict);
  });
});
