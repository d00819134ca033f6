import type { Facts } from "../facts.ts";
import { createResolver } from "./intrinsics/resolver.ts";
import { commandReason, hiddenCalls, includes, matches, namesCommand, namesPlainCommand } from "./hidden-calls.ts";
import type { Judged, ReadOptions } from "./judged.ts";
import { mappingOf } from "./mapping.ts";
import { type Node, type Position, type ScalarNode, entry, isExpanded, nameSaid, plain, textOf } from "./node.ts";
import { type Nesting, readNestedTemplate } from "./nested-stacks.ts";
import { requestsOf } from "./resource-requests.ts";
import { type LocatedInput, type Spelling, toInput } from "./input/to-input.ts";
import { type Reason, unjudgedResource } from "./unjudged-resource.ts";
import { written } from "./written.ts";

/** The only transforms that leave resources of SageMaker as they are written. */
const transparent: ReadonlySet<string> = new Set([
  "AWS::Serverless-2016-10-31",
  "AWS::LanguageExtensions",
  "AWS::SecretsManager-2020-07-23",
  "AWS::SecretsManager-2024-09-16",
]);

const expanded: Reason = {
  expression: "a macro that may add or change resources",
  decidedBy: "the template as CloudFormation expands it",
};

/** A section of files for Rain, and for the AWS CLI to come: https://github.com/aws/aws-cli/pull/9124. */
const packaged: Reason = {
  expression: "modules that are in other files",
  decidedBy: "the template as it is packaged for CloudFormation, such as by rain pkg",
};

const initReason: Reason = {
  expression: "commands of cfn-init that call SageMaker, or that an include brings",
  decidedBy: "a review of the commands",
};

/** CloudFormation's names are the API's. */
const exact: Spelling = { loose: false };

/** Whether a file is a template of CloudFormation or SAM. */
export function isTemplate(root: Node): boolean {
  return entry(root, "Resources")?.kind === "map";
}

/** Reads the resources of SageMaker of a template, and whatever may bring further ones. */
export function readCloudFormation(
  root: Node,
  options: ReadOptions,
  positionOf: (offset: number) => Position,
  nesting: Nesting = { prefix: "", given: undefined, files: [options.file], facts: {}, count: { read: 0 } },
): Judged[] {
  const { file, parameters } = options;
  const { prefix } = nesting;
  const resources = entry(root, "Resources");
  const declared = entry(root, "Parameters");
  const { resolve, condition } = createResolver({
    mappings: entry(root, "Mappings"),
    conditions: entry(root, "Conditions"),
    parameter(name) {
      const given = parameters !== undefined && Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      const declaration = entry(declared, name);
      if (declaration === undefined && !name.startsWith("AWS::")) return undefined;
      const type = textOf(entry(declaration, "Type")) ?? "";
      const at = declaration?.at ?? 0;
      const open: Node = { kind: "unknown", expression: `Ref ${name}`, decidedBy: `--parameters ${name}=VALUE`, at };
      // The given value or the default of an SSM parameter is the name of an entry in the parameter store. Its own value is
      // what that entry holds, which only CloudFormation reads.
      if (type.startsWith("AWS::SSM::"))
        return { ...open, decidedBy: "the parameter store, or a parameter of type String" };
      const passed = nesting.given?.entries.get(name)?.value;
      if (passed !== undefined && declaration !== undefined) return passedValue(passed, type, at);
      if (given !== undefined) return parameterValue({ kind: "scalar", value: given, at }, type, at);
      if (isExpanded(declared) || isExpanded(declaration)) return open;
      const fallback = entry(declaration, "Default");
      return fallback?.kind === "scalar" && fallback.value !== null ? parameterValue(fallback, type, at) : open;
    },
    resource: (name, attribute) =>
      entry(resources, name) === undefined
        ? undefined
        : {
            text: tokenOf(`${prefix}${name}`, attribute),
            // The facts have the model under this name.
            known: attribute === "ModelName" && textOf(entry(resources, name, "Type")) === "AWS::SageMaker::Model",
          },
  });
  const typeOf = (name: string): string | undefined => textOf(entry(resources, name, "Type"));
  const judged: Judged[] = [];
  const unjudged = (address: string, type: string, at: number, reason: Reason): void => {
    judged.push(unjudgedResource(`${prefix}${address}`, type, reason, file, positionOf(at)));
  };

  const modules = entry(root, "Modules");
  if (modules !== undefined) unjudged("Modules", "Modules", modules.at, packaged);
  const include = entry(root, "Fn::Transform");
  if (include !== undefined) unjudged("Fn::Transform", "Fn::Transform", include.at, expanded);
  const transforms = plain(entry(root, "Transform"));
  for (const transform of [transforms].flat())
    if (transform !== undefined && !(typeof transform === "string" && transparent.has(transform)))
      unjudged(
        "Transform",
        typeof transform === "string" ? transform : "Fn::Transform",
        entry(root, "Transform")?.at ?? 0,
        expanded,
      );

  const made = new Map<
    string,
    {
      readonly type: string;
      readonly action: string;
      readonly located: LocatedInput;
      readonly at: number;
      readonly unresolved: Judged["unresolved"];
    }
  >();
  const nestedStacks: { readonly address: string; readonly type: string; readonly at: number; readonly value: Node }[] =
    [];
  for (const [address, { at, value }] of resources?.kind === "map" ? resources.entries : []) {
    const type = textOf(entry(value, "Type")) ?? "";
    if (entry(value, "Fn::Transform") !== undefined && !address.startsWith("Fn::")) {
      unjudged(address, type === "" ? "Fn::Transform" : type, at, expanded);
      continue;
    }
    if (type === "" && !address.startsWith("Fn::")) {
      unjudged(address, "no type", at, { expression: "a resource without a Type", decidedBy: "a Type that is text" });
      continue;
    }
    const named = nameSaid(entry(value, "Condition"), (name) => entry(root, "Conditions", name) !== undefined);
    if (named !== undefined && condition(named) === false) continue;
    const mapping = mappingOf(type);
    if (address.startsWith("Fn::"))
      unjudged(address, address, at, { expression: address, decidedBy: "the template as CloudFormation expands it" });
    else if (mapping === "unmapped")
      unjudged(address, type, at, {
        expression: `the type ${type}`,
        decidedBy: "a release of the guard that knows the type",
      });
    else if (mapping !== undefined) {
      const properties = entry(value, "Properties");
      const resolved = properties === undefined ? undefined : resolve(properties);
      if (resolved?.kind === "unknown") {
        unjudged(address, type, at, resolved);
        continue;
      }
      const unresolved = commandsIn(mapping, properties, resolve, entry(value, "Metadata"));
      for (const request of requestsOf(mapping, resolved, exact)) {
        const located = toInput(request.properties, request.mapping, exact, at);
        made.set(`${address}${request.suffix}`, { type, action: request.mapping.action, located, at, unresolved });
      }
    } else if (type === "AWS::CloudFormation::Stack" || type === "AWS::Serverless::Application")
      nestedStacks.push({ address, type, at, value });
    else if (isHidden(type, value, resolve)) unjudged(address, type, at, hidden);
    else if (hasCommands(entry(value, "Metadata"), resolve)) unjudged(address, type, at, initReason);
    else {
      const reason = hiddenCalls(type, entry(value, "Properties"), resolve, typeOf);
      if (reason !== undefined) unjudged(address, type, at, reason);
    }
  }

  const own = factsOf(made, resources, resolve, prefix);
  const facts: Facts = {
    models: { ...nesting.facts.models, ...own.models },
    subnetZones: { ...nesting.facts.subnetZones, ...own.subnetZones },
  };
  for (const { address, type, at, value } of nestedStacks) {
    const template = readNestedTemplate(value, options, nesting);
    if (template === undefined || !isTemplate(template.root)) {
      unjudged(address, type, at, hidden);
      continue;
    }
    // What a macro or an include brings may name another template, or other parameters.
    if (isExpanded(entry(value, "Properties"))) {
      unjudged(address, type, at, expanded);
      continue;
    }
    const given = entry(value, "Properties", "Parameters");
    const resolved = given === undefined ? undefined : resolve(given);
    const within: Nesting = {
      ...nesting,
      prefix: `${prefix}${address}/`,
      given: resolved?.kind === "map" ? resolved : undefined,
      files: [...nesting.files, template.file],
      facts,
    };
    // Parameters that cannot be seen may replace each default.
    if (resolved?.kind === "unknown") unjudged(address, type, at, resolved);
    else if (resolved !== undefined && resolved.kind !== "map") unjudged(address, type, at, notMap);
    else
      judged.push(
        ...readCloudFormation(template.root, nestedOptions(options, template.file), template.positionOf, within),
      );
  }
  for (const [address, { type, action, located, at, unresolved }] of made)
    judged.push({
      address: `${prefix}${address}`,
      type,
      action,
      input: located.input,
      facts,
      unresolved,
      file,
      ...positionOf(at),
      locate: (pointer) => positionOf(located.offsetOf(pointer)),
    });
  return judged;
}

/** A script of a notebook or the command of a container; a pipeline is judged by its steps. */
function commandsIn(
  { action }: { readonly action: string },
  properties: Node | undefined,
  resolve: (node: Node) => Node | undefined,
  metadata: Node | undefined,
): Judged["unresolved"] {
  // No rule reads the script of a lifecycle, so no rule says that an include brings it.
  if (action.endsWith("LifecycleConfig") && includes(properties)) return [{ path: "", ...expanded }];
  if (hasCommands(metadata, resolve)) return [{ path: "", ...initReason }];
  if (action === "CreatePipeline" || properties === undefined) return [];
  return namesPlainCommand(written(properties, resolve)) ? [{ path: "", ...commandReason }] : [];
}

/** The text that stands for a resource of the template. */
function tokenOf(name: string, attribute: string | undefined): string {
  return `\${${attribute === undefined ? name : `${name}.${attribute}`}}`;
}

const hidden: Reason = {
  expression: "resources in another template, or calls of a custom resource",
  decidedBy: "the other template, or the code of the custom resource",
};

const notMap: Reason = { expression: "parameters that are not an object", decidedBy: "an object of names and values" };

/** A nested stack sees the pseudo parameters of the stack around it; its own parameters are those that this one gives. */
function nestedOptions({ parameters, nested }: ReadOptions, file: string): ReadOptions {
  const pseudo = Object.entries(parameters ?? {}).filter(([name]) => name.startsWith("AWS::"));
  return { file, nested, parameters: Object.fromEntries(pseudo) };
}

/** The value that the stack around gives to a parameter: a text, or a list of texts. */
function passedValue(value: Node, type: string, at: number): Node {
  if (value.kind === "scalar" && value.value !== null) return parameterValue(value, type, at);
  const isHolder = ({ kind }: Node): boolean => kind === "list" || kind === "map";
  // CloudFormation takes no other value, and each stack could nest the value of the one around it.
  if (value.kind === "map" || (value.kind === "list" && value.items.some(isHolder)))
    return {
      kind: "unknown",
      expression: "an object, or a list in a list",
      decidedBy: "a text or a list of texts",
      at,
    };
  return value.kind === "scalar" ? { kind: "unknown", expression: "null", decidedBy: "a value", at } : value;
}

function parameterValue(given: ScalarNode, type: string, at: number): Node {
  const value = String(given.value);
  if (!/^(?:CommaDelimitedList|List<)/.test(type)) return { ...given, value, at };
  if (given.also !== undefined) return { kind: "list", items: [{ ...given, value, at }], at };
  return { kind: "list", items: value.split(",").map((item) => ({ kind: "scalar", value: item.trim(), at })), at };
}

/** Whether commands of cfn-init call SageMaker, or stand in an include. */
function hasCommands(metadata: Node | undefined, resolve: (node: Node) => Node | undefined): boolean {
  if (metadata === undefined) return false;
  const init = entry(metadata, "AWS::CloudFormation::Init");
  return isExpanded(metadata) || includes(init) || (init !== undefined && namesCommand(written(init, resolve)));
}

const serviceName = /sagemaker/i;

/** Whether a resource may create resources of SageMaker that the file does not show. */
function isHidden(type: string, resource: Node, resolve: (node: Node) => Node | undefined): boolean {
  if (type === "AWS::CloudFormation::StackSet") return true;
  if (type.endsWith("::MODULE") || type === "AWS::ServiceCatalog::CloudFormationProvisionedProduct") return true;
  // The CDK's AwsCustomResource may have any custom type, and a type of a registry runs code of its owner.
  if (type.startsWith("AWS::") && type !== "AWS::CloudFormation::CustomResource") return false;
  if (serviceName.test(type)) return true;
  const properties = entry(resource, "Properties");
  if (properties?.kind !== "map") return properties !== undefined;
  if (isExpanded(properties)) return true;
  return [...properties.entries].some(
    ([name, { value }]) =>
      name !== "ServiceToken" &&
      (includes(value) ||
        serviceName.test(name) ||
        matches(serviceName, value) ||
        matches(serviceName, written(value, resolve))),
  );
}

/** The models and subnets of the template, by the text that stands for them and by their own names. */
function factsOf(
  made: ReadonlyMap<string, { readonly type: string; readonly located: LocatedInput }>,
  resources: Node | undefined,
  resolve: (node: Node) => Node | undefined,
  prefix: string,
): Pick<Facts, "models" | "subnetZones"> {
  const models: Record<string, object> = Object.create(null) as Record<string, object>;
  const subnetZones: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [address, { type, located }] of made) {
    if (type !== "AWS::SageMaker::Model") continue;
    models[tokenOf(`${prefix}${address}`, "ModelName")] = located.input;
    const named = Object.getOwnPropertyDescriptor(located.input, "ModelName")?.value as unknown;
    if (typeof named === "string") models[named] = located.input;
  }
  for (const [address, { value }] of resources?.kind === "map" ? resources.entries : []) {
    if (textOf(entry(value, "Type")) !== "AWS::EC2::Subnet") continue;
    const given = entry(value, "Properties", "AvailabilityZone");
    const zone = given === undefined ? undefined : textOf(resolve(given));
    if (zone === undefined) continue;
    subnetZones[tokenOf(`${prefix}${address}`, undefined)] = zone;
    subnetZones[tokenOf(`${prefix}${address}`, "SubnetId")] = zone;
  }
  return { models, subnetZones };
}
