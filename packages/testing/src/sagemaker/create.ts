import type { Input } from "../model/validate.ts";
import { AwsError } from "../wire/aws-error.ts";
import type { Call } from "../world.ts";
import { answerAbout } from "./answer.ts";
import { arnWith, type ControlPlane, type Operate, scopeOf, words } from "./control-plane.ts";
import { onCreate } from "./progress.ts";
import { checkReferences } from "./references.ts";
import type { ResourceKind } from "./resource-kind.ts";
import type { Resource } from "./resource-store.ts";
import { arnPath } from "./subject.ts";
import { setTags } from "./tags.ts";

/** Creates a resource and answers with its ARN and ids. */
export function create(operate: Operate, kind: ResourceKind, more: Input = {}): Input {
  const repeated = createdBefore(operate, kind);
  if (repeated !== undefined) return answerAbout(operate, repeated);
  checkCombination(operate);
  checkReferences(operate, kind);
  return answerAbout(operate, store(operate, kind, more));
}

/** Stores a new resource. @param more members beside the input's. */
export function store(operate: Operate, kind: ResourceKind, more: Input = {}): Resource {
  const { plane, input, call } = operate;
  const scope = scopeOf(call);
  const { Tags: tags, ...given } = input;
  const members = { ...given, ...idsOf(kind, call), ...more };
  const arn = arnWith(kind.type, arnPath(kind, members), scope);
  const name = kind.name === undefined ? undefined : (members as Input)[kind.name];
  checkUnique(plane, kind, arn, name, call);
  const now = call.world.clock.now();
  const givenStatus = kind.status === undefined ? undefined : (members as Input)[kind.status.member];
  const resource: Resource = {
    arn,
    kind: kind.noun,
    name: typeof name === "string" ? name : "",
    ...scope,
    members: { ...members, [kind.arn]: arn },
    ...onCreate(kind, plane.progress, now),
    ...(typeof givenStatus === "string" ? { status: givenStatus, next: undefined } : {}),
    createdAt: now,
    modifiedAt: now,
    request: requestOf(input),
  };
  plane.resources.put(resource);
  setTags(plane, arn, tags);
  if (kind.noun === "Endpoint") plane.endpoints.create(resource.name);
  return resource;
}

function idsOf(kind: ResourceKind, call: Call): Input {
  return Object.fromEntries(
    Object.entries(kind.facts.ids ?? {}).map(([member, prefix]) => {
      const id = call.world.ids.hex(12);
      return [member, prefix + (prefix === "app-" ? id.toUpperCase() : id)];
    }),
  );
}

function requestOf(input: Input): Resource["request"] {
  const token = input["ClientRequestToken"] ?? input["ClientToken"];
  return typeof token === "string" ? { token, input: JSON.stringify(input) } : undefined;
}

/** A repeated request with the same idempotency token gets the answer of the first one. */
function createdBefore({ plane, operation, input, call }: Operate, kind: ResourceKind): Resource | undefined {
  const request = requestOf(input);
  if (request === undefined) return undefined;
  const before = plane.resources
    .of(kind.noun, scopeOf(call))
    .find((resource) => resource.request?.token === request.token);
  if (before !== undefined && before.request?.input !== request.input) {
    const code = operation.errors.includes("ConflictException") ? "ConflictException" : "ValidationException";
    throw new AwsError(code, "The request token was used before, with other parameters.");
  }
  return before;
}

function checkUnique(plane: ControlPlane, kind: ResourceKind, arn: string, name: unknown, call: Call): void {
  const others = plane.resources.of(kind.noun, scopeOf(call));
  const limit = plane.limits[kind.noun];
  const sameName = kind.facts.ids !== undefined && kind.facts.sameNames !== true && typeof name === "string";
  const taken = others.find((other) => other.arn === arn || (sameName && other.name === name));
  if (taken !== undefined) throw takenError(kind, taken.arn);
  if (limit !== undefined && others.length >= limit) {
    throw new AwsError(
      "ResourceLimitExceeded",
      `The account-level service limit 'Total number of ${words(kind.noun)}s' is ${limit} ${kind.noun}s, with current utilization of ${others.length} ${kind.noun}s and a request delta of 1 ${kind.noun}s.`,
    );
  }
}

function takenError({ noun, conflict }: ResourceKind, arn: string): AwsError {
  const what = words(noun);
  if (conflict === "ResourceInUse" && noun.endsWith("Job")) {
    const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)} names must be unique within an AWS account and region, and a ${what} with this name already exists (${arn})`;
    return new AwsError(conflict, sentence);
  }
  return new AwsError(conflict, `Cannot create already existing ${what} "${arn}".`);
}

/** Rules of single operations about members together. */
function checkCombination({ operation, input }: Operate): void {
  if (
    operation.name === "CreateNotebookInstance" &&
    input["DirectInternetAccess"] === "Disabled" &&
    input["SubnetId"] === undefined
  ) {
    throw new AwsError(
      "ValidationException",
      "DirectInternetAccess can be set to Disabled only if you set a value for the SubnetId parameter.",
    );
  }
}
