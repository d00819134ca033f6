import { GuardError } from "../error.ts";
import { isTemplate, readCloudFormation } from "./cloudformation.ts";
import { hiddenCalls, isCaller } from "./hidden-calls.ts";
import type { Judged } from "./judged.ts";
import { type Entry, type MapNode, type Node, type Position, type UnknownNode, entry, textOf } from "./node.ts";
import { parse } from "./parse.ts";
import { type Reason, unjudgedResource } from "./unjudged-resource.ts";

/** Types of Terraform that hold a template of CloudFormation. */
const stacks: ReadonlySet<string> = new Set([
  "aws_cloudformation_stack",
  "aws_cloudformation_stack_set",
  "awscc_cloudformation_stack",
  "awscc_cloudformation_stack_set",
]);

/** Types of Terraform that make resources from a template elsewhere. */
const products: ReadonlySet<string> = new Set([
  // They bring the template of a stack set into accounts; the stack set itself may be older than the plan.
  "aws_cloudformation_stack_instances",
  "aws_cloudformation_stack_set_instance",
  "aws_servicecatalog_provisioned_product",
  "awscc_servicecatalog_cloudformation_provisioned_product",
  "aws_serverlessapplicationrepository_cloudformation_stack",
]);

/** Whether a type of Terraform may make resources or calls of SageMaker without a type of SageMaker. */
export function mayHide(type: string): boolean {
  return stacks.has(type) || products.has(type) || type === "aws_cloudcontrolapi_resource" || isCaller(type);
}

/** Types of CloudFormation that are of SageMaker, or may bring resources or calls of it. */
const bringers =
  /^$|^AWS::(?:CloudFormation|SageMaker|Scheduler|Serverless|ServiceCatalog|SSM|StepFunctions)::|::MODULE$/;

/** Whether a type of CloudFormation may bring resources or calls of SageMaker. */
export function hiddenIn(type: string): boolean {
  return bringers.test(type) || isCaller(type);
}

const elsewhere: Reason = {
  expression: "resources in a template that is not in the plan",
  decidedBy: "the template itself, read by the guard, or a literal template_body",
};

/** What a resource of another service brings of SageMaker: a template is read, everything else is unjudged. */
export function readHidden(
  address: string,
  type: string,
  values: Node | undefined,
  file: string | undefined,
  position: Position,
): Judged[] {
  const unjudged = (reason: Reason): Judged[] => [unjudgedResource(address, type, reason, file, position)];
  if (products.has(type)) return unjudged(elsewhere);
  if (stacks.has(type)) {
    // Of a stack that is made from a URL, the provider shows the body of the last time.
    const url = entry(values, "template_url");
    if (url?.kind === "unknown" || (textOf(url) ?? "") !== "") return unjudged(elsewhere);
    const body = entry(values, "template_body");
    if (body?.kind === "unknown") return unjudged(body);
    const text = textOf(body);
    const given = parametersOf(entry(values, "parameters"));
    // An account or a Region may get other parameters than the set.
    if (text === undefined || given === undefined || overrides(entry(values, "stack_instances_group")))
      return unjudged(elsewhere);
    return within(() => parse(text), given);
  }
  if (type === "aws_cloudcontrolapi_resource") {
    const named = entry(values, "type_name");
    const state = entry(values, "desired_state");
    if (named?.kind === "unknown") return unjudged(named);
    if (state?.kind === "unknown") return hiddenIn(textOf(named) ?? "") ? unjudged(state) : [];
    const text = textOf(state) ?? "";
    return within(() => templateOf(named, parse(text)), undefined);
  }
  const reason = hiddenCalls(type, values);
  return reason === undefined ? [] : unjudged(reason);

  function within(read: () => Node, given: MapNode | UnknownNode | undefined): Judged[] {
    try {
      const root = read();
      if (!isTemplate(root)) return unjudged(elsewhere);
      const nesting = {
        prefix: "",
        given: forEach(entry(root, "Parameters"), given),
        files: [file],
        facts: {},
        count: { read: 0 },
      };
      return readCloudFormation(root, { file }, () => position, nesting).map((judged) => ({
        ...judged,
        address: `${address}/${judged.address}`,
      }));
    } catch (error) {
      if (!(error instanceof GuardError)) throw error;
      return unjudged({ expression: "a template that cannot be read", decidedBy: "a template of JSON or YAML" });
    }
  }
}

/** Whether some stacks of a set may get parameters of their own. */
function overrides(groups: Node | undefined): boolean {
  if (groups === undefined || isNull(groups)) return false;
  if (groups.kind !== "list") return true;
  return groups.items.some((group) => {
    const given = entry(group, "parameter_overrides");
    if (group.kind !== "map") return true;
    return given !== undefined && !isNull(given) && !(given.kind === "list" && given.items.length === 0);
  });
}

/** A template with one resource, as the Cloud Control API makes it. */
function templateOf(type: Node | undefined, properties: Node): Node {
  const map = (entries: readonly (readonly [string, Node | undefined])[]): Node => ({
    kind: "map",
    at: 0,
    entries: new Map(
      entries.flatMap(([name, value]): [string, Entry][] => (value === undefined ? [] : [[name, { at: 0, value }]])),
    ),
  });
  const resource = map([
    ["Type", type],
    ["Properties", properties],
  ]);
  return map([["Resources", map([["resource", resource]])]]);
}

/** The values of declared parameters: where all of them are known after apply, as the provider says of defaults too, each is unknown. */
function forEach(declared: Node | undefined, given: MapNode | UnknownNode | undefined): MapNode | undefined {
  if (given?.kind !== "unknown") return given;
  const names = declared?.kind === "map" ? [...declared.entries.keys()] : [];
  return { kind: "map", entries: new Map(names.map((name) => [name, { at: given.at, value: given }])), at: given.at };
}

/**
 * The parameters of a stack: a map, or a list of keys and values. A value known after apply stays unknown: it decides instead of
 * the default. `undefined` for any other value.
 */
function parametersOf(node: Node | undefined): MapNode | UnknownNode | undefined {
  if (node === undefined || isNull(node)) return { kind: "map", entries: new Map(), at: 0 };
  if (node.kind !== "list") return node.kind === "scalar" ? undefined : node;
  const entries = new Map<string, Entry>();
  for (const item of node.items) {
    const key = textOf(entry(item, "parameter_key"));
    const value = entry(item, "parameter_value") ?? entry(item, "resolved_value");
    if (key === undefined || value === undefined) return undefined;
    entries.set(key, { at: item.at, value });
  }
  return { kind: "map", entries, at: node.at };
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
