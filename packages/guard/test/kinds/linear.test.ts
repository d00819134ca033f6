import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { hasFabric, hasLocalStorage } from "../../src/rules/instances.ts";
import { wildcard } from "../../src/wildcard.ts";

/** CPU time in milliseconds. */
const cost = (work: () => void): number => {
  const start = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1_000;
};

const isolated = {
  EnableNetworkIsolation: true,
  AlgorithmSpecification: { TrainingInputMode: "File" },
  ResourceConfig: { InstanceType: "ml.m5.xlarge", InstanceCount: 1 },
};
const nested = (depth: number, step: string): string =>
  `{"Steps":[${'{"Name":"C","Type":"Condition","Arguments":{"IfSteps":['.repeat(depth)}${step}${"]}}".repeat(depth)}]}`;

describe("kind: every parser is linear: work is linear, and no depth exhausts the stack: pipelines", () => {
  const guard = createGuard({ posture: "private" });
  const open = JSON.stringify({ Name: "T", Type: "Training", Arguments: isolated });

  it.each([3_000, 5_000, 50_000])("finds what stands in conditions %i deep", async (depth) => {
    const input = { PipelineName: "p", PipelineDefinition: nested(depth, open) };
    expect(guard.check("CreatePipeline", input).map(({ rule }) => rule)).toEqual(["training-vpc"]);
    expect((await guard.review("CreatePipeline", input)).map(({ rule }) => rule)).toEqual(["training-vpc"]);
    const body = JSON.stringify(input);
    const headers = { "x-amz-target": "SageMaker.CreatePipeline", "content-type": "application/x-amz-json-1.1" };
    await expect(
      guard.enforceRequest({ url: "https://vpce-0a-1b.api.sagemaker.eu-west-1.vpce.amazonaws.com/", headers, body }),
    ).rejects.toMatchObject({ findings: [{ rule: "training-vpc" }] });
  });

  it("finds what stands deep in other foreign JSON", () => {
    const deep = (inner: string) => `${'{"a":['.repeat(50_000)}${inner}${"]}".repeat(50_000)}`;
    const JobConfigDocument = deep('{"VpcConfig":{"Subnets":["s"],"SecurityGroupIds":["g"]}}');
    expect(guard.check("CreateJob", { JobName: "j", JobConfigDocument })).toEqual([]);
    expect(guard.check("CreateJob", { JobName: "j", JobConfigDocument: deep("1") }).map(({ rule }) => rule)).toEqual([
      "job-document",
    ]);
    const type = JSON.parse(deep("1")) as unknown;
    const PipelineDefinition = `{"Steps":[{"Name":"x","Type":${deep("1")}}]}`;
    expect(guard.check("CreatePipeline", { PipelineDefinition }).map(({ rule }) => rule)).toEqual([
      "pipeline-definition",
    ]);
    expect(guard.check("CreateModel", { ModelName: type }).map(({ rule }) => rule)).toContain("malformed-input");
    let filter: Record<string, unknown> = {};
    for (let level = 0; level < 50_000; level++) filter = { SubExpressions: [filter] };
    expect(guard.check("Search", { SearchExpression: filter }).map(({ rule }) => rule)).toEqual(["malformed-input"]);
    const loop: Record<string, unknown> = {};
    loop["SubExpressions"] = [loop];
    expect(guard.check("Search", { SearchExpression: loop }).map(({ rule }) => rule)).toEqual(["malformed-input"]);
    guard.remember("CreateModel", { ModelName: "m", VpcConfig: { Subnets: type } });
  });

  it("judges 4,000 model steps at the cost a step of 400", { timeout: 120_000 }, () => {
    const pipeline = (steps: number) => ({
      PipelineDefinition: JSON.stringify({
        Steps: Array.from({ length: steps }, (_, index) => ({
          Name: `M${index}`,
          Type: "Model",
          Arguments: { EnableNetworkIsolation: true },
        })),
      }),
    });
    const baseline = createGuard({ posture: "baseline" });
    const run = (steps: number, times: number) => {
      const inputs = Array.from({ length: times }, () => pipeline(steps));
      return cost(() => inputs.forEach((input) => baseline.check("CreatePipeline", input))) / (steps * times);
    };
    run(400, 10);
    // The collector of garbage makes single runs cost more: of several turns the cheapest count. Quadratic work costs ten
    // times as much a step.
    const cheapest = (steps: number, times: number) => Math.min(...Array.from({ length: 5 }, () => run(steps, times)));
    expect(cheapest(4_000, 1) / cheapest(400, 10)).toBeLessThan(5);
  });
});

describe("kind: every parser is linear: patterns that users write", () => {
  const pattern = `training-job/${"*a".repeat(40)}*b`;
  const exception = { rule: "container-internet", resource: pattern, until: "2100-01-01", reason: "r" };

  it("in exceptions", () => {
    const guard = createGuard({ posture: "baseline", exceptions: [exception, { ...exception, resource: "*a*a*b" }] });
    expect(cost(() => guard.check("CreateTrainingJob", { TrainingJobName: "a".repeat(40_000) }))).toBeLessThan(1_000);
  });

  it("in session policies", () => {
    const actions = [`sagemaker:${"*a".repeat(60)}`, `sagemaker:${"*?".repeat(60)}`];
    expect(cost(() => createGuard({ posture: "locked" }).toSessionPolicy({ actions, resources: ["*"] }))).toBeLessThan(
      1_000,
    );
  });

  it("and instance types, that requests name", () => {
    const type = `ml.${"d.".repeat(50_000)}\n`;
    expect(cost(() => [hasLocalStorage(type), hasFabric(`ml.p6e-${"1".repeat(100_000)}`)])).toBeLessThan(500);
  });

  it("match as before", () => {
    for (const [text, name, expected] of [
      ["*", "", true],
      ["", "", true],
      ["?", "", false],
      ["a*c?e", "abbcde", true],
      ["a*c?e", "ace", false],
      ["*b*", "abc", true],
      ["a.c", "abc", false],
      ["**a", "aaa", true],
      ["a*", "a\nb", true],
    ] as const)
      expect(wildcard(text)(name)).toBe(expected);
  });
});

describe("kind: every parser is linear: definitions of other services", () => {
  const guard = createGuard({ posture: "private" });
  const verdict = (Type: string, Properties: object): string =>
    judgeTemplate(guard, readTemplate(JSON.stringify({ Resources: { R: { Type, Properties } } })))
      .map((judged) => judged.verdict)
      .join();
  const rows: readonly (readonly [string, string])[] = [
    ["backslashes", "\\".repeat(200_000)],
    ["spaces after Base64", `${"A".repeat(20)}${" ".repeat(200_000)}!`],
    ["words before spaces", `a${" ".repeat(200_000)}b`],
    ["openings of names", "${".repeat(100_000)],
  ];

  it.each(rows)("a row of %s", (_, row) => {
    const text = `sagemaker${row}x`;
    expect(cost(() => verdict("AWS::S3::Bucket", { A: text }))).toBeLessThan(1_000);
    expect(cost(() => verdict("AWS::EC2::Instance", { UserData: row }))).toBeLessThan(1_000);
    const steps = [{ Name: "S", Type: "Training", Arguments: { A: `\\u${row}x sagemaker` } }];
    const PipelineDefinition = JSON.stringify({ Version: "2020-12-01", Steps: steps });
    expect(cost(() => guard.check("CreatePipeline", { PipelineName: "p", PipelineDefinition }))).toBeLessThan(1_000);
    const yaml = `Resources:\n  R:\n    Type: AWS::S3::Bucket\n    Properties:\n      A: ${row.replaceAll("{", "")}x`;
    expect(cost(() => readTemplate(yaml))).toBeLessThan(1_500);
  });

  it("substitutions, of which there are many", () => {
    const names = Array.from({ length: 10_000 }, (_, index) => `v${index}`);
    const DefinitionSubstitutions = Object.fromEntries(names.map((name) => [name, "x"]));
    const DefinitionString = `StartAt${names.map((name) => `\${${name}}`).join("")}`;
    const type = "AWS::StepFunctions::StateMachine";
    expect(cost(() => verdict(type, { DefinitionString, DefinitionSubstitutions }))).toBeLessThan(2_000);
    // Together they are longer than any text may be.
    const large = { DefinitionString: "${v}".repeat(50_000), DefinitionSubstitutions: { v: "x".repeat(50_000) } };
    expect(verdict(type, large)).toBe("unjudged");
  });

  const twice = (levels: number): unknown => {
    let value: unknown = "x";
    for (let level = 0; level < levels; level++) value = { "Fn::Sub": ["${a}${a}", { a: value }] };
    return value;
  };
  const longer = (levels: number): unknown => {
    let value: unknown = "a,a";
    for (let level = 0; level < levels; level++) value = { "Fn::Join": ["a,a", { "Fn::Split": ["a", value] }] };
    return value;
  };
  const escaped = (levels: number): unknown => {
    let value: unknown = '"';
    for (let level = 0; level < levels; level++) value = { "Fn::ToJsonString": value };
    return value;
  };

  it.each<[string, (levels: number) => unknown]>([
    ["a text that holds another one twice", twice],
    ["a text that is split and joined", longer],
    ["JSON in JSON", escaped],
  ])("%s, many times over", (_, nest) => {
    for (const [type, name] of [
      ["AWS::SageMaker::Model", "ModelName"],
      ["AWS::StepFunctions::StateMachine", "DefinitionString"],
      ["AWS::EC2::Instance", "UserData"],
      ["AWS::S3::Bucket", "A"],
    ] as const) {
      expect(cost(() => verdict(type, { [name]: nest(10) }))).toBeLessThan(2_000);
      const file = JSON.stringify({ Resources: { R: { Type: type, Properties: { [name]: nest(200) } } } });
      let code = "";
      const spent = cost(() => {
        try {
          readTemplate(file);
        } catch (error) {
          ({ code } = error as { code: string });
        }
      });
      // Where only the name of SageMaker is looked for, no text is made of JSON.
      expect([code === "TEMPLATE_UNREADABLE" || nest === escaped, spent < 8_000]).toEqual([true, true]);
    }
  });
});

describe("kind: every parser is linear: aliases of YAML", () => {
  const many = (part: (index: number) => string): string => Array.from({ length: 4_000 }, (_, at) => part(at)).join("");

  it.each([
    ["of one object, merged", `x: &x { Type: AWS::S3::Bucket }\nResources:\n${many((at) => `  R${at}: { <<: *x }\n`)}`],
    ["of one text, in a list", `x: &x a\ny: [${many(() => "*x , ")}]\nResources: {}\n`],
    ["each of an anchor of its own", `x:\n${many((at) => `- &a${at} a\n- *a${at}\n`)}Resources: {}\n`],
  ])("%s", (_, text) => {
    expect(cost(() => readTemplate(text))).toBeLessThan(4_000);
  });
});
