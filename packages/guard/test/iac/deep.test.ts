import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";

const guard = createGuard({ posture: "private" });

/** A chain of conditions, each the opposite of the next. */
function chain(depth: number, last: object): object {
  const Conditions = Object.fromEntries(
    Array.from({ length: depth }, (_, index) => [
      `C${index}`,
      index === depth - 1 ? last : { "Fn::Not": [{ Condition: `C${index + 1}` }] },
    ]),
  );
  const Properties = {
    EnableNetworkIsolation: { "Fn::If": ["C0", true, false] },
    VpcConfig: { Subnets: ["subnet-0a", "subnet-0b"], SecurityGroupIds: ["sg-0a"] },
  };
  return { Conditions, Resources: { M: { Type: "AWS::SageMaker::Model", Properties } } };
}

const verdict = (template: object): string | undefined =>
  judgeTemplate(guard, readTemplate(JSON.stringify(template)))[0]?.verdict;

describe("conditions that refer to conditions", () => {
  const yes = { "Fn::Equals": ["a", "a"] };

  it("are followed as far as a template can need", () => {
    expect(verdict(chain(101, yes))).toBe("clean");
    expect(verdict(chain(100, yes))).toBe("finding");
  });

  it.each([5_000, 100_000])("%i deep are unjudged, and exhaust no stack", (depth) => {
    expect(verdict(chain(depth, yes))).toBe("unjudged");
  });

  it("each nested by itself are unjudged too", () => {
    const not = (depth: number, inner: object): object =>
      depth === 0 ? inner : { "Fn::Not": [not(depth - 1, inner)] };
    const Conditions = Object.fromEntries(
      Array.from({ length: 500 }, (_, index) => [`C${index}`, not(200, { Condition: `C${index + 1}` })]),
    );
    expect(verdict({ ...chain(1, yes), Conditions })).toBe("unjudged");
    const choice = (depth: number): object =>
      depth === 0 ? { Ref: "Iso" } : { "Fn::If": ["C0", choice(depth - 1), "x"] };
    const template = chain(1, yes) as { Resources: { M: { Properties: object } } };
    template.Resources.M.Properties = { EnableNetworkIsolation: choice(200) };
    expect(verdict(template)).not.toBe("clean");
  });

  it("in a circle are unjudged", () => {
    expect(verdict(chain(3, { Condition: "C0" }))).toBe("unjudged");
  });
});

describe("nested stacks that each nest a parameter of the one around them", () => {
  const list = (depth: number, inner: unknown): unknown => (depth === 0 ? inner : [list(depth - 1, inner)]);
  const value = { Ref: "P" };
  const stack = (depth: number, resources: object) => ({
    Parameters: { P: { Type: "String", Default: "x" } },
    Resources: {
      N: {
        Type: "AWS::CloudFormation::Stack",
        Properties: { TemplateURL: "t.json", Parameters: { P: list(depth, value) } },
      },
      ...resources,
    },
  });

  it.each(["AWS::SageMaker::Model", "AWS::StepFunctions::StateMachine", "Custom::Lab"])(
    "exhaust no stack: %s",
    (Type) => {
      const user = { U: { Type, Properties: { Containers: value, Definition: value } } };
      let read = 0;
      const nested = () => ({ file: `t${read++}.json`, bytes: JSON.stringify(stack(480, user)) });
      const judged = judgeTemplate(guard, readTemplate(JSON.stringify(stack(480, {})), { file: "t.json", nested }));
      expect(read).toBeGreaterThan(7);
      expect(judged.filter(({ verdict }) => verdict === "clean")).toEqual([]);
    },
  );
});
