import type { Mapping } from "./mapping.ts";
import { type Entry, type MapNode, type Node } from "./node.ts";
import { plainName } from "./plain-name.ts";
import type { Spelling } from "./input/to-input.ts";

/** A request that a resource leads to. */
export interface ResourceRequest {
  /** What follows the address of the resource. */
  readonly suffix: string;
  readonly mapping: Mapping;
  readonly properties: Node | undefined;
}

const policyMapping: Mapping = { action: "PutModelPackageGroupPolicy", renamed: {}, left: new Set() };

/**
 * The requests that a resource leads to. CloudFormation, and awscc after it, put the definition of a pipeline into an object
 * of its own, and the policy of a model package group into the group: the API has an operation for the policy.
 */
export function requestsOf(
  mapping: Mapping,
  properties: Node | undefined,
  spelling: Spelling,
): readonly ResourceRequest[] {
  const only = [{ suffix: "", mapping, properties: withDefinition(mapping, properties, spelling) }];
  const policy =
    mapping.action === "CreateModelPackageGroup" ? named(properties, "ModelPackageGroupPolicy", spelling) : undefined;
  if (policy === undefined || isNull(policy.value)) return only;
  const name = named(properties, "ModelPackageGroupName", spelling);
  const entries = new Map<string, Entry>([["ResourcePolicy", policy]]);
  if (name !== undefined) entries.set("ModelPackageGroupName", name);
  const put: MapNode = { kind: "map", entries, at: policy.at };
  return [...only, { suffix: "/ModelPackageGroupPolicy", mapping: policyMapping, properties: put }];
}

function withDefinition({ action }: Mapping, properties: Node | undefined, spelling: Spelling): Node | undefined {
  if (action !== "CreatePipeline" || properties?.kind !== "map") return properties;
  const definition = named(properties, "PipelineDefinition", spelling);
  if (definition?.value.kind !== "map") return properties;
  const body = named(definition.value, "PipelineDefinitionBody", spelling);
  const location = named(definition.value, "PipelineDefinitionS3Location", spelling);
  if (body === undefined && location === undefined) return properties;
  const entries = new Map([...properties.entries].filter(([, entry]) => entry !== definition));
  if (body !== undefined) entries.set("PipelineDefinition", body);
  if (location !== undefined) entries.set("PipelineDefinitionS3Location", location);
  return { ...properties, entries };
}

/** A member of an object, under the name that the language of the file gives it. */
function named(node: Node | undefined, name: string, { loose }: Spelling): Entry | undefined {
  if (node?.kind !== "map") return undefined;
  if (!loose) return node.entries.get(name);
  const wanted = plainName(name);
  return [...node.entries].find(([candidate]) => plainName(candidate) === wanted)?.[1];
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}
