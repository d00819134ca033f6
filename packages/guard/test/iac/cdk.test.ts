import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createCdkPlugin } from "../../src/iac/cdk.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { createGuard } from "../../src/index.ts";

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "countersign-cdk-"));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const template = (name: string, resources: object): string => {
  const path = join(folder, `${name}.template.json`);
  writeFileSync(path, JSON.stringify({ Resources: resources, Parameters: { Iso: { Type: "String" } } }));
  return path;
};
const vpc = { VpcConfig: { Subnets: ["subnet-0a", "subnet-0b"], SecurityGroupIds: ["sg-0a"] } };
const model = (Properties: object) => ({ Type: "AWS::SageMaker::Model", Properties });

/** What `cdk/generate.mjs` kept: the context that aws-cdk-lib gives to a plugin, and the report that it made of the answer. */
const kept = new URL("cdk/", import.meta.url);
const keptJson = (name: string): unknown => JSON.parse(readFileSync(new URL(name, kept), "utf8"));
const outdir = fileURLToPath(new URL("out/", kept));

interface Kept {
  readonly context: Parameters<ReturnType<typeof createCdkPlugin>["validate"]>[0];
  readonly report: {
    readonly violations: readonly {
      readonly ruleName: string;
      readonly description: string;
      readonly suggestedFix: string;
      readonly customSeverity: string;
      readonly ruleMetadata: object;
      readonly violatingConstructs: readonly {
        readonly constructPath: string;
        readonly cloudFormationResource: { templatePath: string; logicalId: string; propertyPaths: string[] };
      }[];
    }[];
  };
}

describe("the validation plugin, as aws-cdk-lib 2.276 drives it", () => {
  const { context, report } = { context: keptJson("context.json"), report: keptJson("report.json") } as Kept;
  const absolute = {
    ...context,
    appConstruct: {},
    templatePaths: context.templatePaths.map((path) => join(outdir, path)),
    stackTemplates: (context.stackTemplates ?? []).map((stack) => ({
      ...stack,
      templatePath: join(outdir, stack.templatePath),
    })),
  };
  const plugin = createCdkPlugin({ guard: createGuard({ posture: "private" }) });
  const { success, violations } = plugin.validate(absolute);

  it("answers what the CDK understood: each violation at its construct, those of nested stacks and stages too", () => {
    expect(success).toBe(false);
    expect(
      violations.map(({ violatingResources, fix, severity, ...rest }) => ({
        ...rest,
        suggestedFix: fix,
        customSeverity: severity,
        resources: violatingResources.map(({ templatePath, resourceLogicalId, locations }) => ({
          templatePath: relative(outdir, templatePath),
          logicalId: resourceLogicalId,
          propertyPaths: locations,
        })),
      })),
    ).toEqual(
      report.violations.map(
        ({ ruleName, description, suggestedFix, customSeverity, ruleMetadata, violatingConstructs }) => ({
          ruleName,
          description,
          suggestedFix,
          customSeverity,
          ruleMetadata,
          resources: violatingConstructs.map(({ cloudFormationResource }) => cloudFormationResource),
        }),
      ),
    );
    const places = report.violations.flatMap(({ violatingConstructs }) =>
      violatingConstructs.map(({ constructPath }) => constructPath),
    );
    expect(new Set(places)).toEqual(
      new Set([
        "Shared/Open",
        "Serving/Model",
        "Serving/Lab/Nested",
        "Serving/Lab/Inner/Deep",
        "Prod/Training/Studio",
        "Prod/Training/Wing/Staged",
      ]),
    );
  });
});

describe("a nested stack", () => {
  const nest = (properties: object, metadata: object = { "aws:asset:path": "child.json" }) => ({
    Type: "AWS::CloudFormation::Stack",
    Properties: properties,
    Metadata: metadata,
  });
  const parent = (stack: object, rest: object = {}) => JSON.stringify({ ...rest, Resources: { N: stack } });
  const child = JSON.stringify({
    Parameters: { Internet: { Type: "String", Default: "Disabled" } },
    Resources: {
      Lab: {
        Type: "AWS::SageMaker::NotebookInstance",
        Properties: {
          DirectInternetAccess: { Ref: "Internet" },
          SubnetId: "subnet-0a",
          RootAccess: "Disabled",
          InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
          RoleArn: "r",
          InstanceType: "ml.t3.medium",
        },
      },
    },
  });
  const guard = createGuard({ posture: "baseline" });
  const told = (text: string, files: Record<string, string> = { "child.json": child }) =>
    judgeTemplate(
      guard,
      readTemplate(text, {
        file: "parent.json",
        nested: (path) => {
          const bytes = files[path];
          return bytes === undefined ? undefined : { file: path, bytes };
        },
      }),
    ).map(({ address, verdict, file }) => `${address} ${verdict} ${file ?? ""}`);

  it("is judged with the parameters that it gets", () => {
    expect(told(parent(nest({})))).toEqual(["N/Lab clean child.json"]);
    expect(told(parent(nest({ Parameters: { Internet: "Enabled" } })))).toEqual(["N/Lab finding child.json"]);
    const secret = { Parameters: { Internet: { "Fn::ImportValue": "x" } } };
    expect(told(parent(nest(secret)))).toEqual(["N/Lab unjudged child.json"]);
    const whole = { Parameters: { "Fn::Transform": { Name: "Macro" } } };
    expect(told(parent(nest(whole)))).toEqual(["N unjudged parent.json"]);
    expect(told(parent(nest({ TemplateURL: "./child.json" }, {})), { "./child.json": child })).toEqual([
      "N/Lab clean ./child.json",
    ]);
  });

  it("is unjudged without its template, and where reading it has no end", () => {
    const open = ["N unjudged parent.json"];
    expect(told(parent(nest({})), {})).toEqual(open);
    expect(told(parent(nest({})), { "child.json": "{" })).toEqual(open);
    expect(told(parent(nest({})), { "child.json": "[]" })).toEqual(open);
    expect(told(parent(nest({ TemplateURL: "https://s3.amazonaws.com/a/child.json" }, {})))).toEqual(open);
    // Metadata names a template that lies beside, and the URL the one that is deployed.
    for (const properties of [
      { TemplateURL: "https://s3.amazonaws.com/a/other.json" },
      { TemplateURL: { "Fn::Sub": "https://s3.${AWS::URLSuffix}/a/other.json" } },
      { TemplateURL: "other.json" },
      { TemplateURL: "child.json", TemplateBody: "{}" },
    ])
      expect(told(parent(nest(properties)))).toEqual(open);
    for (const path of ["../child.json", "/child.json", "C:\\child.json", "a/../../child.json"])
      expect(told(parent(nest({}, { "aws:asset:path": path })), { [path]: child })).toEqual(open);
    expect(told(parent(nest({})), { "child.json": parent(nest({})) })).toEqual(["N/N unjudged child.json"]);
    const twins = JSON.stringify({ Resources: { A: nest({}), B: nest({}) } });
    const deep = Array.from({ length: 12 }, (_, level) => [
      `${level}.json`,
      twins.replaceAll("child", String(level + 1)),
    ]);
    const many = told(
      parent(nest({}, { "aws:asset:path": "0.json" })),
      Object.fromEntries(deep) as Record<string, string>,
    );
    expect(many.every((line) => line.includes("unjudged"))).toBe(true);
    expect(many.length).toBeLessThan(1_100);
    expect(judgeTemplate(guard, readTemplate(parent(nest({})))).map(({ verdict }) => verdict)).toEqual(["unjudged"]);
  });
});

describe("the validation plugin of the CDK", () => {
  it("reports violations by resource, template and property, and passes templates without any", () => {
    const plugin = createCdkPlugin({ guard: createGuard({ posture: "private" }) });
    expect(plugin.ruleIds).toContain("model-vpc");
    const good = template("Good", { M: model({ ...vpc, EnableNetworkIsolation: true }) });
    const bad = template("Bad", { Open: model({ EnableNetworkIsolation: true }) });
    expect(plugin.validate({ templatePaths: [good] })).toEqual({ success: true, violations: [] });
    // aws-cdk-lib 2.276 gives more than the templates.
    const context = {
      templatePaths: [good],
      stackTemplates: [{ stackId: "Good", templatePath: good }],
      appConstruct: {},
    };
    expect(plugin.validate(context)).toEqual({ success: true, violations: [] });
    // What the CDK knows of the place of a stack decides conditions.
    const placed = join(folder, "Placed.template.json");
    const isolated = { "Fn::If": ["InIreland", true, { Ref: "AWS::NoValue" }] };
    const text = {
      Conditions: { InIreland: { "Fn::Equals": [{ Ref: "AWS::Region" }, "eu-west-1"] } },
      Resources: { M: model({ ...vpc, EnableNetworkIsolation: isolated }) },
    };
    writeFileSync(placed, JSON.stringify(text));
    const inRegion = (region: string | undefined) =>
      plugin.validate({ templatePaths: [placed], stackTemplates: [{ templatePath: placed, region }] });
    expect(inRegion("eu-west-1").violations).toEqual([]);
    expect(inRegion("us-east-1").violations).toMatchObject([{ ruleName: "network-isolation", severity: "high" }]);
    expect(inRegion(undefined).violations).toMatchObject([{ severity: "unjudged" }]);
    for (const wrong of [undefined, null, {}, { templatePaths: good }, { templatePaths: [7] }])
      expect(() => plugin.validate(wrong as never)).toThrow(/^context/);
    expect(plugin.validate({ templatePaths: [good, bad] })).toMatchObject({
      success: false,
      violations: [
        {
          ruleName: "model-vpc",
          severity: "high",
          fix: expect.stringContaining("Set VpcConfig") as string,
          violatingResources: [{ resourceLogicalId: "Open", templatePath: bad, locations: ["Properties/VpcConfig"] }],
        },
      ],
    });
  });

  it("fails for what it cannot judge, unless told otherwise", () => {
    const open = template("Open", { M: model({ ...vpc, EnableNetworkIsolation: { Ref: "Iso" } }) });
    const validate = (posture: "baseline" | "private", unjudged?: "fail" | "warn") =>
      createCdkPlugin({ guard: createGuard({ posture }), ...(unjudged === undefined ? {} : { unjudged }) }).validate({
        templatePaths: [open],
      }).success;
    expect(validate("private")).toBe(false);
    expect(validate("private", "warn")).toBe(true);
    expect(validate("baseline")).toBe(true);
    expect(() => createCdkPlugin({} as never)).toThrow(/^guard: must be a guard from createGuard/);
    expect(() => createCdkPlugin({ guard: createGuard({ posture: "private" }), unjudgd: "warn" } as never)).toThrow(
      /unjudged/,
    );
  });
});
