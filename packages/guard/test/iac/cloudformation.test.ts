import { describe, expect, it } from "vitest";
import { type Verdict, judgeTemplate, readTemplate } from "../../src/iac/index.ts";
import { type GuardOptions, createGuard } from "../../src/index.ts";

const judge = (
  template: string | object,
  options: Partial<GuardOptions> = {},
  parameters: Readonly<Record<string, string>> = {},
): Verdict[] => {
  const text = typeof template === "string" ? template : JSON.stringify(template);
  return judgeTemplate(createGuard({ posture: "private", ...options }), readTemplate(text, { file: "t", parameters }));
};
const told = (verdicts: readonly Verdict[]) =>
  verdicts.map(({ address, verdict, findings, unjudged }) => [
    address,
    verdict,
    ...findings.map(({ rule, path }) => `${rule} ${path}`),
    ...new Set(unjudged.map(({ path, expression }) => `? ${path} ${expression}`)),
  ]);

const subnets = ["subnet-0a", "subnet-0b"];
const model = (properties: object, more: object = {}) => ({
  Resources: {
    M: {
      Type: "AWS::SageMaker::Model",
      Properties: {
        ExecutionRoleArn: "arn:aws:iam::111122223333:role/model",
        EnableNetworkIsolation: true,
        VpcConfig: { Subnets: subnets, SecurityGroupIds: ["sg-0a"] },
        ...properties,
      },
    },
  },
  ...more,
});
const one = (
  template: object,
  options: Partial<GuardOptions> = {},
  parameters: Readonly<Record<string, string>> = {},
) => told(judge(template, options, parameters))[0]?.slice(1);

describe("a template of CloudFormation", () => {
  it("gives what a request gives, with file, line and column", () => {
    const text = `Resources:
  Lab:
    Type: AWS::SageMaker::NotebookInstance
    Properties:
      DirectInternetAccess: Disabled
      SubnetId: subnet-0a
      SecurityGroupIds: [ sg-0a ]
      RootAccess: Enabled
      InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2 }
`;
    const [lab] = judge(text);
    expect(lab).toMatchObject({ address: "Lab", type: "AWS::SageMaker::NotebookInstance", line: 2, column: 3 });
    expect(lab?.findings).toMatchObject([
      { rule: "notebook-root-access", path: "/RootAccess", location: { file: "t", line: 8, column: 7 } },
    ]);
    const input = {
      DirectInternetAccess: "Disabled",
      SubnetId: "subnet-0a",
      SecurityGroupIds: ["sg-0a"],
      RootAccess: "Enabled",
    };
    const imds = { InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" } };
    const [{ location: _, address: __, ...finding } = {}] = lab?.findings ?? [];
    expect(createGuard({ posture: "private" }).check("CreateNotebookInstance", { ...input, ...imds })).toEqual([
      finding,
    ]);
  });

  it("is never clean where a type or a property is not known", () => {
    const resources = {
      New: { Type: "AWS::SageMaker::QuantumEndpoint" },
      Nested: { Type: "AWS::CloudFormation::Stack", Properties: { TemplateURL: "https://example.com/t.yaml" } },
      Call: { Type: "Custom::AWS", Properties: { Create: '{"service":"SageMaker","action":"createModel"}' } },
      Bucket: { Type: "AWS::S3::Bucket" },
      "Fn::ForEach::Models": ["Name", ["a", "b"], { "${Name}": { Type: "AWS::SageMaker::Model" } }],
      Lab: { Type: "AWS::SageMaker::NotebookInstance", Properties: { RootAcess: "Enabled" } },
    };
    const verdicts = judge(
      { Transform: ["AWS::Serverless-2016-10-31", "MyMacro"], Resources: resources },
      { posture: "baseline" },
    );
    expect(verdicts.map(({ address, verdict }) => `${address} ${verdict}`)).toEqual([
      "Transform unjudged",
      "New unjudged",
      "Call unjudged",
      "Fn::ForEach::Models unjudged",
      "Nested unjudged",
      "Lab finding",
    ]);
    expect(verdicts.at(-1)?.findings[0]).toMatchObject({
      rule: "unknown-member",
      fix: "Write RootAccess, or remove the member.",
    });
  });

  it.each([
    [{ Ref: "Iso" }, { Iso: "true" }, ["clean"]],
    [{ Ref: "Iso" }, { Iso: "false" }, ["finding", "network-isolation /EnableNetworkIsolation"]],
    [{ Ref: "Iso" }, {}, ["unjudged", "? /EnableNetworkIsolation Ref Iso"]],
    [{ Ref: "Default" }, {}, ["clean"]],
    [{ Ref: "Ssm" }, {}, ["unjudged", "? /EnableNetworkIsolation Ref Ssm"]],
    [{ Ref: "AWS::NoValue" }, {}, ["finding", "network-isolation /EnableNetworkIsolation"]],
    [{ "Fn::If": ["IsProd", true, false] }, { Stage: "prod" }, ["clean"]],
    [{ "Fn::If": ["IsProd", true, false] }, { Stage: "dev" }, ["finding", "network-isolation /EnableNetworkIsolation"]],
    [
      { "Fn::If": ["IsProd", true, { Ref: "AWS::NoValue" }] },
      { Stage: "dev" },
      ["finding", "network-isolation /EnableNetworkIsolation"],
    ],
    [{ "Fn::If": ["IsProd", true, false] }, {}, ["unjudged", "? /EnableNetworkIsolation If"]],
    [{ "Fn::FindInMap": ["Stages", { Ref: "Stage" }, "Isolated"] }, { Stage: "prod" }, ["clean"]],
    [
      { "Fn::FindInMap": ["Stages", { Ref: "Stage" }, "Isolated"] },
      {},
      ["unjudged", "? /EnableNetworkIsolation FindInMap"],
    ],
    [{ "Fn::ImportValue": "Iso" }, {}, ["unjudged", "? /EnableNetworkIsolation ImportValue Iso"]],
    [{ "Fn::Transform": { Name: "M" } }, {}, ["unjudged", "? /EnableNetworkIsolation Transform"]],
    ["yes", {}, ["clean"]],
  ])("resolves %j with %j", (value, parameters, expected) => {
    const template = model(
      { EnableNetworkIsolation: value },
      {
        Parameters: {
          Iso: { Type: "String" },
          Default: { Type: "String", Default: "true" },
          Ssm: { Type: "AWS::SSM::Parameter::Value<String>", Default: "/iso" },
          Stage: { Type: "String" },
        },
        Conditions: {
          IsProd: { "Fn::Not": [{ "Fn::Or": [{ Condition: "IsDev" }, { "Fn::Equals": ["a", "b"] }] }] },
          IsDev: { "Fn::Equals": [{ Ref: "Stage" }, "dev"] },
        },
        Mappings: { Stages: { prod: { Isolated: true } } },
      },
    );
    expect(one(template, {}, parameters)).toEqual(expected);
  });

  it("resolves lists, joins, splits and substitutions", () => {
    const allowed = { network: { subnets } };
    const given = (list: unknown) =>
      one(
        model(
          { VpcConfig: { Subnets: list, SecurityGroupIds: ["sg-0a"] } },
          {
            Parameters: {
              List: { Type: "List<AWS::EC2::Subnet::Id>", Default: "subnet-0a, subnet-0b" },
              Text: { Type: "String", Default: "0a" },
            },
          },
        ),
        allowed,
      );
    expect(given({ Ref: "List" })).toEqual(["clean"]);
    expect(given([{ "Fn::Select": [0, { Ref: "List" }] }, { "Fn::Select": ["1", { Ref: "List" }] }])).toEqual([
      "clean",
    ]);
    expect(given({ "Fn::Split": [",", "subnet-0a,subnet-0b"] })).toEqual(["clean"]);
    expect(given([{ "Fn::Sub": "subnet-${Text}" }, { "Fn::Join": ["-", ["subnet", "0b"]] }])).toEqual(["clean"]);
    expect(given([{ "Fn::Sub": ["subnet-${X}", { X: "0a" }] }, "subnet-0c"])).toEqual([
      "finding",
      "subnet-allowed /VpcConfig/Subnets/1",
    ]);
    expect(given([{ "Fn::Sub": "subnet-${Missing}" }, "subnet-0b"])?.[0]).toBe("unjudged");
    expect(given({ "Fn::GetAZs": "" })?.[0]).toBe("unjudged");
  });

  it("leaves a resource out whose condition is false, and judges one whose condition is not known", () => {
    const template = { ...model({ EnableNetworkIsolation: false }), Conditions: { No: { "Fn::Equals": ["a", "b"] } } };
    const withCondition = (Condition: string) => ({
      ...template,
      Resources: { M: { ...template.Resources.M, Condition } },
    });
    expect(judge(withCondition("No"))).toEqual([]);
    expect(judge(withCondition("Missing"))[0]?.verdict).toBe("finding");
  });

  it("knows that a resource of the template will have an id, and the models and zones that the template shows", () => {
    const resources = {
      A: { Type: "AWS::EC2::Subnet", Properties: { AvailabilityZone: "eu-west-1a" } },
      B: { Type: "AWS::EC2::Subnet", Properties: { AvailabilityZone: "eu-west-1b" } },
      C: { Type: "AWS::EC2::Subnet", Properties: { AvailabilityZone: "eu-west-1a" } },
      Group: { Type: "AWS::EC2::SecurityGroup" },
      Key: { Type: "AWS::KMS::Key" },
    };
    const vpc = (...names: string[]) => ({
      Subnets: names.map((Ref) => ({ Ref })),
      SecurityGroupIds: [{ "Fn::GetAtt": ["Group", "GroupId"] }],
    });
    const template = (VpcConfig: object) => ({ Resources: { ...model({ VpcConfig }).Resources, ...resources } });
    expect(one(template(vpc("A", "B")))).toEqual(["clean"]);
    expect(one(template(vpc("A", "C")))).toEqual([
      "unjudged",
      "? /VpcConfig/Subnets/0 Ref A",
      "? /VpcConfig/Subnets/1 Ref C",
    ]);
    // With a list of allowed subnets, the ids matter.
    expect(one(template(vpc("A", "B")), { network: { subnets } })?.[0]).toBe("unjudged");

    const config = (Variant: object) => ({
      Resources: {
        ...template(vpc("A", "B")).Resources,
        E: {
          Type: "AWS::SageMaker::EndpointConfig",
          Properties: {
            KmsKeyId: { Ref: "Key" },
            ProductionVariants: [
              {
                VariantName: "a",
                ModelName: { "Fn::GetAtt": "M.ModelName" },
                InitialInstanceCount: 2,
                InstanceType: "ml.m5.large",
                ...Variant,
              },
            ],
          },
        },
      },
    });
    expect(told(judge(config({}), { posture: "locked" })).find(([name]) => name === "E")).toEqual(["E", "clean"]);
    expect(told(judge(config({ EnableSSMAccess: true }))).find(([name]) => name === "E")).toEqual([
      "E",
      "finding",
      "isolation-ssm /ProductionVariants/0/EnableSSMAccess",
      "endpoint-ssm /ProductionVariants/0/EnableSSMAccess",
    ]);
  });

  it("judges a pipeline by its steps, as text and as an object", () => {
    const steps = {
      Version: "2020-12-01",
      Steps: [
        {
          Name: "T",
          Type: "Training",
          Arguments: { EnableNetworkIsolation: true, ResourceConfig: { InstanceCount: 1 } },
        },
      ],
    };
    for (const body of [JSON.stringify(steps), steps, { "Fn::Sub": JSON.stringify(steps) }]) {
      const Resources = {
        P: {
          Type: "AWS::SageMaker::Pipeline",
          Properties: { PipelineName: "p", PipelineDefinition: { PipelineDefinitionBody: body } },
        },
      };
      expect(one({ Resources })).toEqual(["finding", "training-vpc /PipelineDefinition"]);
    }
    const Resources = {
      P: {
        Type: "AWS::SageMaker::Pipeline",
        Properties: { PipelineDefinition: { PipelineDefinitionBody: { Ref: "Body" } } },
      },
    };
    expect(one({ Resources, Parameters: { Body: { Type: "String" } } })?.[0]).toBe("unjudged");
  });

  it("judges the policy of a model package group as the request that puts it", () => {
    const group = (Principal: unknown, Condition?: object) => {
      const Statement = [{ Effect: "Allow", Principal, Action: "sagemaker:*", Resource: "*", Condition }];
      const Properties = { ModelPackageGroupName: "g", ModelPackageGroupPolicy: { Version: "2012-10-17", Statement } };
      return { Resources: { G: { Type: "AWS::SageMaker::ModelPackageGroup", Properties } } };
    };
    const found = (template: object) => told(judge(template)).map((verdict) => verdict.slice(0, 3));
    const clean = ["G", "clean"];
    const policy = "G/ModelPackageGroupPolicy";
    expect(found(group("*"))).toEqual([clean, [policy, "finding", "resource-policy-public /ResourcePolicy"]]);
    expect(found(group({ AWS: "111122223333" }))).toEqual([clean, [policy, "clean"]]);
    expect(found(group("*", { StringEquals: { "aws:PrincipalOrgID": "o-a1b2c3d4e5" } }))).toEqual([
      clean,
      [policy, "clean"],
    ]);
  });

  it("applies exceptions to what is unjudged as to findings", () => {
    const exceptions = [{ rule: "network-isolation", resource: "*", until: "2100-01-01", reason: "r" }];
    const template = model({ EnableNetworkIsolation: { Ref: "Iso" } }, { Parameters: { Iso: { Type: "String" } } });
    expect(one(template, { exceptions })?.[0]).toBe("clean");
  });
});

describe("YAML", () => {
  it("has short forms, anchors, merge keys and words of YAML 1.1", () => {
    const text = `
x: &vpc { Subnets: [subnet-0a, subnet-0b], SecurityGroupIds: [sg-0a] }
Parameters: { On: { Type: String, Default: "true" } }
Conditions: { Yes: !Equals [!Ref On, "true"] }
Resources:
  A:
    Type: AWS::SageMaker::Model
    Properties: { EnableNetworkIsolation: yes, VpcConfig: *vpc }
  B:
    Type: AWS::SageMaker::Model
    Properties: { EnableNetworkIsolation: !If [Yes, true, false], VpcConfig: { <<: *vpc } }
  C:
    Type: AWS::SageMaker::Model
    Properties: { EnableNetworkIsolation: !Ref On, VpcConfig: { Subnets: !Split [",", !Sub "subnet-0a,subnet-0b"], SecurityGroupIds: [sg-0a] } }
`;
    expect(told(judge(text))).toEqual([
      ["A", "clean"],
      ["B", "clean"],
      ["C", "clean"],
    ]);
  });

  it.each([
    ["the last one before it", "x: &a b\ny: &a c\n", "*a", "c"],
    ["one that stands inside another", "x: &a { y: &a c }\n", "*a", "c"],
    ["one on a name", "x: &a b\n&a y: c\n", "*a", "y"],
    ["one behind it left aside", "x: &a b\n", "*a , d: &a c", "b"],
  ])("has aliases of an anchor that is given twice: %s", (_, before, alias, value) => {
    const text = `${before}Resources: { M: { Type: AWS::SageMaker::Model, Properties: { ModelName: ${alias} } } }\n`;
    expect(readTemplate(text)[0]?.input).toMatchObject({ ModelName: value });
  });

  it.each([
    ["a name twice", "Resources:\n  A: {}\n  A: {}\n", /^file: line 3, column 3: the object has the name "A" twice/],
    ["two documents", "Resources: {}\n---\nResources: {}\n", /several/],
    ["no YAML", "Resources: [\n", /not YAML/],
    ["an anchor in itself", "Resources: &a { B: *a }\n", /refers to itself/],
    ["an alias without anchor", "Resources: { B: *a }\n", /no anchor|not YAML/],
    ["nothing", "", /empty/],
    ["text", "hello", /must be a template/],
    ["depth", `Resources: ${"[".repeat(2_000)}${"]".repeat(2_000)}`, /nested more than 500 levels|not YAML/],
  ])("is refused for %s", (_, text, message) => {
    expect(() => readTemplate(text)).toThrow(message);
    expect(() => readTemplate(text)).toThrow(expect.objectContaining({ code: "TEMPLATE_UNREADABLE" }) as Error);
  });

  it("does not expand aliases without end", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 12; level++)
      lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(", ")}]`);
    const text = `${lines.join("\n")}\nResources:\n  M: { Type: AWS::SageMaker::Model, Properties: { Containers: *a11 } }\n`;
    expect(() => readTemplate(text)).toThrow(/aliases must repeat at most/);
  });
});

describe("JSON", () => {
  it.each([
    ['{"Resources":{"A":{},"A":{}}}', /line 1, column 22: the object has the name "A" twice/],
    ['{"Resources":{}', /a comma or }/],
    ['{"Resources":{}} x', /goes on/],
    ['{"Resources":01}', /a comma or }/],
    ['{"Resources":"\\x"}', /escape/],
    ['{"Resources":"\n"}', /control character/],
    ['{"Resources":"x', /not closed/],
    ['{"Resources" {}}', /a colon/],
    [`{"a":${"[".repeat(2_000)}`, /nested more than 500/],
  ])("is refused: %s", (text, message) => {
    expect(() => readTemplate(text)).toThrow(message);
  });

  it("that is not UTF-8 or too large is refused", () => {
    expect(() => readTemplate(new Uint8Array([0x7b, 0xff, 0x7d]))).toThrow(/must be UTF-8$/);
    expect(() => readTemplate(7 as unknown as string)).toThrow(/^bytes: must be/);
  });

  it.each([
    ["little-endian", [0xff, 0xfe, 0x7b, 0x00]],
    ["big-endian", [0xfe, 0xff, 0x00, 0x7b]],
  ])("that is UTF-16, %s, is refused with the way to write UTF-8", (_, bytes) => {
    expect(() => readTemplate(new Uint8Array(bytes))).toThrow(/is UTF-16: in PowerShell .* -Encoding utf8$/);
  });

  it.each([
    '{"Resources":{"A":{"Type":"AWS::SageMaker::Model"}}}',
    "Resources: { A: { Type: AWS::SageMaker::Model } }",
  ])("may begin with a mark of byte order, as text and as bytes: %s", (text) => {
    const places = (file: string | Uint8Array) => readTemplate(file).map(({ line, column }) => [line, column]);
    expect(places(`\uFEFF${text}`)).toEqual(places(text));
    expect(places(new TextEncoder().encode(`\uFEFF${text}`))).toEqual(places(text));
  });
});
