import type { Endpoints } from "../runtime/endpoint.ts";
import { type Call, callerOf } from "../world.ts";
import { type ResourceKind, resourceKinds, type Verb } from "./resource-kind.ts";
import type { ResourceStore } from "./resource-store.ts";
import type { Input } from "./validation.ts";

/** One operation of the control plane, taken apart. */
export interface ControlOperation {
  readonly verb: Verb;
  /** Such as `TrainingJob`. */
  readonly noun: string;
  readonly kind: ResourceKind;
}

/** What the control plane works on. */
export interface ControlPlane {
  readonly resources: ResourceStore;
  readonly endpoints: Endpoints;
}

const verbs: readonly Verb[] = ["Create", "Describe", "List", "Update", "Delete", "Stop", "Start"];

/** Finds the verb and the kind in a name such as `ListTrainingJobs`; undefined: not served. */
export function controlOperation(name: string): ControlOperation | undefined {
  const verb = verbs.find((each) => name.startsWith(each));
  if (verb === undefined) return undefined;
  const rest = name.slice(verb.length);
  const noun = verb === "List" ? Object.keys(resourceKinds).find((each) => plural(each) === rest) : rest;
  const kind = noun === undefined ? undefined : resourceKinds[noun];
  return noun === undefined || kind?.verbs.includes(verb) !== true ? undefined : { verb, noun, kind };
}

function plural(noun: string): string {
  return noun.endsWith("y") ? `${noun.slice(0, -1)}ies` : `${noun}s`;
}

/** The ARN that an operation acts on, for policies; `*` where IAM knows none. */
export function resourceArn({ verb, kind }: ControlOperation, input: Input, call: Call): string {
  if (verb === "List") return "*";
  const key = verb === "Create" ? (kind.key?.length === 2 ? kind.key : [kind.name]) : (kind.key ?? [kind.name]);
  const parts = key.map((member) => textOf(input[member]));
  return parts[0]?.startsWith("arn:") === true ? parts[0] : arnOf(kind.type, parts.join("/"), call);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "*";
}

/** The ARN of a resource of the caller's. */
export function arnOf(type: string, path: string, call: Call): string {
  return `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:${type}/${path}`;
}

/** The second version of AutoML's operations works on the jobs of the first. */
export function storedAs(noun: string): string {
  return noun === "AutoMLJobV2" ? "AutoMLJob" : noun;
}

/** A noun as error messages write it: `training job`. */
export function words(noun: string): string {
  return noun.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}
