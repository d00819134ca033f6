import type { StructureShape } from "../model/shape.ts";
import { failed, type Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Call } from "../world.ts";
import { arnWith, type ControlPlane, type Operate, scopeOf, words } from "./control-plane.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import { arnPath } from "./subject.ts";

/** The resource that an operation acts on, of the caller's account. Of several versions, the newest. */
export function findResource({ plane, operation, input, call }: Operate, kind: ResourceKind): Resource {
  const known = plane.model.shape(operation.input) as StructureShape;
  const keys = [...kind.identity].filter((member) => known.members.has(member) && input[member] !== undefined);
  if (keys.length === 0) {
    const first = [...kind.identity].find((member) => known.members.has(member)) ?? kind.arn;
    throw failed([`Value null at '${first}' failed to satisfy constraint: Member must not be null`]);
  }
  const found = plane.resources
    .of(kind.noun, scopeOf(call))
    .findLast((resource) => keys.every((member) => refersTo(resource, member, input[member])));
  if (found === undefined) throw missing(kind, shownArn(kind, keys, input, call));
  return found;
}

/** The resource that a member of another resource refers to, by name, id or ARN. */
export function referredTo(plane: ControlPlane, kind: ResourceKind, value: unknown, call: Call): Resource | undefined {
  return plane.resources
    .of(kind.noun, scopeOf(call))
    .findLast((resource) => [...kind.identity].some((member) => refersTo(resource, member, value)));
}

/** A member may hold the name or id, or the ARN of the resource or of the resource that the member names. */
function refersTo(resource: Resource, member: string, value: unknown): boolean {
  const own = resource.members[member];
  if (own === value || resource.arn === value) return true;
  if (typeof value !== "string" || typeof own !== "string") return false;
  const arn = value.startsWith("arn:") ? value : own;
  const name = value.startsWith("arn:") ? own : value;
  return arn.startsWith("arn:") && arn.endsWith(`/${name}`);
}

export function missing(kind: ResourceKind, arn: string): AwsError {
  return new AwsError(kind.missing, missingMessage(kind, arn));
}

function missingMessage({ noun, missing: code }: ResourceKind, arn: string): string {
  if (noun === "NotebookInstance") return "RecordNotFound";
  if (code === "ValidationException" && noun.endsWith("Job")) return "Requested resource not found.";
  return `Could not find ${words(noun)} "${arn}".`;
}

function shownArn(kind: ResourceKind, keys: readonly string[], input: Input, call: Call): string {
  const arn = keys
    .map((member) => input[member])
    .find((value) => typeof value === "string" && value.startsWith("arn:"));
  return typeof arn === "string" ? arn : arnWith(kind.type, arnPath(kind, input), scopeOf(call));
}
