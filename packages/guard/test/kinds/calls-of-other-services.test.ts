import { describe, expect, it } from "vitest";
import { createGuard } from "../../src/index.ts";
import { judgeTemplate, readTemplate } from "../../src/iac/index.ts";

const guard = createGuard({ posture: "baseline" });
const told = (file: unknown): readonly string[] =>
  judgeTemplate(guard, readTemplate(JSON.stringify(file))).map(({ address, verdict }) => `${address} ${verdict}`);

/** A file in which nothing is of SageMaker, except the calls that something of another service makes. */
describe("a call of SageMaker through another service is never clean: templates", () => {
  const parameters = { P: { Type: "String" }, K: { Type: "String", Default: "arn:aws:lambda:eu-west-1:1:function:f" } };
  const of = (Type: string, Properties: object) => ({
    Parameters: parameters,
    Resources: {
      R: { Type, Properties },
      F: { Type: "AWS::Lambda::Function", Properties: {} },
      V: { Type: "AWS::SSM::Parameter", Properties: { Value: "x" } },
      X: { Type: "Custom::Task", Properties: {} },
    },
  });
  const machine = (properties: object) => of("AWS::StepFunctions::StateMachine", properties);
  const pieces = (...between: readonly unknown[]) => ({
    DefinitionString: { "Fn::Join": ["", ['{"StartAt":"a","States":{"a":{"Resource":"', ...between, '"}}}']] },
  });
  const include = { "Fn::Transform": { Name: "AWS::Include", Parameters: { Location: "s3://b/k" } } };
  const uri = { "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:sagemaker:action/CreateNotebookInstance" };
  const inline = (ZipFile: string) => of("AWS::Lambda::Function", { Code: { ZipFile } });

  it.each<[string, object]>([
    ["properties that an include brings", machine(include)],
    ["a definition that an include brings beside others", machine({ RoleArn: "r", ...include })],
    ["a custom resource whose properties an include brings", of("Custom::Lab", { ServiceToken: "t", ...include })],
    ["a piece from a parameter", machine(pieces({ Ref: "P" }))],
    ["a piece that a custom resource gives", machine(pieces({ "Fn::GetAtt": ["X", "Task"] }))],
    ["a piece that a parameter in a store gives", machine(pieces({ "Fn::GetAtt": "V.Value" }))],
    [
      "a piece of a text that a custom resource gives",
      machine({ DefinitionString: { "Fn::Sub": "StartAt ${X.Task}" } }),
    ],
    ["a piece from another stack", machine(pieces({ "Fn::ImportValue": "x" }))],
    ["a piece in a text", machine({ DefinitionString: { "Fn::Sub": '{"StartAt":"a","Resource":"${P}"}' } })],
    [
      "a piece with a name of its own",
      machine({ DefinitionString: { "Fn::Sub": ["StartAt ${X}", { X: { Ref: "P" } }] } }),
    ],
    ["a dynamic reference", machine({ DefinitionString: "StartAt {{resolve:ssm:/task}}" })],
    [
      "a substitution from a parameter",
      machine({ DefinitionString: "StartAt ${T}", DefinitionSubstitutions: { T: { Ref: "P" } } }),
    ],
    [
      "a substitution that names the task",
      machine({
        DefinitionString: "StartAt ${T}",
        DefinitionSubstitutions: { T: "arn:aws:states:::aws-sdk:sagemaker:createDomain" },
      }),
    ],
    ["a definition as an object", machine({ Definition: { StartAt: "a", States: { a: { Resource: { Ref: "P" } } } } })],
    [
      "either of two definitions",
      machine({ DefinitionString: { "Fn::If": ["C", "StartAt", "arn:aws:states:::sagemaker:createTrainingJob"] } }),
    ],
    ["a target from a parameter", of("AWS::Events::Rule", { Targets: [{ Arn: { Ref: "P" }, Id: "1" }] })],
    ["an enrichment", of("AWS::Pipes::Pipe", { Enrichment: { Ref: "P" }, Target: { Ref: "F" } })],
    [
      "a universal target",
      of("AWS::Scheduler::Schedule", { Target: { Arn: "arn:aws:scheduler:::aws-sdk:sagemaker:createApp" } }),
    ],
    ["an integration of an API", of("AWS::ApiGateway::Method", { Integration: { Type: "AWS", Uri: uri } })],
    ["an API written as OpenAPI", of("AWS::ApiGateway::RestApi", { Body: { paths: { "/": { post: { uri } } } } })],
    ["an API of SAM", of("AWS::Serverless::Api", { DefinitionBody: { paths: { "/": { post: { uri } } } } })],
    ["an API in another file", of("AWS::ApiGateway::RestApi", { BodyS3Location: { Bucket: "b" } })],
    [
      "a data source that signs for SageMaker",
      of("AWS::AppSync::DataSource", {
        HttpConfig: { AuthorizationConfig: { AwsIamConfig: { SigningServiceName: "sagemaker" } } },
      }),
    ],
    ["code in the file", inline('boto3.client("sagemaker").create_notebook_instance()')],
    ["commands of a build", of("AWS::CodeBuild::Project", { Source: { BuildSpec: "aws sagemaker create-app" } })],
    [
      "commands of a step of a pipeline",
      of("AWS::CodePipeline::Pipeline", { Stages: [{ Actions: [{ Commands: ["aws sagemaker create-app"] }] }] }),
    ],
    [
      "the command of a container",
      of("AWS::ECS::TaskDefinition", {
        ContainerDefinitions: [{ Command: ["aws", "--no-cli-pager", "sagemaker", "create-app"] }],
      }),
    ],
    [
      "code that a job of a batch runs",
      of("AWS::Batch::JobDefinition", {
        ContainerProperties: { Command: ["python", "-c", "boto3.client('sagemaker')"] },
      }),
    ],
    [
      "commands that Systems Manager runs",
      of("AWS::SSM::Association", { Parameters: { commands: ["aws sagemaker create-app"] } }),
    ],
    [
      "user data of a machine",
      of("AWS::EC2::Instance", { UserData: { "Fn::Base64": "#!/bin/sh\naws sagemaker create-app" } }),
    ],
    [
      "user data that is encoded in the file",
      of("AWS::EC2::LaunchTemplate", { LaunchTemplateData: { UserData: btoa("#!/bin/sh\naws sagemaker create-app") } }),
    ],
    [
      "a stack that a state makes from a template elsewhere",
      machine({ DefinitionString: '{"StartAt":"a","Resource":"arn:aws:states:::aws-sdk:cloudformation:createStack"}' }),
    ],
    [
      "a custom resource that gets the name in parts",
      of("Custom::Task", { Create: { "Fn::Join": ["", ["Sage", "Maker.createApp"]] } }),
    ],
    [
      "a service that a substitution and the definition name together",
      machine({
        DefinitionString: '{"StartAt":"a","Resource":"arn:aws:states:::aws-sdk:${A}${B}:createApp"}',
        DefinitionSubstitutions: { A: "sage", B: "maker" },
      }),
    ],
    [
      "a service that a substitution of SAM ends",
      of("AWS::Serverless::StateMachine", {
        Definition: { StartAt: "a", States: { a: { Resource: "arn:aws:states:::sage${A}:createTrainingJob" } } },
        DefinitionSubstitutions: { A: { "Fn::Join": ["", ["mak", "er"]] } },
      }),
    ],
    [
      "a service that is the default of a parameter beside the Region",
      {
        ...of("AWS::ApiGateway::Method", {
          Integration: { Uri: { "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:${S}:action/CreateApp" } },
        }),
        Parameters: { S: { Type: "String", Default: "sagemaker" } },
      },
    ],
    [
      "a service that a parameter names",
      of("AWS::ApiGatewayV2::Integration", {
        IntegrationUri: { "Fn::Join": [":", ["arn:aws:apigateway", { Ref: "AWS::Region" }, { Ref: "P" }, "action/A"]] },
      }),
    ],
    [
      "user data that is put together beside the Region",
      of("AWS::EC2::Instance", {
        UserData: {
          "Fn::Base64": { "Fn::Sub": ["aws --region ${AWS::Region} sage${X} create-app", { X: "maker" }] },
        },
      }),
    ],
    [
      "user data that is joined",
      of("AWS::EC2::SpotFleet", {
        LaunchSpecifications: [{ UserData: { "Fn::Base64": { "Fn::Join": ["", ["aws sage", "maker create-app"]] } } }],
      }),
    ],
    ["a body of an API that an include brings", of("AWS::ApiGateway::RestApi", { Body: include })],
    ["code that an include brings", of("AWS::Lambda::Function", { Code: { ZipFile: include } })],
    ["user data that an include brings", of("AWS::EC2::Instance", { UserData: { "Fn::Base64": include } })],
    [
      "a property of a custom resource that an include brings",
      of("Custom::Lab", { ServiceToken: "t", Create: include }),
    ],
    [
      "a service that a parameter of a document names",
      of("AWS::SSM::Document", {
        Content: {
          mainSteps: [{ action: "aws:executeAwsApi", inputs: { Service: "{{ A }}{{ B }}", Api: "CreateApp" } }],
        },
      }),
    ],
    [
      "a service that a document in a text ends with a variable",
      of("AWS::SSM::Document", { Content: '{"mainSteps":[{"inputs":{"Service":"sage{{variable:A}}"}}]}' }),
    ],
    [
      "a service that an association names",
      of("AWS::SSM::Association", { Parameters: { Service: ["sagemaker"], Api: ["CreateApp"] } }),
    ],
    [
      "a service that a remediation names",
      of("AWS::Config::RemediationConfiguration", {
        Parameters: { Service: { StaticValue: { Values: ["SageMaker"] } } },
      }),
    ],
    // Types without a row of their own: a command counts wherever it stands.
    [
      "user data of a fleet",
      of("AWS::EC2::SpotFleet", { LaunchSpecifications: [{ UserData: btoa("#!/bin/sh\naws sagemaker create-app") }] }),
    ],
    [
      "an instruction of an image",
      of("AWS::ImageBuilder::ContainerRecipe", {
        DockerfileTemplateData: "RUN aws --region eu-west-1 sagemaker update-domain",
      }),
    ],
    [
      "the parameters of an experiment",
      of("AWS::FIS::ExperimentTemplate", {
        Actions: { A: { Parameters: { documentParameters: '{"commands":["aws \\\\\\n sagemaker create-app"]}' } } },
      }),
    ],
    ["a script in an object", of("AWS::S3::Object", { Body: "boto3.client('sagemaker').create_app()" })],
    [
      "a command that is put together",
      of("AWS::Lightsail::Instance", { UserData: { "Fn::Join": ["", ["aws sage", "maker create-app"]] } }),
    ],
    [
      "a request that a rule signs",
      of("AWS::IoT::TopicRule", {
        TopicRulePayload: { Actions: [{ Http: { Auth: { Sigv4: { ServiceName: "sagemaker" } } } }] },
      }),
    ],
    ["a type of a registry", of("Acme::Tools::Task", { Service: "SageMaker" })],
    ["the name of a property of a custom resource", of("Custom::Task", { SageMaker: "createApp" })],
    [
      "a service that one branch of a substitution ends",
      machine({
        DefinitionString: '{"StartAt":"a","Resource":"arn:aws:states:::${A}${B}:createApp"}',
        DefinitionSubstitutions: {
          A: { "Fn::If": ["C", "x", "sage"] },
          B: { "Fn::If": ["C", "y", { "Fn::Join": ["", ["mak", "er"]] }] },
        },
      }),
    ],
    [
      "a substitution whose name has other characters",
      machine({
        DefinitionString: '{"StartAt":"a","Resource":"arn:aws:states:::sage${A-b.c}:createApp"}',
        DefinitionSubstitutions: { "A-b.c": "maker" },
      }),
    ],
    ...["${P}", "api.${P}:action/A"].map((end): [string, object] => [
      `a service that a parameter names, before no action or after the name of a host: ${end}`,
      of("AWS::ApiGateway::Method", {
        Integration: { Uri: { "Fn::Sub": `arn:aws:apigateway:\${AWS::Region}:${end}` } },
      }),
    ]),
    [
      "a client whose service is a named argument",
      of("AWS::EC2::Instance", { UserData: { "Fn::Base64": "boto3.client(service_name='sagemaker')" } }),
    ],
  ])("%s", (_, file) => {
    expect(told(file)).toEqual(["R unjudged"]);
  });

  const script = "#!/bin/sh\naws sagemaker create-notebook-instance";
  it.each<[string, string, object]>([
    ["a notebook", "AWS::SageMaker::NotebookInstanceLifecycleConfig", { OnCreate: [{ Content: btoa(script) }] }],
    [
      "a notebook, encoded by CloudFormation",
      "AWS::SageMaker::NotebookInstanceLifecycleConfig",
      { OnStart: [{ Content: { "Fn::Base64": { "Fn::Join": ["", ["aws sage", "maker create-app"]] } } }] },
    ],
    [
      "an application of Studio",
      "AWS::SageMaker::StudioLifecycleConfig",
      {
        StudioLifecycleConfigName: "a",
        StudioLifecycleConfigAppType: "JupyterLab",
        StudioLifecycleConfigContent: btoa(script),
      },
    ],
    [
      "a notebook that an include brings",
      "AWS::SageMaker::NotebookInstanceLifecycleConfig",
      { OnStart: [{ Content: include }] },
    ],
    [
      "a notebook with a client whose service is a named argument",
      "AWS::SageMaker::NotebookInstanceLifecycleConfig",
      { OnStart: [{ Content: btoa("boto3.client(service_name = 'sagemaker').create_app()") }] },
    ],
  ])("a script of %s", (_, type, properties) => {
    expect(told(of(type, properties))).toEqual(["R unjudged"]);
  });

  it.each<[string, object]>([
    ["a piece that is a resource of the file", machine(pieces({ "Fn::GetAtt": ["F", "Arn"] }))],
    [
      "a piece that is the Region",
      machine(pieces("arn:", { Ref: "AWS::Partition" }, ":lambda:${AWS::Region}:1:function:f")),
    ],
    ["a piece with a default", machine(pieces({ Ref: "K" }))],
    [
      "a function as the target, and a role from a parameter",
      of("AWS::Events::Rule", { Targets: [{ Arn: { "Fn::GetAtt": ["F", "Arn"] }, RoleArn: { Ref: "P" } }] }),
    ],
    [
      "an integration with a function",
      of("AWS::ApiGateway::Method", {
        Integration: { Uri: { "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/${F.Arn}" } },
      }),
    ],
    ["code that invokes an endpoint", inline('boto3.client("sagemaker-runtime").invoke_endpoint()')],
    [
      "a container that invokes an endpoint",
      of("AWS::ECS::TaskDefinition", {
        ContainerDefinitions: [{ Name: "sagemaker", Environment: [{ Name: "SAGEMAKER_ENDPOINT", Value: "churn" }] }],
      }),
    ],
    ["a bucket with an include", of("AWS::S3::Bucket", include)],
    [
      "an integration with a bucket in a Region that is not known",
      of("AWS::ApiGateway::Method", {
        Integration: { Uri: { "Fn::Sub": "arn:${AWS::Partition}:apigateway:${AWS::Region}:s3:path/${P}" } },
      }),
    ],
    [
      "an address from a parameter",
      of("AWS::ApiGateway::Method", { Integration: { Type: "HTTP_PROXY", Uri: { Ref: "P" } } }),
    ],
    [
      "a document that calls another service",
      of("AWS::SSM::Document", {
        Content: { mainSteps: [{ inputs: { Service: "ec2", Api: "StopInstances", Ids: ["{{ Id }}"] } }] },
      }),
    ],
    ...[
      "Service: ec2\n    Api: '{{ X }}'\n",
      "Service: 'ec2' \r\n    Ids: ['{{ X }}']\r\n",
      'Service: "ec2"\n    Api: "StopInstances"\n    Ids: ["{{ X }}"]\n',
      '"Service": "ec2" \r\n\r\n    "Ids": ["{{ X }}"]\r\n',
      "Service: ec2 # by its name\n    Api: a\n    Ids: ['{{ X }}']\n",
      'Service: "ec2"\n    Filters:\n    - Name: "{{ X }}"\n',
      'Service:\t"ec2"\n    Ids: ["{{ X }}"]\n',
      "Service: \tec2\t# by its name\n    Ids: ['{{ X }}']\n",
      "Service:\tec2\t\r\n    Ids: ['{{ X }}']\r\n",
    ].map((step): [string, object] => [
      `a document of YAML whose step is ${JSON.stringify(step)}`,
      of("AWS::SSM::Document", { DocumentFormat: "YAML", Content: `mainSteps:\n- inputs:\n    ${step}` }),
    ]),
    ["a description", of("AWS::EC2::SecurityGroup", { GroupDescription: "traffic from sagemaker start-up hosts" })],
    ["a command that only asks", of("AWS::Lightsail::Instance", { UserData: "aws sagemaker describe-app" })],
    ["a policy", of("AWS::IAM::Policy", { PolicyDocument: { Statement: [{ Action: "sagemaker:CreateApp" }] } })],
    [
      "a state that reads a stack",
      machine({
        DefinitionString: '{"StartAt":"a","Resource":"arn:aws:states:::aws-sdk:cloudformation:describeStacks"}',
      }),
    ],
  ])("and nothing is said of %s", (_, file) => {
    expect(told(file)).toEqual([]);
  });

  it.each<[string, object]>([
    ["a command", { config: { commands: { a: { command: "aws sagemaker create-app" } } } }],
    [
      "a file that is put together",
      { config: { files: { "/a.sh": { content: { "Fn::Join": ["", ["aws sage", "maker create-app"]] } } } } },
    ],
    ["an include", { config: include }],
  ])("commands of cfn-init: %s", (_, init) => {
    const Metadata = { "AWS::CloudFormation::Init": init };
    for (const Type of ["AWS::EC2::Instance", "AWS::SageMaker::NotebookInstanceLifecycleConfig"])
      expect(told({ Resources: { R: { Type, Properties: {}, Metadata } } })).toEqual(["R unjudged"]);
  });
});

describe("a call of SageMaker through another service is never clean: plans", () => {
  const plan = (resources: readonly object[], rest: object = {}) => ({
    format_version: "1.2",
    planned_values: { root_module: { resources } },
    ...rest,
  });
  const resource = (type: string, values: object) => ({ address: "r", mode: "managed", type, values });
  const changed = (type: string, after_unknown: object) => ({
    resource_changes: [{ address: "r", type, change: { actions: ["create"], after_unknown } }],
  });

  it.each<[string, object]>([
    [
      "a target known later",
      plan(
        [resource("aws_scheduler_schedule", { target: [{ input: "{}" }] })],
        changed("aws_scheduler_schedule", { target: [{ arn: true }] }),
      ),
    ],
    [
      "an integration of an API",
      plan([
        resource("aws_api_gateway_integration", { uri: "arn:aws:apigateway:eu-west-1:sagemaker:action/CreateApp" }),
      ]),
    ],
    [
      "a manifest of the controllers for Kubernetes",
      plan([
        resource("kubernetes_manifest", {
          manifest: { apiVersion: "sagemaker.services.k8s.aws/v1alpha1", kind: "NotebookInstance" },
        }),
      ]),
    ],
    [
      "a manifest as text",
      plan([resource("kubectl_manifest", { yaml_body: "apiVersion: sagemaker.services.k8s.aws/v1alpha1" })]),
    ],
    [
      "commands of a container",
      plan([resource("aws_ecs_task_definition", { container_definitions: '["aws sagemaker create-app"]' })]),
    ],
    [
      "commands of the other provider",
      plan([
        resource("awscc_batch_job_definition", { container_properties: { command: ["aws sagemaker create-app"] } }),
      ]),
    ],
    [
      "user data in Base64",
      plan([resource("aws_launch_template", { user_data: btoa("#!/bin/sh\naws sagemaker create-app") })]),
    ],
    [
      "a command of another provider",
      plan([resource("shell_script", { lifecycle_commands: [{ create: "aws sagemaker create-app" }] })]),
    ],
    ...["set", "set_list", "set_sensitive", "set_wo"].map((name): [string, object] => [
      `a value of Helm in ${name}`,
      plan([resource("helm_release", { chart: "c", [name]: [{ name: "a", value: ["sagemaker"] }] })]),
    ]),
    [
      "words of a command in two lists of a text",
      plan([
        resource("aws_ecs_task_definition", {
          container_definitions: '[{ "entryPoint": ["aws"], "name": "n", "command": ["sagemaker", "create-app"] }]',
        }),
      ]),
    ],
    ...["\\x73agemaker", "\\u0073agemaker", "\\U00000073agemaker"].map((name): [string, object] => [
      `an escape of YAML, ${name}`,
      plan([resource("aws_ssm_document", { document_format: "YAML", content: `inputs: { Service: "${name}" }` })]),
    ]),
    ...[
      "x: &s '{{ s }}'\nService: *s",
      "Service: # of x\n  *s",
      "Service: ec2\nService: '{{ s }}'",
      "Service: ''\n  {{ s }}",
      "Service: 'ec2\n  {{ s }}'",
      'Service: "ec2\n  {{ s }}"',
      'Service: "ec2"\nApi: a\nService: "{{ s }}"',
      "Service: sage#{{ s }}",
      'Service: "\\\n  {{ s }}"',
      "Service: sage{{ s }}\nApi: a",
    ].map((content): [string, object] => [
      `a service that another line gives, ${JSON.stringify(content)}`,
      plan([resource("aws_ssm_document", { document_format: "YAML", content })]),
    ]),
    ...[
      "\nService: {{ s }}",
      "x: &-s '{{ s }}'\nService: *-s",
      `Service:${" ".repeat(300)}"{{ s }}"`,
      'Service:\n  "{{ s }}"',
    ].map((content): [string, object] => [
      `a service that is a parameter, ${JSON.stringify(content)}`,
      plan([resource("aws_ssm_document", { document_format: "YAML", content: `a: b ${content}` })]),
    ]),
    ...["$CLI\tsagemaker\tcreate-app", "alias c=aws; c \\\nsagemaker create-app", "from\tsagemaker import x"].map(
      (user_data): [string, object] => [
        `a command with tabs or line breaks, ${JSON.stringify(user_data)}`,
        plan([resource("aws_instance", { user_data })]),
      ],
    ),
    ["the event of a function", plan([resource("aws_lambda_invocation", { input: '{"service":"sagemaker"}' })])],
    ["instances of a stack set", plan([resource("aws_cloudformation_stack_instances", { stack_set_name: "lab" })])],
    ...["local.command", "var.command", "self.input", "self.triggers.command"].map((from): [string, object] => [
      `a provisioner whose command is ${from}`,
      plan([], {
        configuration: {
          root_module: {
            resources: [
              {
                address: "r",
                type: "terraform_data",
                provisioners: [{ type: "local-exec", expressions: { command: { references: [from] } } }],
              },
            ],
          },
        },
      }),
    ]),
    ["a state machine that is not planned", plan([], changed("aws_sfn_state_machine", {}))],
    [
      "a state machine that is deferred",
      plan([], { deferred_changes: [{ resource_change: { address: "r", type: "aws_sfn_state_machine" } }] }),
    ],
    [
      "a program that data comes from",
      plan([], {
        configuration: {
          root_module: {
            resources: [
              {
                address: "r",
                mode: "data",
                type: "external",
                expressions: { program: { constant_value: ["aws", "sagemaker", "create-app"] } },
              },
            ],
          },
        },
      }),
    ],
  ])("%s", (_, file) => {
    expect(told(file)).toEqual(["r unjudged"]);
  });

  it("an object that is only deleted hides nothing of the one that replaces it", () => {
    const type = "aws_sagemaker_notebook_instance";
    const values = {
      name: "n",
      subnet_id: "subnet-0a",
      root_access: "Disabled",
      instance_metadata_service_configuration: [{ minimum_instance_metadata_service_version: "2" }],
    };
    const change = {
      address: "r",
      type,
      change: { actions: ["create"], after_unknown: { direct_internet_access: true } },
    };
    const deposed = { address: "r", type, deposed: "0a1b2c3d", change: { actions: ["delete"], after_unknown: {} } };
    expect(told(plan([resource(type, values)], { resource_changes: [change] }))).toEqual(["r unjudged"]);
    expect(told(plan([resource(type, values)], { resource_changes: [change, deposed] }))).toEqual(["r unjudged"]);
  });
});

describe("a call of SageMaker through another service is never clean: events", () => {
  const event = (service: string, eventName: string, requestParameters: unknown) => ({
    eventSource: `${service}.amazonaws.com`,
    eventName,
    eventID: "e",
    requestParameters,
  });
  const typeName = "AWS::SageMaker::NotebookInstance";
  const create = (parameters: object) => event("cloudcontrolapi", "CreateResource", { typeName, ...parameters });
  const open = JSON.stringify({ DirectInternetAccess: "Enabled" });

  it.each<[string, unknown, readonly string[]]>([
    ["a resource that Cloud Control makes", create({ desiredState: open }), ["e/resource finding"]],
    ["one that it hides", create({ desiredState: "HIDDEN_DUE_TO_SECURITY_REASONS" }), ["e unjudged"]],
    ["one without a state", create({}), ["e unjudged"]],
    [
      "one of a type to come",
      create({ typeName: "AWS::SageMaker::Quantum", desiredState: "{}" }),
      ["e/resource unjudged"],
    ],
    ["one without a type", create({ typeName: null, desiredState: open }), ["e/resource unjudged"]],
    ["parameters that are omitted", event("cloudcontrolapi", "CreateResource", { omitted: true }), ["e unjudged"]],
    [
      "a change that Cloud Control makes",
      event("cloudcontrolapi", "UpdateResource", { typeName, patchDocument: "[]" }),
      ["e unjudged"],
    ],
    [
      "a state machine that Cloud Control makes",
      create({
        typeName: "AWS::StepFunctions::StateMachine",
        desiredState: '{"DefinitionString":"arn:aws:states:::sagemaker:createApp"}',
      }),
      ["e/resource unjudged"],
    ],
    ["another service's resource", create({ typeName: "AWS::S3::Bucket", desiredState: "{}" }), []],
    [
      "a service in another case",
      { ...event("x", "CreateNotebookInstance", {}), eventSource: "SageMaker.amazonaws.com" },
      ["e finding"],
    ],
    ["a question", event("cloudcontrolapi", "GetResource", { typeName }), []],
    [
      "a state machine",
      event("states", "CreateStateMachine", { definition: "arn:aws:states:::sagemaker:createApp" }),
      ["e unjudged"],
    ],
    [
      "a state machine that is hidden",
      event("states", "UpdateStateMachine", { definition: "HIDDEN_DUE_TO_SECURITY_REASONS" }),
      ["e unjudged"],
    ],
    [
      "a schedule",
      event("scheduler", "CreateSchedule", { target: { arn: "arn:aws:scheduler:::aws-sdk:sagemaker:createApp" } }),
      ["e unjudged"],
    ],
    [
      "a stack",
      event("cloudformation", "CreateStack", { templateBody: '{"Type":"AWS::SageMaker::App"}' }),
      ["e unjudged"],
    ],
    [
      "a source in another spelling",
      { ...event("sagemaker", "CreateApp", {}), eventSource: "sagemaker.test." },
      ["e unjudged"],
    ],
    [
      "an event without a source",
      { Records: [event("sagemaker", "ListModels", null), { eventName: "CreateApp", eventID: "f" }] },
      ["e clean", "f unjudged"],
    ],
    [
      "an invocation",
      event("runtime.sagemaker", "InvokeEndpoint", { endpointName: "a", contentType: "b" }),
      ["e clean"],
    ],
    [
      "a command in a script",
      event("lightsail", "CreateInstances", { userData: "aws sagemaker create-app" }),
      ["e unjudged"],
    ],
    [
      "a command that Systems Manager sends",
      event("ssm", "SendCommand", { parameters: { commands: ["aws sagemaker create-app"] } }),
      ["e unjudged"],
    ],
    ...["Service: '{{ X }}'", 'Service:\t"{{ X }}"', "a: &s '{{ X }}'\nService: *s", "Service: s\\x61gemaker"].map(
      (content): [string, unknown, readonly string[]] => [
        `a document whose service is not known, ${JSON.stringify(content)}`,
        event("ssm", "CreateDocument", { content, documentFormat: "YAML" }),
        ["e unjudged"],
      ],
    ),
    [
      "a state that runs once",
      event("states", "TestState", { definition: '{"Resource":"arn:aws:states:::sagemaker:createTrainingJob"}' }),
      ["e unjudged"],
    ],
    [
      "a state that runs once and is hidden",
      event("states", "TestState", { definition: "HIDDEN_DUE_TO_SECURITY_REASONS" }),
      ["e unjudged"],
    ],
    [
      "an API that is imported again",
      event("apigateway", "ReimportApi", { body: '{"uri":"arn:aws:apigateway:r:sagemaker:path/x"}' }),
      ["e unjudged"],
    ],
    ["a test of a pattern", event("events", "TestEventPattern", { eventPattern: '{"source":["aws.sagemaker"]}' }), []],
    [
      "a state machine that makes a stack",
      event("states", "UpdateStateMachine", { definition: "arn:aws:states:::aws-sdk:cloudformation:createStack" }),
      ["e unjudged"],
    ],
    [
      "a document that calls another service",
      event("ssm", "CreateDocument", { content: "Service: ec2\nApi: '{{ X }}'", documentFormat: "YAML" }),
      [],
    ],
    ...[
      "states UpdateStateMachine",
      "ssm CreateDocument",
      "apigateway ImportRestApi",
      "cloudformation CreateStack",
    ].map((call): [string, unknown, readonly string[]] => {
      const [service = "", name = ""] = call.split(" ");
      const omitted = { requestParameters: "too large", omitted: true, originalSize: 104_000, reasonOmitted: "size" };
      return [`parameters that CloudTrail omits, ${call}`, event(service, name, omitted), ["e unjudged"]];
    }),
    [
      "a document that is hidden",
      event("ssm", "UpdateDocument", { content: "HIDDEN_DUE_TO_SECURITY_REASONS" }),
      ["e unjudged"],
    ],
    ["parameters of a question that CloudTrail omits", event("states", "ListStateMachines", { omitted: true }), []],
    ["parameters of another service that CloudTrail omits", event("s3", "PutObject", { omitted: true }), []],
    ["an input that is hidden", event("states", "StartExecution", { input: "HIDDEN_DUE_TO_SECURITY_REASONS" }), []],
    ["a policy that names SageMaker", event("iam", "PutRolePolicy", { policyDocument: "sagemaker:*" }), []],
  ])("%s", (_, file, expected) => {
    expect(told(file)).toEqual(expected);
  });
});

describe("what a pipeline runs outside SageMaker is never clean", () => {
  const step = (Type: string) => ({ Version: "2020-12-01", Steps: [{ Name: "S", Type, Arguments: {} }] });
  const exceptions = [{ rule: "pipeline-step", resource: "pipeline/p", until: "2100-01-01", reason: "reviewed" }];

  it.each(["Lambda", "Callback", "EMR", "EMRServerless"])("a step of the type %s", (type) => {
    expect(told(step(type))).toEqual(["Steps.S unjudged"]);
    const pipeline = {
      PipelineName: "p",
      RoleArn: "r",
      PipelineDefinition: { PipelineDefinitionBody: JSON.stringify(step(type)) },
    };
    const template = { Resources: { P: { Type: "AWS::SageMaker::Pipeline", Properties: pipeline } } };
    expect(told(template)).toEqual(["P unjudged"]);
    const reviewed = createGuard({ posture: "baseline", exceptions });
    expect(judgeTemplate(reviewed, readTemplate(JSON.stringify(template)))[0]?.verdict).toBe("clean");
  });

  it("a step of the type Fail runs nothing", () => {
    expect(told(step("Fail"))).toEqual([]);
  });
});

it.each<[string, object]>([
  [
    "a template and events",
    { Resources: {}, Records: [{ eventName: "CreateApp", eventSource: "sagemaker.amazonaws.com" }] },
  ],
  ["a template and a pipeline", { Resources: {}, Steps: [] }],
  ["a template and a request", { Resources: {}, action: "CreateApp", input: {} }],
  ["a plan and a template", { format_version: "1.2", planned_values: {}, Resources: {} }],
])("a file that is %s is refused", (_, file) => {
  expect(() => told(file)).toThrow(/^file: is both /);
});
