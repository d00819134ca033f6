import { readFile } from "node:fs/promises";
import { checkOptions, nearestName, optional, shape, type Shapes, text } from "@countersign/signer/options";
import { refuseOption, TestingError } from "../error.ts";
import type { Input } from "../model/validate.ts";
import { accountShape, isObject } from "../shapes.ts";
import { arnWith, type ControlPlane } from "./control-plane.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource, ResourceStore } from "./resource-store.ts";
import { arnPath } from "./subject.ts";
import { setTags } from "./tags.ts";

/** A resource that exists without a request: state that a test starts from. */
export interface ResourceSpec {
  /** The noun of SageMaker's operations, such as `TrainingJob`. */
  readonly kind: string;
  /** Its members as `Create` takes them, and further members of `Describe`. Their names are checked, and not their values. */
  readonly members: Readonly<Record<string, unknown>>;
  /** Default: the state after creation. */
  readonly status?: string | undefined;
  /** Default: the first region. */
  readonly region?: string | undefined;
  /** Default: the first account. */
  readonly accountId?: string | undefined;
}

const resourceShapes: Shapes<ResourceSpec> = {
  kind: text,
  members: shape("an object", isObject),
  status: optional(text),
  region: optional(text),
  accountId: optional(accountShape),
};

/** The resources of the option `resources`: a list, or a JSON file with one. */
export async function readSeeds(
  given: readonly ResourceSpec[] | string | URL | undefined,
): Promise<readonly ResourceSpec[]> {
  if (given === undefined || Array.isArray(given)) return given ?? [];
  let list: unknown;
  try {
    list = JSON.parse(await readFile(given as string | URL, "utf8"));
  } catch (cause) {
    throw new TestingError(
      "INVALID_OPTION",
      "resources: must be a list of resources, or the path of a JSON file with one",
      { cause },
    );
  }
  return Array.isArray(list)
    ? (list as readonly ResourceSpec[])
    : refuseOption("resources: the file must hold a JSON list of resources");
}

interface SeedDefaults {
  readonly region: string;
  readonly accountId: string;
  readonly now: number;
  /** Makes an id of this length. */
  hex(length: number): string;
}

/** Stores a resource and returns its ARN. @throws {TestingError} `INVALID_OPTION` for an unknown kind. */
export function seedResource(plane: ControlPlane, given: ResourceSpec, defaults: SeedDefaults): string {
  const checked = checkOptions(given, resourceShapes, refuseOption);
  const { kind: noun, members, status } = checked;
  const kind = kindNamed(plane, noun, "kind");
  checkMembers(kind, members, "members");
  if (status !== undefined) checkStatus(kind, status);
  const scope = { region: checked.region ?? defaults.region, accountId: checked.accountId ?? defaults.accountId };
  const ids = Object.entries(kind.facts.ids ?? {}).map(([member, prefix]) => [member, prefix + defaults.hex(12)]);
  const { Tags: tags, ...all } = { ...(Object.fromEntries(ids) as Input), ...members } as Input;
  const givenArn = all[kind.arn];
  const arn = typeof givenArn === "string" ? givenArn : arnWith(kind.type, arnPath(kind, all), scope);
  const name = kind.name === undefined ? undefined : all[kind.name];
  if (typeof givenArn !== "string" && kind.path.some((member) => member === kind.name) && typeof name !== "string") {
    refuseOption(`members.${kind.name}: must be text, which names the resource`);
  }
  plane.resources.put({
    arn,
    kind: kind.noun,
    name: typeof name === "string" ? name : "",
    ...scope,
    members: { ...all, [kind.arn]: arn },
    status: status ?? kind.status?.initial,
    createdAt: defaults.now,
    modifiedAt: defaults.now,
  });
  setTags(plane, arn, tags);
  return arn;
}

/** @throws {TestingError} `INVALID_OPTION` for an unknown kind. */
export function kindNamed(plane: ControlPlane, noun: string, field: string): ResourceKind {
  return plane.kinds.get(noun) ?? refuseName(field, "a kind of resource of SageMaker", noun, [...plane.kinds.keys()]);
}

/** Refused, because no operation of the kind would ever return the member. */
function checkMembers({ noun, members: known, identity, facts }: ResourceKind, members: Input, field: string): void {
  const also = new Set([...identity, ...Object.keys(facts.ids ?? {}), ...Object.keys(facts.aliases ?? {}), "Tags"]);
  const unknown =
    known.size === 0 ? undefined : Object.keys(members).find((name) => !known.has(name) && !also.has(name));
  if (unknown !== undefined) refuseName(`${field}.${unknown}`, `a member of ${noun}`, unknown, [...known]);
}

function checkStatus({ noun, status: states }: ResourceKind, status: string): void {
  if (states === undefined) return refuseOption(`status: must be left out, because ${noun} has no states`);
  if (!states.all.includes(status)) refuseName("status", `one of ${states.all.join(", ")}`, status, states.all);
}

function refuseName(field: string, what: string, name: string, known: readonly string[]): never {
  const nearest = nearestName(name, known);
  return refuseOption(`${field}: must be ${what}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`);
}

/**
 * Moves a resource to a state. Every resource came through the control plane, so `plane` is loaded. @param more members that come with the state, such as `FailureReason`.
 *
 * @throws {TestingError} `UNKNOWN_RESOURCE` when there is no resource with this ARN.
 */
export function setStatus(
  resources: ResourceStore,
  plane: ControlPlane | undefined,
  arn: string,
  status: string,
  more: Input,
  now: number,
): void {
  text(status, "status", refuseOption);
  if (!isObject(more)) refuseOption("more: must be an object of members");
  const resource: Resource | undefined = resources.get(arn);
  if (resource === undefined) {
    throw new TestingError(
      "UNKNOWN_RESOURCE",
      "arn: must be the ARN of a resource of the local SageMaker; create it first",
    );
  }
  if (plane !== undefined) {
    const kind = kindNamed(plane, resource.kind, "kind");
    checkStatus(kind, status);
    checkMembers(kind, more, "more");
  }
  Object.assign(resource, { status, next: undefined, modifiedAt: now, members: { ...resource.members, ...more } });
}
