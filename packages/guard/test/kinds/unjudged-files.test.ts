import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";

const guard = createGuard({ posture: "baseline" });
const told = (file: unknown) =>
  judgeTemplate(guard, readTemplate(JSON.stringify(file), { file: "f.json" })).map(
    ({ address, verdict, unjudged, line }) => {
      expect(line).toBeGreaterThan(0);
      if (verdict === "unjudged")
        for (const { expression, decidedBy } of unjudged)
          expect([expression, decidedBy]).toEqual([expect.stringMatching(/\w/), expect.stringMatching(/\w/)]);
      return `${address} ${verdict}`;
    },
  );

const notebook = { Type: "AWS::SageMaker::NotebookInstance", Properties: { DirectInternetAccess: "Enabled" } };
const body = JSON.stringify({ Resources: { N: notebook } });
/** A template that keeps the posture by the default of its parameter alone. */
const withDefault = JSON.stringify({
  Parameters: { A: { Type: "String", Default: "Disabled" } },
  Resources: {
    N: {
      Type: notebook.Type,
      Properties: {
        DirectInternetAccess: { Ref: "A" },
        SubnetId: "subnet-0a",
        RootAccess: "Disabled",
        InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
      },
    },
  },
});
const task = '{"StartAt":"a","States":{"a":{"Resource":"arn:aws:states:::sagemaker:createTrainingJob"}}}';

describe("a file that cannot be judged is never clean: plans", () => {
  const plan = (rest: object, resources: readonly object[] = []) => ({
    format_version: "1.2",
    planned_values: { root_module: { resources } },
    ...rest,
  });
  const deferred = (type: string) => ({
    deferred_changes: [
      { reason: "instance_count_unknown", resource_change: { address: "r[*]", mode: "managed", type } },
    ],
  });
  const change = (type: string, mode = "managed", actions = ["delete", "create"]) => ({
    resource_changes: [{ address: "r", mode, type, change: { actions } }],
  });

  it.each<[string, object, readonly string[]]>([
    ["one that failed", { errored: true }, ["plan unjudged"]],
    ["one that says it in text", { errored: "true" }, ["plan unjudged"]],
    ["one that is partial", { complete: false }, ["plan unjudged"]],
    ["one that is complete", { complete: true, errored: false }, []],
    ["a deferred change of SageMaker", deferred("aws_sagemaker_notebook_instance"), ["r[*] unjudged"]],
    ["a deferred stack", deferred("aws_cloudformation_stack"), ["r[*] unjudged"]],
    ["a deferred change of another service", deferred("aws_s3_bucket"), []],
    ["a deferred change of no type", { deferred_changes: [{}] }, ["a deferred change without an address unjudged"]],
    ["a change that is not planned", change("aws_sagemaker_app"), ["r unjudged"]],
    ["a change of an action to come", change("aws_sagemaker_app", "managed", ["adopt"]), ["r unjudged"]],
    ["a change without actions", change("aws_sagemaker_app", "managed", []), ["r unjudged"]],
    ["a change that is not an object", { resource_changes: [[]] }, ["plan unjudged"]],
    ["a change that only forgets", change("aws_sagemaker_app", "managed", ["forget"]), []],
    ["a change that only deletes", change("aws_sagemaker_app", "managed", ["delete"]), []],
    ["a data source", change("aws_sagemaker_app", "data"), []],
  ])("%s", (_, rest, expected) => {
    expect(told(plan(rest))).toEqual(expected);
  });

  const create = { actions: ["create"], after_unknown: {} };
  const isolated = {
    enable_network_isolation: true,
    vpc_config: [{ subnets: ["subnet-0a", "subnet-0b"], security_group_ids: ["sg-0a"] }],
  };
  const shown = (values: object, after: object, type = "aws_sagemaker_model") =>
    plan({ resource_changes: [{ address: "r", mode: "managed", type, change: { ...create, after } }] }, [
      { address: "r", mode: "managed", type: "aws_sagemaker_model", values },
    ]);
  const known = (...changes: readonly object[]) => ({
    ...shown(isolated, isolated),
    resource_changes: changes.map((change) => ({ address: "r", mode: "managed", type: "aws_sagemaker_model", change })),
  });

  it.each<[string, object, readonly string[]]>([
    ["alike", shown(isolated, { ...isolated }), ["r clean"]],
    ["with other values", shown(isolated, { ...isolated, enable_network_isolation: false }), ["r unjudged", "r clean"]],
    ["with another value in a block", shown(isolated, { ...isolated, vpc_config: [{}] }), ["r unjudged", "r clean"]],
    ["with another type", shown(isolated, isolated, "aws_vpc"), ["r unjudged", "r clean"]],
    ["without its change", { ...shown(isolated, isolated), resource_changes: [] }, ["r unjudged", "r clean"]],
    ["with an empty change", known({ actions: ["create"], after: isolated }), ["r unjudged", "r clean"]],
    ["with no change", known(undefined as never), ["r unjudged", "r clean"]],
    [
      "with two changes",
      known({ ...create, after_unknown: true }, { ...create, after: isolated }),
      ["r unjudged", "r clean"],
    ],
    ["with what is unknown in text", known({ ...create, after_unknown: "true", after: isolated }), ["r unjudged"]],
    [
      "with an unknown block in text",
      known({ ...create, after_unknown: { vpc_config: "true" }, after: isolated }),
      ["r unjudged"],
    ],
    [
      "with an unknown object for a list",
      known({ ...create, after_unknown: { vpc_config: {} }, after: isolated }),
      ["r unjudged"],
    ],
    [
      "with nothing unknown in blocks",
      known({ ...create, after_unknown: { vpc_config: [{ subnets: [false, null] }] }, after: isolated }),
      ["r clean"],
    ],
    [
      "with a member in two spellings",
      shown({ ...isolated, EnableNetworkIsolation: false }, { ...isolated, EnableNetworkIsolation: false }),
      ["r unjudged"],
    ],
    [
      "with a block twice",
      plan({}, [
        {
          address: "r",
          mode: "managed",
          type: "aws_sagemaker_model",
          values: { ...isolated, vpc_config: [...isolated.vpc_config, {}] },
        },
      ]),
      ["r finding"],
    ],
  ])("a resource that is shown twice, %s", (_, file, expected) => {
    expect(told(file)).toEqual(expected);
  });

  it.each<[string, string, object, object, readonly string[]]>([
    ["a stack with a literal template", "aws_cloudformation_stack", { template_body: body }, {}, ["r/N finding"]],
    [
      "a stack with a literal template of YAML",
      "aws_cloudformation_stack_set",
      { template_body: "Resources:\n  N:\n    Type: AWS::SageMaker::Quantum\n" },
      {},
      ["r/N unjudged"],
    ],
    [
      "a stack with a parameter",
      "aws_cloudformation_stack",
      {
        template_body: JSON.stringify({
          Parameters: { A: { Type: "String" } },
          Resources: { N: { ...notebook, Properties: { DirectInternetAccess: { Ref: "A" } } } },
        }),
        parameters: { A: "Enabled" },
      },
      {},
      ["r/N finding"],
    ],
    ...["awscc_cloudformation_stack_set", "aws_cloudformation_stack_set"].map(
      (type): [string, string, object, object, readonly string[]] => [
        `parameters of single stacks of an ${type}`,
        type,
        {
          template_body: withDefault,
          stack_instances_group: [
            { parameter_overrides: null },
            { parameter_overrides: [{ parameter_key: "A", parameter_value: "Enabled" }] },
          ],
        },
        {},
        ["r unjudged"],
      ],
    ),
    [
      "parameters of single stacks that are known later",
      "awscc_cloudformation_stack_set",
      { template_body: withDefault },
      { stack_instances_group: true },
      ["r unjudged"],
    ],
    [
      "a stack set without such parameters",
      "awscc_cloudformation_stack_set",
      { template_body: body, stack_instances_group: [{ parameter_overrides: [] }, {}] },
      {},
      ["r/N finding"],
    ],
    [
      "a stack from a URL, with the body of the last time",
      "aws_cloudformation_stack",
      { template_body: '{"Resources":{}}', template_url: "https://a.test/t" },
      {},
      ["r unjudged"],
    ],
    [
      "a stack from a URL known later",
      "aws_cloudformation_stack",
      { template_body: '{"Resources":{}}' },
      { template_url: true },
      ["r unjudged"],
    ],
    [
      "a parameter known later",
      "aws_cloudformation_stack",
      { template_body: withDefault, parameters: {} },
      { parameters: { A: true } },
      ["r/N unjudged"],
    ],
    [
      "parameters known later",
      "aws_cloudformation_stack_set",
      { template_body: withDefault },
      { parameters: true },
      ["r/N unjudged"],
    ],
    [
      "a parameter in a list",
      "awscc_cloudformation_stack_set",
      { template_body: withDefault, parameters: [{ parameter_key: "A", parameter_value: "Enabled" }] },
      {},
      ["r/N finding"],
    ],
    [
      "parameters of another form",
      "awscc_cloudformation_stack_set",
      { template_body: withDefault, parameters: [{ name: "A" }] },
      {},
      ["r unjudged"],
    ],
    [
      "a parameter with its default",
      "aws_cloudformation_stack",
      { template_body: withDefault, parameters: null },
      {},
      ["r/N clean"],
    ],
    [
      "a template without parameters, which are known later",
      "aws_cloudformation_stack",
      { template_body: body },
      { parameters: true },
      ["r/N finding"],
    ],
    [
      "a manifest of the controllers for Kubernetes in another's values",
      "argocd_application",
      { spec: "apiVersion: sagemaker.services.k8s.aws/v1alpha1" },
      {},
      ["r unjudged"],
    ],
    ["a stack of another service", "aws_cloudformation_stack", { template_body: '{"Resources":{}}' }, {}, []],
    ["a stack from a URL", "aws_cloudformation_stack", { template_url: "https://a.test/t" }, {}, ["r unjudged"]],
    ["a stack known later", "awscc_cloudformation_stack", {}, { template_body: true }, ["r unjudged"]],
    ["a template that cannot be read", "aws_cloudformation_stack", { template_body: "{" }, {}, ["r unjudged"]],
    ["a template of another kind", "aws_cloudformation_stack", { template_body: "[]" }, {}, ["r unjudged"]],
    [
      "a resource of Cloud Control",
      "aws_cloudcontrolapi_resource",
      { type_name: notebook.Type, desired_state: JSON.stringify(notebook.Properties) },
      {},
      ["r/resource finding"],
    ],
    [
      "a resource of Cloud Control known later",
      "aws_cloudcontrolapi_resource",
      { type_name: notebook.Type },
      { desired_state: true },
      ["r unjudged"],
    ],
    [
      "a resource of Cloud Control without a state",
      "aws_cloudcontrolapi_resource",
      { type_name: notebook.Type },
      {},
      ["r unjudged"],
    ],
    [
      "another service's resource of Cloud Control",
      "aws_cloudcontrolapi_resource",
      { type_name: "AWS::S3::Bucket", desired_state: "{}" },
      {},
      [],
    ],
    ["a product", "aws_servicecatalog_provisioned_product", {}, {}, ["r unjudged"]],
    ["a state machine", "aws_sfn_state_machine", { definition: task }, {}, ["r unjudged"]],
    ["a state machine known later", "aws_sfn_state_machine", {}, { definition: true }, ["r unjudged"]],
    ["another state machine", "aws_sfn_state_machine", { definition: '{"StartAt":"a"}' }, {}, []],
    [
      "a schedule",
      "aws_scheduler_schedule",
      { target: [{ arn: "arn:aws:scheduler:::aws-sdk:sagemaker:createTrainingJob" }] },
      {},
      ["r unjudged"],
    ],
  ])("%s", (_, type, values, unknown, expected) => {
    const changes = [{ address: "r", type, change: { actions: ["create"], after_unknown: unknown } }];
    const resources = [{ address: "r", mode: "managed", type, name: "r", values }];
    expect(told(plan({ resource_changes: changes }, resources))).toEqual(expected);
  });
});

describe("a file that cannot be judged is never clean: templates", () => {
  const machine = (definition: unknown) => ({
    Type: "AWS::StepFunctions::StateMachine",
    Properties: { DefinitionString: definition },
  });

  it.each<[string, unknown, boolean]>([
    ["null", null, true],
    ["text", "AWS::SageMaker::App", true],
    ["no type", { Properties: { a: 1 } }, true],
    ["a list as type", { Type: [notebook.Type] }, true],
    ["an include alone", { "Fn::Transform": { Name: "AWS::Include" } }, true],
    ["an include beside a type", { Type: "AWS::S3::Bucket", "Fn::Transform": { Name: "AWS::Include" } }, true],
    ["a module", { Type: "My::Company::Thing::MODULE" }, true],
    ["a product", { Type: "AWS::ServiceCatalog::CloudFormationProvisionedProduct" }, true],
    ["a state machine", machine(task), true],
    ["a state machine with escapes", machine(task.replace("sagemaker", String.raw`s\u0061gemaker`)), true],
    ["a joined state machine", machine({ "Fn::Join": ["sage", ["StartAt", "maker:createTrainingJob"]] }), true],
    ["a state machine from a parameter", machine({ Ref: "P" }), true],
    ["a state machine elsewhere", { Type: "AWS::Serverless::StateMachine", Properties: { DefinitionUri: "a" } }, true],
    ["another state machine", machine('{"StartAt":"a"}'), false],
    [
      "a call by the CDK under a custom type of its own",
      { Type: "Custom::Lab", Properties: { Create: '{"service":"SageMaker","action":"createNotebookInstance"}' } },
      true,
    ],
    ["another custom resource", { Type: "Custom::Lab", Properties: { ServiceToken: "sagemaker-fn" } }, false],
    ["another service", { Type: "AWS::S3::Bucket" }, false],
  ])("a resource that is or has %s", (_, resource, isOpen) => {
    const file = { Parameters: { P: { Type: "String" } }, Resources: { R: resource } };
    expect(told(file)).toEqual(isOpen ? ["R unjudged"] : []);
  });

  it.each<[string, object]>([
    ["Fn::Transform", { Name: "AWS::Include" }],
    ["Modules", { Lab: { Source: "./lab.yaml" } }],
  ])("%s at the root", (name, value) => {
    expect(told({ Resources: {}, [name]: value })).toEqual([`${name} unjudged`]);
    expect(told({ Resources: { B: { Type: "AWS::S3::Bucket" } }, [name]: value })).toEqual([`${name} unjudged`]);
  });
});

describe("a file that cannot be judged is never clean: what hides a value or a call", () => {
  const good = {
    SubnetId: "subnet-0a",
    DirectInternetAccess: "Disabled",
    RootAccess: "Disabled",
    InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
  };
  const template = (properties: object) => ({
    Resources: { N: { Type: notebook.Type, Properties: { ...good, ...properties } } },
  });
  const plan = (root: object, rest: object = {}) => ({
    format_version: "1.2",
    planned_values: { root_module: root },
    ...rest,
  });
  const event = (requestParameters: unknown) => ({
    eventSource: "sagemaker.amazonaws.com",
    eventName: "CreateNotebookInstance",
    eventID: "e",
    requestParameters,
  });

  it.each<[string, object, readonly string[]]>([
    ["a dynamic reference", template({ SubnetId: "{{resolve:ssm:/subnet:1}}" }), ["N unjudged"]],
    ["one inside a text", template({ DirectInternetAccess: "Dis{{resolve:ssm:/x}}" }), ["N unjudged"]],
    ["one in a Join", template({ SubnetId: { "Fn::Join": ["-", ["subnet", "{{resolve:ssm:/x}}"]] } }), ["N unjudged"]],
    ["a plan of a format to come", plan({ resources: [] }, { format_version: "2.0" }), ["plan unjudged"]],
    ["resources that are an object", plan({ resources: { a: {} } }), ["plan unjudged"]],
    ["no root module", { format_version: "1.2", planned_values: {} }, ["plan unjudged"]],
    ["a root module that is null", plan(null as never), ["plan unjudged"]],
    ["changes that are an object", plan({}, { resource_changes: { a: {} } }), ["plan unjudged"]],
    ["deferred changes that are text", plan({}, { deferred_changes: "a" }), ["plan unjudged"]],
    ["no changes", plan({}, { resource_changes: null }), []],
    ["modules that are an object", plan({ child_modules: { resources: [] } }), ["plan unjudged"]],
    ["a resource without a type", plan({ resources: [{ address: "r", mode: "managed", values: {} }] }), ["r unjudged"]],
    [
      "a resource of which nothing is known",
      plan(
        { resources: [{ address: "r", mode: "managed", type: "aws_sagemaker_app", values: {} }] },
        { resource_changes: [{ address: "r", change: { actions: ["create"], after_unknown: true } }] },
      ),
      ["r unjudged"],
    ],
    [
      "an action of Terraform",
      plan({}, { action_invocations: [{ address: "action.aws_sagemaker_start.x", type: "aws_sagemaker_start" }] }),
      ["action.aws_sagemaker_start.x unjudged"],
    ],
    [
      "a provisioner in a module",
      plan(
        {},
        {
          configuration: {
            root_module: {
              module_calls: {
                m: {
                  module: {
                    resources: [
                      {
                        address: "null_resource.x",
                        provisioners: [{ expressions: { command: { constant_value: "aws sagemaker create-model" } } }],
                      },
                    ],
                  },
                },
              },
            },
          },
        },
      ),
      ["null_resource.x unjudged"],
    ],
    [
      "a rule of EventBridge that starts a pipeline",
      {
        Resources: {
          R: {
            Type: "AWS::Events::Rule",
            Properties: { Targets: [{ Arn: "arn:aws:sagemaker:eu-west-1:1:pipeline/p" }] },
          },
        },
      },
      ["R unjudged"],
    ],
    [
      "branches of a pipeline that are not a list",
      { Steps: [{ Name: "C", Type: "Condition", Arguments: { IfSteps: { Get: "x" }, ElseSteps: "y" } }] },
      ["Steps.C unjudged", "Steps.C unjudged"],
    ],
    ["parameters that CloudTrail omits", event({ omitted: true, reason: "too large" }), ["e unjudged"]],
    ["parameters that are cut off", event('{"directInternetAccess":"Ena'), ["e finding"]],
  ])("%s", (_, file, expected) => {
    expect(told(file)).toEqual(expected);
  });

  it.each([
    ["a state of Terraform", { format_version: "1.0", values: { root_module: {} } }],
    ["an encrypted plan of OpenTofu", { serial: 1, encrypted_data: "abc", encryption_version: "v0", meta: {} }],
    ["a plan without its format", { planned_values: { root_module: {} } }],
  ])("%s is refused", (_, file) => {
    expect(() => told(file)).toThrow(/^file: must be a template/);
  });
});

describe("a value that is resolved last is never taken for what it says", () => {
  const reference = "{{resolve:ssm:/subnet}}";
  const parameters = {
    P: { Type: "String", Default: reference },
    L: { Type: "CommaDelimitedList", Default: `subnet-0a,${reference}` },
    T: { Type: "String", Default: "{{resolve:ssm:" },
  };
  const notebook = (SubnetId: unknown) => ({
    Parameters: parameters,
    Mappings: { M: { a: { s: reference, l: ["subnet-0a", reference] } } },
    Resources: {
      N: {
        Type: "AWS::SageMaker::NotebookInstance",
        Properties: {
          SubnetId,
          DirectInternetAccess: "Disabled",
          RootAccess: "Disabled",
          InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: "2" },
        },
      },
    },
  });

  it.each<[string, unknown]>([
    ["the default of a parameter", { Ref: "P" }],
    ["a mapping", { "Fn::FindInMap": ["M", "a", "s"] }],
    ["joined parts", { "Fn::Join": ["", ["{{res", "olve:ssm:/subnet}}"]] }],
    ["a text with a parameter in it", { "Fn::Sub": "${T}/subnet}}" }],
    ["an entry of a list", { "Fn::Select": [1, { Ref: "L" }] }],
    ["an entry of a list in a mapping", { "Fn::Select": [1, { "Fn::FindInMap": ["M", "a", "l"] }] }],
    ["a branch", { "Fn::If": ["C", "subnet-0a", { Ref: "P" }] }],
  ])("%s", (_, value) => {
    expect(told({ ...notebook(value), Conditions: { C: { "Fn::Equals": ["a", "b"] } } })).toEqual(["N unjudged"]);
  });

  it("a parameter that is given decides", () => {
    const file = JSON.stringify(notebook({ Ref: "P" }));
    expect(judgeTemplate(guard, readTemplate(file, { parameters: { P: "subnet-0a" } }))[0]?.verdict).toBe("clean");
  });
});

describe("a type that names SageMaker and is not known is never clean", () => {
  it.each([
    "AWS::Sagemaker::NotebookInstance",
    "aws::sagemaker::NotebookInstance",
    "MyOrg::SageMaker::Lab",
    "SageMaker::Lab",
    "AWS::SageMakerGeospatial::Job",
    "Custom::SageMakerLab",
  ])("%s", (Type) => {
    expect(told({ Resources: { N: { Type, Properties: {} } } })).toEqual(["N unjudged"]);
  });

  it.each([
    "AWS_SAGEMAKER_APP",
    "acme_sagemaker_notebook",
    "sagemaker_notebook",
    "aws_sagemakergeospatial_job",
    "aws_sagemaker",
  ])("%s", (type) => {
    const resources = [{ address: "r", mode: "managed", type, values: {} }];
    expect(told({ format_version: "1.2", planned_values: { root_module: { resources } } })).toEqual(["r unjudged"]);
  });
});

describe("a nested stack that may be another one is never clean", () => {
  const hash = `https://s3.test/${"a".repeat(64)}.json`;
  const include = { "Fn::Transform": { Name: "AWS::Include" } };
  const Metadata = { "aws:asset:path": "child.json" };
  const verdicts = (stack: object): readonly string[] => {
    const file = JSON.stringify({ Resources: { L: { Type: "AWS::CloudFormation::Stack", ...stack } } });
    const nested = () => ({ file: "child.json", bytes: withDefault });
    return judgeTemplate(guard, readTemplate(file, { file: "f.json", nested })).map(
      ({ address, verdict }) => `${address} ${verdict}`,
    );
  };

  it.each<[string, object, readonly string[]]>([
    ["beside an include", { Properties: { TemplateURL: "child.json", ...include } }, ["L unjudged"]],
    [
      "with parameters in a list",
      { Properties: { TemplateURL: "child.json", Parameters: [{ ParameterKey: "A", ParameterValue: "Enabled" }] } },
      ["L unjudged"],
    ],
    ...[[["Enabled"]], ["x", ["Enabled"]], { B: "Enabled" }].map((A): [string, object, readonly string[]] => [
      `with a parameter of a wrong type, ${JSON.stringify(A)}`,
      { Properties: { TemplateURL: "child.json", Parameters: { A } } },
      ["L/N unjudged"],
    ]),
    ["with parameters in text", { Properties: { TemplateURL: "child.json", Parameters: "A=Enabled" } }, ["L unjudged"]],
    [
      "at an asset in one branch of a condition",
      { Properties: { TemplateURL: { "Fn::If": ["C", hash, "https://a.test/t"] } }, Metadata },
      ["L unjudged"],
    ],
    ["at an asset", { Properties: { TemplateURL: { "Fn::Sub": hash } }, Metadata }, ["L/N clean"]],
    ["with a parameter", { Properties: { TemplateURL: "child.json", Parameters: { A: "Enabled" } } }, ["L/N finding"]],
  ])("%s", (_, stack, expected) => {
    expect(verdicts(stack)).toEqual(expected);
  });
});
