import { plainCommand, unescaped } from "../call/plain-command.ts";
import { type Node, type UnknownNode, entry, isExpanded, plain, textOf } from "./node.ts";
import type { Reason } from "./unjudged-resource.ts";
import { referenceTo, written } from "./written.ts";

/** A type whose resources call AWS services as their definition says. */
interface Caller {
  /** Properties that hold the definition. */
  readonly inside: readonly string[];
  /** Properties that name another file with the definition. */
  readonly elsewhere: readonly string[];
  /** The names whose values alone decide what is called, where the definition is an object. Default: all. */
  readonly deciding: ReadonlySet<string> | undefined;
  /** What a definition says that calls SageMaker. */
  readonly names: RegExp;
  /** The property whose values stand in the definition, as `${Name}`. */
  readonly substitutions?: string;
}

const caller = (inside: readonly string[], elsewhere: readonly string[] = []): Caller => ({
  inside,
  elsewhere,
  deciding: undefined,
  // The last three make resources of every service, from templates or by names that a state may put together.
  names:
    /sagemaker|aws-sdk:(?:cloudcontrol|cloudformation|servicecatalog):(?:create|update|execute|import|provision|start)/i,
});

const arns: ReadonlySet<string> = new Set(["Arn", "arn"]);
/** A target: its ARN decides what is called. */
const target = (...inside: readonly string[]): Caller => ({ ...caller(inside), deciding: arns });

/** An integration of an API, or a data source: only what it says about SageMaker matters, most call other services. */
const nothing: ReadonlySet<string> = new Set();
const integration = (inside: readonly string[], elsewhere: readonly string[] = []): Caller => ({
  ...caller(inside, elsewhere),
  deciding: nothing,
});

/** An integration with a service whose name is not known. */
const api = (inside: readonly string[], elsewhere: readonly string[] = []): Caller => {
  const row = integration(inside, elsewhere);
  return {
    ...row,
    names: new RegExp(String.raw`${row.names.source}|:apigateway:[^:"]*:[\w.-]*\$\{\}[\w.-]*[:"\\]`, "i"),
  };
};

/** A state machine. */
const machine = (inside: readonly string[], elsewhere: readonly string[], substitutions: string): Caller => ({
  ...caller([...inside, substitutions], elsewhere),
  substitutions,
});

/**
 * A document of Systems Manager: the service that a step calls may be a parameter, or an alias of YAML. A name that ends its
 * line, or that a comment follows, is the beginning of the value, or all of it, whatever stands in the next lines.
 */
const document = (inside: string): Caller => {
  const row = caller([inside]);
  const space = String.raw`(?: |\\+t)`;
  const named = String.raw`(?:\s|\\+t)*(\\*["']|)[a-z\d-]+\1(?:${space}*(?:\\+r)?\\+n|${space}+#| +(?:- +)?(\\*["']|)[\w.-]+\2 *:)`;
  const service = String.raw`\bservice[\\"']*\s*:(?:(?!${named})\s*(?:[^\s,}][^,}\n]{0,255})?\{\{|\s*(?:#[^*]{0,256})?\*[^\s*,}])`;
  return { ...row, names: new RegExp(`${row.names.source}|${service}`, "i") };
};

/** Code that stands in the file. Code that only invokes endpoints makes no resource. */
const code = (...inside: readonly string[]): Caller => ({
  ...integration(inside),
  names: /sagemaker(?![-_. ]?runtime)/i,
});

/** The service that an HTTP request of a rule is signed for. */
const signedFor = /"service_?name":"sagemaker/i;

/** A command or a call of an SDK; names of variables and addresses, such as those of a client of endpoints, are neither. */
const command =
  /\bsagemaker(?:\s+|"\s*,\s*")(?:[a-z]+-[a-z]|[$`'\\])|(?:import|from)\s+sagemaker\b|\(\s*(?:service_name\s*=\s*)?\\*["'`]sagemaker\\*["'`]|SageMakerClient|\bSageMaker\.[A-Z]/i;

/** The same, or the name of the service alone: a parameter of a document that calls the service it is told. */
const commandOrName = new RegExp(String.raw`${command.source}|["']sagemaker\\*["']`, "i");

/** Commands that a machine, a container or a step of a pipeline runs. */
const commands: readonly (readonly [type: string, ...inside: readonly string[]])[] = [
  ["AWS::Amplify::App", "BuildSpec"],
  ["AWS::AutoScaling::LaunchConfiguration", "UserData"],
  ["AWS::Batch::JobDefinition", "ContainerProperties", "EcsProperties", "EksProperties", "NodeProperties"],
  ["AWS::CodePipeline::Pipeline", "Stages"],
  ["AWS::Config::RemediationConfiguration", "Parameters"],
  ["AWS::EC2::Instance", "UserData"],
  ["AWS::EC2::LaunchTemplate", "LaunchTemplateData"],
  ["AWS::ECS::TaskDefinition", "ContainerDefinitions"],
  ["AWS::EMR::Cluster", "BootstrapActions", "Steps"],
  ["AWS::EMR::Step", "HadoopJarStep"],
  ["AWS::ImageBuilder::Component", "Data"],
  ["AWS::SSM::Association", "Parameters"],
  ["AWS::SSM::MaintenanceWindowTask", "TaskInvocationParameters", "TaskParameters"],
  ["AWS::Synthetics::Canary", "Code"],
  ["aws_amplify_app", "build_spec"],
  ["aws_batch_job_definition", "container_properties", "ecs_properties", "eks_properties", "node_properties"],
  ["aws_codepipeline", "stage"],
  ["aws_config_remediation_configuration", "parameter"],
  ["aws_ecs_task_definition", "container_definitions"],
  ["aws_emr_cluster", "bootstrap_action", "step"],
  ["aws_imagebuilder_component", "data"],
  ["aws_instance", "user_data", "user_data_base64"],
  ["aws_launch_configuration", "user_data", "user_data_base64"],
  ["aws_launch_template", "user_data"],
  ["aws_spot_instance_request", "user_data", "user_data_base64"],
  ["aws_ssm_association", "parameters"],
  ["aws_ssm_maintenance_window_task", "task_invocation_parameters"],
];

/** `AWS::ECS::TaskDefinition` is `awscc_ecs_task_definition`, and its properties are in snake case too. */
const snake = (name: string): string => name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();

function commandRows(): readonly (readonly [string, Caller])[] {
  return commands.flatMap(([type, ...inside]): (readonly [string, Caller])[] => {
    const names = /Association|Remediation|MaintenanceWindow/i.test(type.replaceAll("_", "")) ? commandOrName : command;
    const row = (name: string, properties: readonly string[]) => [name, { ...integration(properties), names }] as const;
    const [, service, name] = /^AWS::(\w+)::(\w+)$/.exec(type) ?? [];
    if (service === undefined || name === undefined) return [row(type, inside)];
    return [row(type, inside), row(`awscc_${service.toLowerCase()}_${snake(name)}`, inside.map(snake))];
  });
}

/** Whether commands that are in a value call SageMaker; a text in Base64 is decoded. */
export function namesCommand(node: Node | undefined): boolean {
  return matches(command, node);
}

/** The same for a resource of any type, and for the parameters of any event. */
export function namesPlainCommand(node: Node | undefined): boolean {
  return node !== undefined && ((mentions(node) && plainCommand.test(textIn(node))) || decodes(plainCommand, node));
}

/** Whether a text names SageMaker, or hides letters in escapes. Most resources do neither, and writing them out takes long. */
function mentions(node: Node): boolean {
  if (node.kind === "scalar") return typeof node.value === "string" && /sagemaker|\\[ux]/i.test(node.value);
  if (node.kind === "list") return node.items.some(mentions);
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => mentions(value));
}

/** Whether a name is in a value, or in a text of it that is written in Base64. */
export function matches(names: RegExp, node: Node | undefined): boolean {
  return node !== undefined && (isIn(names, textIn(node)) || decodes(names, node));
}

/** In a text that stands in another text, quotes, line breaks and tabs are escapes. */
const escapes = /(?<!\\)\\+(?:([nrt])|(?="))/g;

function isIn(names: RegExp, text: string): boolean {
  if (names.test(text)) return true;
  return text.includes("\\") && names.test(text.replaceAll(escapes, (_, space) => (space === undefined ? "" : " ")));
}

function decodes(names: RegExp, node: Node): boolean {
  if (node.kind === "scalar") return isIn(names, unescaped(decoded(node.value)));
  if (node.kind === "list") return node.items.some((item) => decodes(names, item));
  return node.kind === "map" && [...node.entries.values()].some(({ value }) => decodes(names, value));
}

function decoded(value: unknown): string {
  if (typeof value !== "string" || value.length < 16 || !/^[\w+/\s]+={0,2}$/.test(value.trimEnd())) return "";
  const digits = value.replaceAll(/\s/g, "");
  const padding = digits.length - digits.replace(/=+$/, "").length;
  // What is no Base64 makes `atob` throw, which takes longer than everything else that is done for a resource.
  const isWhole = padding === 0 ? digits.length % 4 !== 1 : digits.length % 4 === 0;
  return isWhole && !digits.includes("_") ? atob(digits) : "";
}

/** Resources that call SageMaker without a resource of SageMaker in the file. */
const callers: ReadonlyMap<string, Caller> = new Map([
  ...commandRows(),
  [
    "AWS::StepFunctions::StateMachine",
    machine(["DefinitionString", "Definition"], ["DefinitionS3Location"], "DefinitionSubstitutions"),
  ],
  ["AWS::Serverless::StateMachine", machine(["Definition"], ["DefinitionUri"], "DefinitionSubstitutions")],
  ["AWS::Scheduler::Schedule", target("Target")],
  ["AWS::SSM::Document", document("Content")],
  ["AWS::Events::Rule", target("Targets")],
  ["AWS::Pipes::Pipe", target("Target", "Enrichment")],
  ["AWS::ApiGateway::Method", api(["Integration"])],
  ["AWS::ApiGateway::RestApi", api(["Body"], ["BodyS3Location"])],
  ["AWS::ApiGatewayV2::Api", api(["Body"], ["BodyS3Location"])],
  ["AWS::ApiGatewayV2::Integration", api(["IntegrationUri", "IntegrationSubtype", "RequestParameters"])],
  ["AWS::Serverless::Api", api(["DefinitionBody"], ["DefinitionUri"])],
  ["AWS::Serverless::HttpApi", api(["DefinitionBody"], ["DefinitionUri"])],
  ["AWS::AppSync::DataSource", integration(["HttpConfig"])],
  ["AWS::IoT::TopicRule", { ...integration(["TopicRulePayload"]), names: signedFor }],
  ["awscc_iot_topic_rule", { ...integration(["topic_rule_payload"]), names: signedFor }],
  ["AWS::Lambda::Function", code("Code")],
  ["AWS::Serverless::Function", code("InlineCode")],
  ["AWS::CodeBuild::Project", code("Source", "SecondarySources")],
  ["aws_sfn_state_machine", caller(["definition"])],
  [
    "awscc_stepfunctions_state_machine",
    machine(["definition_string", "definition"], ["definition_s3_location"], "definition_substitutions"),
  ],
  ["aws_scheduler_schedule", target("target")],
  ["awscc_scheduler_schedule", target("target")],
  ["aws_ssm_document", document("content")],
  ["aws_cloudwatch_event_target", target("arn", "sagemaker_pipeline_target")],
  ["awscc_events_rule", target("targets")],
  ["aws_pipes_pipe", target("target", "enrichment")],
  ["awscc_pipes_pipe", target("target", "enrichment")],
  ["aws_api_gateway_integration", integration(["uri"])],
  ["awscc_apigateway_method", integration(["integration"])],
  ["aws_api_gateway_rest_api", integration(["body"])],
  ["awscc_apigateway_rest_api", integration(["body"], ["body_s3_location"])],
  ["aws_apigatewayv2_api", integration(["body"])],
  ["awscc_apigatewayv2_api", integration(["body"], ["body_s3_location"])],
  ["aws_apigatewayv2_integration", integration(["integration_uri", "integration_subtype", "request_parameters"])],
  ["awscc_apigatewayv2_integration", integration(["integration_uri", "integration_subtype", "request_parameters"])],
  ["aws_appsync_datasource", integration(["http_config"])],
  ["awscc_appsync_data_source", integration(["http_config"])],
  ["aws_codebuild_project", code("source", "secondary_sources")],
  ["awscc_codebuild_project", code("source", "secondary_sources")],
  ["awscc_lambda_function", code("code")],
  ["aws_lambda_invocation", integration(["input"])],
  ["helm_release", integration(["chart", "repository", "set", "set_list", "set_sensitive", "set_wo", "values"])],
  // The controllers of SageMaker for Kubernetes make resources from manifests.
  ["kubernetes_manifest", caller(["manifest"])],
  ["kubectl_manifest", caller(["yaml_body"])],
  ["awscc_ssm_document", document("content")],
]);

/** A definition that the file holds in full or in parts, as every definition of Step Functions has this member. */
const hasDefinition = /StartAt/;

/** Whether resources of a type call AWS services as their definition says. */
export function isCaller(type: string): boolean {
  return callers.has(type);
}

/** Whether the parameters of an event define calls of SageMaker, in the forms of the service that they are for. */
export function definesCalls(source: string, parameters: Node | undefined): boolean {
  const type = source.startsWith("ssm.") ? "AWS::SSM::Document" : "AWS::StepFunctions::StateMachine";
  const names = callers.get(type)?.names;
  return names !== undefined && matches(names, parameters);
}

/** Why a resource with a command in it cannot be judged by its type alone. */
export const commandReason: Reason = {
  expression: "a command that calls SageMaker",
  decidedBy: "a review of the command",
};

const expanded: Reason = {
  expression: "properties that a macro or an include brings",
  decidedBy: "the template as CloudFormation expands it",
};

/**
 * Why the calls that a resource makes cannot be judged; `undefined` for types that make none, and for definitions that do
 * not name SageMaker. A command of the AWS CLI or of an SDK counts in a resource of any type.
 */
export function hiddenCalls(
  type: string,
  properties: Node | undefined,
  resolve: (node: Node) => Node | undefined = (node) => node,
  typeOf: (name: string) => string | undefined = () => undefined,
): Reason | undefined {
  const found = callers.get(type);
  const reason = found === undefined ? undefined : callsOf(found, properties, resolve, typeOf);
  if (reason !== undefined || properties === undefined) return reason;
  return namesPlainCommand(written(properties, resolve)) ? commandReason : undefined;
}

/** Why the calls of a resource whose type makes some cannot be judged. */
function callsOf(
  found: Caller,
  properties: Node | undefined,
  resolve: (node: Node) => Node | undefined,
  typeOf: (name: string) => string | undefined,
): Reason | undefined {
  if (properties?.kind === "unknown") return found.deciding === nothing ? undefined : properties;
  if (isExpanded(properties)) return expanded;
  const given = found.substitutions === undefined ? undefined : entry(properties, found.substitutions);
  for (const name of found.inside) {
    const node = entry(properties, name);
    if (node === undefined) continue;
    const resolved = resolve(node);
    const whole = written(node, resolve);
    if (
      matches(found.names, node) ||
      (whole !== node && matches(found.names, whole)) ||
      (given !== undefined && matchesSubstituted(found.names, textIn(whole), given, resolve))
    )
      return {
        expression: `${name} names SageMaker, or a call that may make its resources`,
        decidedBy: `a review of the calls, or guard.enforce on each input`,
      };
    if (includes(node)) return expanded;
    if (found.deciding === nothing) continue;
    if (resolved?.kind === "unknown" && !hasDefinition.test(textIn(node)))
      return { expression: resolved.expression, decidedBy: resolved.decidedBy };
    const open = openPart(node, { resolve, typeOf }, found.deciding);
    if (open !== undefined) return { expression: open.expression, decidedBy: open.decidedBy };
  }
  for (const name of found.elsewhere) {
    const node = entry(properties, name);
    if (node !== undefined && !isNull(node))
      return { expression: `${name}: a definition in another file`, decidedBy: "the definition in this file" };
  }
  return undefined;
}

/** A definition may have this many readings before it counts as one that is not known. */
const MAX_READINGS = 64;

/** A longer definition counts as one that is not known; Step Functions takes 1 MiB. */
const MAX_LENGTH = 4_194_304;

/** Whether a definition with the values of its substitutions in it has a name; each branch of a condition is a value. */
function matchesSubstituted(
  names: RegExp,
  text: string,
  given: Node,
  resolve: (node: Node) => Node | undefined,
): boolean {
  const places = /\$\{([^{}]+)\}/g;
  const choices = new Map<string, readonly string[]>();
  let longest = text.length;
  let readings: readonly ReadonlyMap<string, string>[] = [new Map()];
  for (const [whole, name = ""] of text.matchAll(places)) {
    let values = choices.get(whole);
    if (values === undefined) {
      const value = entry(given, name) ?? entry(given, name.trim());
      values = value === undefined ? [] : scalarsIn(written(value, resolve));
      choices.set(whole, values);
      if (readings.length * values.length > MAX_READINGS) return true;
      const [only] = values;
      // Most values have one text: it stands in every reading.
      if (values.length === 1 && only !== undefined)
        for (const reading of readings) (reading as Map<string, string>).set(whole, only);
      else if (values.length > 1)
        readings = readings.flatMap((reading) => (values ?? []).map((text) => new Map([...reading, [whole, text]])));
    }
    longest += Math.max(0, ...values.map(({ length }) => length));
    if (longest > MAX_LENGTH) return true;
  }
  return readings.some((reading) =>
    isIn(
      names,
      text.replaceAll(places, (whole) => reading.get(whole) ?? whole),
    ),
  );
}

/** The texts and numbers in a value. */
function scalarsIn(node: Node): readonly string[] {
  if (node.kind === "scalar") return [String(node.value)];
  return node.kind === "list" ? node.items.flatMap(scalarsIn) : [];
}

/** Whether a macro or an include gives a part of a value. */
export function includes(node: Node | undefined): boolean {
  if (node?.kind === "list") return node.items.some(includes);
  return (
    node?.kind === "map" && [...node.entries].some(([name, { value }]) => name === "Fn::Transform" || includes(value))
  );
}

/** What a template knows of its values. */
interface TemplateValues {
  readonly resolve: (node: Node) => Node | undefined;
  /** The type of a resource. */
  readonly typeOf: (name: string) => string | undefined;
}

/** Types whose values are any text: that of a custom resource, of another template, of a parameter in a store. */
const givesAnyText =
  /^(?:Custom::|AWS::CloudFormation::|AWS::Serverless::Application$|AWS::SSM::Parameter$|AWS::SecretsManager::)/;

/** A reference to a resource of the file is the name or ARN of that resource, unless its type gives any text. */
function openReference(node: Node, argument: Node, { resolve, typeOf }: TemplateValues): UnknownNode | undefined {
  const found = resolve(node);
  if (found?.kind !== "unknown" || found.text === undefined) return unknownIn(found);
  const name = textOf(argument)?.split(".", 1)[0] ?? textOf(argument.kind === "list" ? argument.items[0] : undefined);
  return givesAnyText.test(typeOf(name ?? "") ?? "") ? found : undefined;
}

/** Functions whose result is made of their arguments: each of them is looked at by itself. */
const composing: ReadonlySet<string> = new Set(["Fn::Join", "Fn::If", "Fn::ToJsonString", "Fn::Base64"]);

/**
 * The first part of a definition that is not known, and so may name SageMaker. References to resources of the same file and
 * pseudo parameters, such as the Region, cannot.
 */
function openPart(
  node: Node,
  file: TemplateValues,
  deciding: ReadonlySet<string> | undefined,
): UnknownNode | undefined {
  const { resolve } = file;
  if (node.kind === "unknown") return node.text === undefined ? node : undefined;
  if (node.kind === "scalar") return unknownIn(resolve(node));
  if (node.kind === "list") return firstOf(node.items, (item) => openPart(item, file, deciding));
  const [only] = node.entries;
  if (node.entries.size === 1 && only !== undefined && /^(?:Ref|Condition|Fn::.+)$/.test(only[0])) {
    const [name, { value }] = only;
    if (name === "Ref" && textOf(value)?.startsWith("AWS::") === true) return undefined;
    if (composing.has(name)) return openPart(value, file, undefined);
    if (name === "Ref" || name === "Fn::GetAtt") return openReference(node, value, file);
    if (name !== "Fn::Sub") return unknownIn(resolve(node));
    const [template, given] = value.kind === "list" ? value.items : [value];
    if (textOf(template) === undefined) return unknownIn(resolve(node));
    return firstOf(namesIn(textOf(template) ?? ""), (inner) => {
      const own = entry(given, inner);
      if (own !== undefined) return openPart(own, file, undefined);
      return inner.startsWith("AWS::") ? undefined : openPart(referenceTo(inner, node.at), file, undefined);
    });
  }
  return firstOf(node.entries, ([name, { value }]) =>
    deciding === undefined || deciding.has(name) ? openPart(value, file, undefined) : undefined,
  );
}

function unknownIn(node: Node | undefined): UnknownNode | undefined {
  return node?.kind === "unknown" && node.text === undefined ? node : undefined;
}

/** The names that `Fn::Sub` replaces. */
function namesIn(text: string): string[] {
  return [...new Set([...text.matchAll(/\$\{([^!{}][^{}]*)\}/g)].map(([, name = ""]) => name.trim()))];
}

function firstOf<Item, Found>(items: Iterable<Item>, find: (item: Item) => Found | undefined): Found | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** The text in a value, with escapes of JSON in JSON decoded. */
export function textIn(node: Node | undefined): string {
  return unescaped(JSON.stringify(plain(node) ?? ""));
}
