import type { Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";
import { answerAbout, answerWith } from "./answer.ts";
import { type Operate, words } from "./control-plane.ts";
import { findResource } from "./find-resource.ts";
import { hasEnded, isChanging, onDelete, onStart, onStop, onUpdate } from "./progress.ts";
import { checkNoChildren, checkReferences } from "./references.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";

/** Merges the input of an `Update` into a resource. */
export function update(operate: Operate, kind: ResourceKind): Input {
  const { plane, input, call } = operate;
  const resource = findResource(operate, kind);
  checkState(kind, resource, "Update");
  checkReferences(operate, kind);
  const now = call.world.clock.now();
  const change = Object.entries(input).filter(
    ([member]) => !kind.identity.has(member) || resource.members[member] === undefined,
  );
  resource.members = { ...resource.members, ...Object.fromEntries(change) };
  const status = kind.status === undefined ? undefined : input[kind.status.member];
  Object.assign(resource, typeof status === "string" ? { status } : onUpdate(kind, resource, plane.progress, now));
  resource.modifiedAt = now;
  return answerAbout(operate, resource);
}

export function remove(operate: Operate, kind: ResourceKind): Input {
  const { plane, call } = operate;
  const resource = findResource(operate, kind);
  checkState(kind, resource, "Delete");
  checkNoChildren(operate, kind, resource);
  const change = onDelete(kind, plane.progress, call.world.clock.now());
  if (change === undefined) plane.resources.remove(resource.arn);
  else Object.assign(resource, change);
  plane.tags.delete(resource.arn);
  if (kind.noun === "Endpoint") plane.endpoints.remove(resource.name);
  return answerAbout(operate, resource);
}

export function stop(operate: Operate, kind: ResourceKind): Input {
  const { plane, call } = operate;
  const resource = findResource(operate, kind);
  const { whileStopped } = kind.facts;
  if (whileStopped !== undefined && resource.status !== kind.status?.initial) {
    throw wrongState(kind, resource, [kind.status?.initial], "Stopping");
  }
  if (whileStopped === undefined && hasEnded(resource)) {
    throw new AwsError(
      "ValidationException",
      `The request was rejected because the ${words(kind.noun)} is in status ${resource.status}.`,
    );
  }
  Object.assign(resource, onStop(kind, plane.progress, call.world.clock.now()));
  resource.modifiedAt = call.world.clock.now();
  return answerAbout(operate, resource);
}

export function start(operate: Operate, kind: ResourceKind): Input {
  const { plane, call } = operate;
  const resource = findResource(operate, kind);
  checkState(kind, resource, "Start");
  Object.assign(resource, onStart(kind, plane.progress, call.world.clock.now()));
  resource.modifiedAt = call.world.clock.now();
  return answerAbout(operate, resource);
}

/** An operation about a resource that changes nothing that is kept: the resource must exist. */
export function other(operate: Operate, kind: ResourceKind): Input {
  return answerAbout(operate, findResource(operate, kind), operate.input);
}

/** An operation about no resource. */
export function unrelated(operate: Operate): Input {
  return answerWith(operate, operate.input);
}

/** The state that a verb leads to, as error messages call it. */
const transitions = { Update: "Updating", Delete: "Deleting", Start: "Pending" } as const;

function checkState(kind: ResourceKind, resource: Resource, verb: keyof typeof transitions): void {
  const { status, arn } = resource;
  if (kind.facts.settled === true && isChanging(resource)) {
    throw new AwsError("ValidationException", `Cannot update in-progress ${words(kind.noun)} "${arn}".`);
  }
  const stopped = kind.status?.stopped;
  if (kind.facts.whileStopped?.includes(verb) !== true || status === stopped || status === "Failed") return;
  throw wrongState(kind, resource, [stopped, "Failed"], transitions[verb]);
}

function wrongState(
  kind: ResourceKind,
  { status, arn }: Resource,
  allowed: readonly (string | undefined)[],
  transition: string,
): AwsError {
  return new AwsError(
    "ValidationException",
    `Status (${status}) not in ([${allowed.join(", ")}]). Unable to transition to (${transition}) for ${words(kind.noun)} (${arn}).`,
  );
}
