import type { OperationModel } from "../model/shape.ts";
import type { ServiceModel } from "../model/model.ts";
import type { Input } from "../model/validate.ts";
import type { Endpoints } from "../runtime/endpoint.ts";
import { type Call, callerOf } from "../world.ts";
import type { Progress } from "./progress.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource, ResourceStore, Scope } from "./resource-store.ts";

/** The state of SageMaker's control plane in one local AWS. */
export interface ControlState {
  readonly resources: ResourceStore;
  readonly endpoints: Endpoints;
  /** Tags by ARN, then by key. */
  readonly tags: Map<string, Map<string, string>>;
  /** Facts about resources that are not members: policies, associations, metadata. By topic, then by key. */
  readonly notes: Map<string, Map<string, Input>>;
  readonly progress: Progress;
  /** The most resources of a kind in an account and region, by noun. */
  readonly limits: Readonly<Record<string, number>>;
}

/** The state with the model that its operations follow. */
export interface ControlPlane extends ControlState {
  readonly model: ServiceModel;
  readonly kinds: ReadonlyMap<string, ResourceKind>;
}

/** One request to the control plane, validated. */
export interface Operate {
  readonly plane: ControlPlane;
  readonly operation: OperationModel;
  readonly input: Input;
  readonly call: Call;
}

/** The kind of this noun, which the model is known to have. */
export function kindOf(plane: ControlPlane, noun: string): ResourceKind {
  const kind = plane.kinds.get(noun);
  if (kind === undefined) throw new Error(`The model has no kind ${noun}.`);
  return kind;
}

/** The caller's account in the region of the request. */
export function scopeOf(call: Call): Scope {
  return { region: call.region, accountId: callerOf(call).accountId };
}

/** The notes of one topic. */
export function notesOf(plane: ControlPlane, topic: string): Map<string, Input> {
  const notes = plane.notes.get(topic) ?? new Map<string, Input>();
  plane.notes.set(topic, notes);
  return notes;
}

/** The resource's ARN, without the members before the type, from its members. */
export function arnWith(type: string, path: string, { region, accountId }: Scope): string {
  return `arn:aws:sagemaker:${region}:${accountId}:${type}/${path}`;
}

/** Seconds since the epoch, as answers hold times. */
export function secondsOf(call: Call): number {
  return call.world.clock.now() / 1000;
}

/** A noun as error messages write it: `training job`. */
export function words(noun: string): string {
  if (noun === "EndpointConfig") return "endpoint configuration";
  return noun.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

/** A resource's times as answers name them. */
export function timesOf({ createdAt, modifiedAt }: Resource): Input {
  const created = createdAt / 1000;
  const modified = modifiedAt / 1000;
  return {
    CreationTime: created,
    CreatedTime: created,
    CreateDate: created,
    CreatedAt: created,
    LastModifiedTime: modified,
    LastUpdatedTime: modified,
    LastUpdatedDate: modified,
    LastUpdateTime: modified,
    ModifiedTime: modified,
  };
}
