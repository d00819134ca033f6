import type { Resource } from "./resource-store.ts";
import { halted, type ResourceKind, settled, working } from "./resource-kind.ts";

/**
 * How resources change state: `manual` puts them into the state they end in at once and leaves jobs in progress until
 * they are stopped or `aws.setStatus` moves them; `afterMs` lets every change take that long on the clock.
 */
export type Progress = "manual" | { readonly afterMs: number };

const starting = ["Creating", "CREATING", "CreateInProgress", "Initializing", "Importing", "Pending"];
const updating = ["Updating", "UPDATING", "UpdateInProgress"];
const stopping = ["Stopping", "STOPPING"];
const deleting = ["Deleting", "DELETING", "DeleteInProgress"];
const finished = ["Completed", "COMPLETED", "Succeeded"];

type Change = Pick<Resource, "status" | "next">;

/** The state of a new resource, and the state that follows. */
export function onCreate(kind: ResourceKind, progress: Progress, now: number): Change {
  const { status } = kind;
  if (status === undefined) return { status: undefined };
  if (progress === "manual") return { status: status.initial };
  const isWork = working.includes(status.initial);
  const first = isWork ? status.initial : firstOf(starting, status.all);
  const last = isWork ? firstOf(finished, status.all) : status.initial;
  return change(first, last, status.initial, progress, now);
}

export function onUpdate(kind: ResourceKind, resource: Resource, progress: Progress, now: number): Change {
  const usual = resource.status;
  if (progress === "manual" || usual === undefined || !settled.includes(usual)) {
    return { status: usual, next: resource.next };
  }
  return change(firstOf(updating, kind.status?.all ?? []), usual, usual, progress, now);
}

export function onStop(kind: ResourceKind, progress: Progress, now: number): Change {
  const last = kind.status?.stopped;
  if (progress === "manual") return { status: last };
  return change(firstOf(stopping, kind.status?.all ?? []), last, last, progress, now);
}

export function onStart(kind: ResourceKind, progress: Progress, now: number): Change {
  return onCreate(kind, progress, now);
}

/** Undefined: the resource is removed at once. */
export function onDelete(kind: ResourceKind, progress: Progress, now: number): Change | undefined {
  const status = firstOf(deleting, kind.status?.all ?? []);
  if (progress === "manual" || status === undefined) return undefined;
  return { status, next: { at: now + progress.afterMs, status: "removed" } };
}

/** Whether a change is under way. */
export function isChanging({ status }: Resource): boolean {
  return (
    status !== undefined &&
    [...starting, ...updating, ...stopping, ...deleting, "RollingBack", "SystemUpdating"].includes(status)
  );
}

/** Whether a job has ended, so that it cannot be stopped. */
export function hasEnded({ status }: Resource): boolean {
  return status !== undefined && (finished.includes(status) || halted.includes(status) || /^failed$/i.test(status));
}

function change(
  first: string | undefined,
  last: string | undefined,
  otherwise: string | undefined,
  progress: { readonly afterMs: number },
  now: number,
): Change {
  if (first === undefined || last === undefined) return { status: last ?? otherwise };
  return { status: first, next: { at: now + progress.afterMs, status: last } };
}

function firstOf(names: readonly string[], all: readonly string[]): string | undefined {
  return names.find((name) => all.includes(name));
}
