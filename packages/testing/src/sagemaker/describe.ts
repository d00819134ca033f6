import { type Call, callerOf } from "../world.ts";
import type { ControlOperation, ControlPlane } from "./control-operation.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import type { Input } from "./validation.ts";

/** The member that holds the ARN of a kind. */
export function arnMember(noun: string, kind: ResourceKind): string {
  return kind.arn ?? `${noun}Arn`;
}

/** What `Create` and `Update` answer: the ARN and the ids. */
export function identity(noun: string, kind: ResourceKind, { given }: Resource): Input {
  const { DomainId, Url } = given as { readonly DomainId?: string; readonly Url?: string };
  const member = arnMember(noun, kind);
  return { [member]: given[member], ...(noun === "Domain" ? { DomainId, Url } : {}) };
}

/** All that is known of a resource. */
export function describe(noun: string, kind: ResourceKind, resource: Resource): Input {
  const times = {
    CreationTime: resource.createdAt / 1000,
    LastModifiedTime: resource.modifiedAt / 1000,
    ...(kind.wrapped === undefined
      ? {}
      : { CreateDate: resource.createdAt / 1000, LastUpdatedDate: resource.modifiedAt / 1000 }),
  };
  const status = kind.status === undefined ? {} : { [kind.status[0]]: resource.status };
  const secondary =
    noun === "TrainingJob" ? { SecondaryStatus: resource.status === "InProgress" ? "Starting" : "Stopped" } : {};
  const { Tags: _tags, ClientRequestToken: _token, ...input } = resource.input;
  return rename({ ...input, ...resource.given, ...status, ...secondary, ...times }, kind.renamed);
}

/** The answer of `Describe`: some kinds put it into a member of their own. */
export function answer(kind: ResourceKind, members: Input): Input {
  return kind.wrapped === undefined ? members : { [kind.wrapped]: members };
}

/** One page of the resources of a kind. */
export function list(plane: ControlPlane, { noun, kind }: ControlOperation, input: Input, call: Call): Input {
  const filter = { kind: noun, region: call.region, accountId: callerOf(call).accountId };
  const { resources, nextToken } = plane.resources.page(filter, input);
  const told: readonly string[] = [
    kind.name,
    arnMember(noun, kind),
    ...(kind.status === undefined ? [] : [kind.status[0]]),
    ...(kind.summary ?? []),
    "CreationTime",
    "LastModifiedTime",
  ];
  const entries = resources.map((resource) => {
    const all = describe(noun, kind, resource);
    const shown = told.map((member) => kind.renamed?.[member] ?? member);
    return rename(Object.fromEntries(shown.map((member) => [member, all[member]])), kind.listRenamed);
  });
  return { [kind.items ?? "Summaries"]: entries, ...(nextToken === undefined ? {} : { NextToken: nextToken }) };
}

function rename(members: Input, names: Readonly<Record<string, string>> = {}): Input {
  return Object.fromEntries(Object.entries(members).map(([member, value]) => [names[member] ?? member, value]));
}
