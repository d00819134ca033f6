import type { StructureShape } from "../model/shape.ts";
import type { Input } from "../model/validate.ts";
import { answerWith } from "./answer.ts";
import { type Operate, scopeOf } from "./control-plane.ts";
import { knownMembers } from "./known-members.ts";
import { pageOf } from "./page.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";

/** One page of the resources of a kind, filtered and sorted as the input says. */
export function list(operate: Operate, kind: ResourceKind): Input {
  const { plane, operation, input, call } = operate;
  const entries = plane.resources
    .of(kind.noun, scopeOf(call))
    .map((resource) => ({ resource, known: knownMembers(plane, resource) }))
    .filter(({ resource, known }) =>
      Object.entries(input).every(([name, value]) => admits(name, value, resource, known)),
    )
    .toSorted((a, b) => byOrder(input)(a.resource, b.resource))
    .map(({ resource, known }) => ({ key: resource.arn, value: known }));
  const { page, next } = pageOf(operation.name, entries, input);
  return answerWith(operate, { [itemsMember(operate)]: page, ...next });
}

/** The member of a list's answer that holds the entries. */
export function itemsMember({ plane, operation }: Operate): string {
  const { members } = plane.model.shape(operation.output) as StructureShape;
  const found = [...members.values()].find(({ shape }) => plane.model.shape(shape).type === "list");
  return found?.name ?? "";
}

const notFilters = new Set(["NextToken", "MaxResults", "SortBy", "SortOrder"]);

/** Whether a filter of a list admits a resource. A filter on a member that is not known of the kind admits everything. */
function admits(name: string, value: unknown, resource: Resource, known: Input): boolean {
  if (notFilters.has(name)) return true;
  const [, member = "", relation = ""] = /^(.+?)(Equals|Contains|Prefix|After|Before)?$/.exec(name) ?? [];
  if (relation === "After" || relation === "Before") {
    const time = /modified|updated/i.test(member) ? resource.modifiedAt : resource.createdAt;
    return relation === "After" ? time > Number(value) * 1000 : time < Number(value) * 1000;
  }
  const own = member === "Name" ? resource.name : known[member];
  if (own === undefined) return !isKnown(member, resource);
  if (typeof own !== "string" || typeof value !== "string") return typeof own === "object" || own === value;
  if (relation === "Contains") return own.toLowerCase().includes(value.toLowerCase());
  if (relation === "Prefix") return own.startsWith(value);
  return own === value || own.endsWith(`/${value}`) || value.endsWith(`/${own}`);
}

/** Members that a resource of the kind has if it is set: a filter on it excludes resources without it. */
function isKnown(member: string, resource: Resource): boolean {
  return resource.kind === "ModelPackage" ? member === "ModelPackageGroupName" : /(?:Name|Id|Arn)$/.test(member);
}

/** Newest first by default. Resources of the same time keep the order in which they were created. */
function byOrder(input: Input): (a: Resource, b: Resource) => number {
  const direction = input["SortOrder"] === "Ascending" ? 1 : -1;
  const by = input["SortBy"];
  return (a, b) => {
    if (by === "Name") return direction * (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);
    if (by === "Status") return direction * (a.status ?? "").localeCompare(b.status ?? "");
    if (by === "LastModifiedTime") return direction * (a.modifiedAt - b.modifiedAt);
    return direction * (a.createdAt - b.createdAt);
  };
}
