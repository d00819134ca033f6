import { randomBytes } from "node:crypto";
import type { Endpoints } from "../runtime/endpoint.ts";
import { table } from "../table.ts";
import { AwsError } from "../wire/aws-error.ts";
import { type Call, callerOf } from "../world.ts";
import { type ResourceKind, resourceKinds, type Verb } from "./resource-kind.ts";
import type { Resource, ResourceStore } from "./resource-store.ts";
import { checkCombination, checkName, checkRequired, checkVpcConfigs, type Input } from "./validation.ts";

/** One operation of the control plane, taken apart. */
export interface ControlOperation {
  readonly verb: Verb;
  /** Such as `TrainingJob`. */
  readonly noun: string;
  readonly kind: ResourceKind;
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

function arnOf(type: string, path: string, call: Call): string {
  return `arn:aws:sagemaker:${call.region}:${callerOf(call).accountId}:${type}/${path}`;
}

/** What the control plane works on. */
export interface ControlPlane {
  readonly resources: ResourceStore;
  readonly endpoints: Endpoints;
}

/** Carries an operation out. */
export function operate(plane: ControlPlane, operation: ControlOperation, input: Input, call: Call): unknown {
  const { verb, noun, kind } = operation;
  switch (verb) {
    case "Create":
      return create(plane, operation, input, call);
    case "Describe":
      return answer(kind, describe(noun, kind, findResource(plane, operation, input, call)));
    case "List":
      return list(plane, operation, input, call);
    case "Update": {
      const resource = findResource(plane, operation, input, call);
      checkVpcConfigs(input);
      resource.input = { ...resource.input, ...input };
      resource.modifiedAt = call.world.clock.now();
      return kind.wrapped === undefined ? identity(noun, kind, resource) : answer(kind, describe(noun, kind, resource));
    }
    case "Delete": {
      const resource = findResource(plane, operation, input, call);
      plane.resources.remove(resource.arn);
      if (noun === "Endpoint") plane.endpoints.remove(resource.name);
      return {};
    }
    default: {
      const resource = findResource(plane, operation, input, call);
      const [, initial, stopped] = kind.status ?? [];
      resource.status = verb === "Stop" ? stopped : initial;
      resource.modifiedAt = call.world.clock.now();
      return {};
    }
  }
}

function create(plane: ControlPlane, { noun, kind }: ControlOperation, input: Input, call: Call): unknown {
  checkRequired(input, [kind.name, ...kind.required]);
  checkName(kind, input);
  checkVpcConfigs(input);
  checkCombination(`Create${noun}`, input);
  checkReferences(plane, noun, input, call);
  const { path, given } = newIdentity(noun, kind, input, call);
  const arn = arnOf(kind.type, path, call);
  if (plane.resources.get(arn) !== undefined) throw taken(noun, kind, arn);
  const now = call.world.clock.now();
  const resource: Resource = {
    arn,
    kind: storedAs(noun),
    name: String(input[kind.name]),
    region: call.region,
    accountId: callerOf(call).accountId,
    input,
    given: { ...given, [arnMember(noun, kind)]: arn },
    status: kind.status?.[1],
    createdAt: now,
    modifiedAt: now,
  };
  plane.resources.put(resource);
  if (noun === "Endpoint" && !plane.endpoints.has(resource.name)) plane.endpoints.set(resource.name, "echo");
  return identity(noun, kind, resource);
}

/** Some kinds get an id of SageMaker's, and some are found by two names. */
function newIdentity(
  noun: string,
  kind: ResourceKind,
  input: Input,
  call: Call,
): { readonly path: string; readonly given: Input } {
  const id = (): string => randomBytes(6).toString("hex");
  const name = String(input[kind.name]);
  if (noun === "Domain") {
    const domainId = `d-${id()}`;
    return {
      path: domainId,
      given: { DomainId: domainId, Url: `https://${domainId}.studio.${call.region}.sagemaker.aws` },
    };
  }
  if (kind.key?.[0] === "Arn") return { path: `app-${id().toUpperCase()}`, given: {} };
  if (kind.key?.length === 2) return { path: `${String(input[kind.key[0] ?? ""])}/${name}`, given: {} };
  if (noun === "NotebookInstance") {
    return { path: name, given: { Url: `${name}.notebook.${call.region}.sagemaker.aws` } };
  }
  return { path: name, given: {} };
}

/** What must be there already. */
function checkReferences(plane: ControlPlane, noun: string, input: Input, call: Call): void {
  const must = (type: string, name: unknown, called: string): void => {
    const arn = arnOf(type, String(name), call);
    if (plane.resources.get(arn) === undefined)
      throw new AwsError("ValidationException", `Could not find ${called} "${arn}".`);
  };
  if (noun === "Endpoint") must("endpoint-config", input["EndpointConfigName"], "endpoint configuration");
  if (noun === "TransformJob") must("model", input["ModelName"], "model");
  const variants = noun === "EndpointConfig" ? input["ProductionVariants"] : undefined;
  for (const variant of Array.isArray(variants) ? (variants as readonly Input[]) : []) {
    if (variant["ModelName"] !== undefined) must("model", variant["ModelName"], "model");
  }
}

/** The resource that an operation acts on, of the caller's own account. */
export function findResource(plane: ControlPlane, operation: ControlOperation, input: Input, call: Call): Resource {
  const { kind, noun } = operation;
  checkRequired(input, kind.key ?? [kind.name]);
  const arn = resourceArn(operation, input, call);
  const found = plane.resources.get(arn);
  // An ARN may name another account's; nothing is shared between accounts here.
  const resource = found?.accountId === callerOf(call).accountId ? found : undefined;
  if (resource?.kind !== storedAs(noun)) {
    throw new AwsError(kind.missing ?? "ResourceNotFound", missingMessage(noun, kind, arn));
  }
  checkState(operation, resource);
  return resource;
}

/** The state that a verb leads to, as error messages call it. */
const transitions = table({ Update: "Updating", Delete: "Deleting", Start: "Pending" });

function checkState({ verb, noun, kind }: ControlOperation, { status, arn }: Resource): void {
  const [, , stopped] = kind.status ?? [];
  if (kind.whileStopped?.includes(verb) !== true || status === stopped) return;
  const goal = transitions[verb] ?? verb;
  throw new AwsError(
    "ValidationException",
    `Status (${status}) not in ([${stopped}, Failed]). Unable to transition to (${goal}) for ${words(noun)} (${arn}).`,
  );
}

/** The second version of AutoML's operations works on the jobs of the first. */
function storedAs(noun: string): string {
  return noun === "AutoMLJobV2" ? "AutoMLJob" : noun;
}

function missingMessage(noun: string, kind: ResourceKind, arn: string): string {
  if (noun === "NotebookInstance") return "RecordNotFound";
  if (kind.missing === "ValidationException" && noun.endsWith("Job")) return "Requested resource not found.";
  return `Could not find ${words(noun)} "${arn}".`;
}

function taken(noun: string, kind: ResourceKind, arn: string): AwsError {
  const code = kind.conflict ?? "ResourceInUse";
  if (code === "ResourceInUse" && noun.endsWith("Job")) {
    const what = words(noun);
    const sentence = `${what.charAt(0).toUpperCase()}${what.slice(1)} names must be unique within an AWS account and region, and a ${what} with this name already exists (${arn})`;
    return new AwsError(code, sentence);
  }
  return new AwsError(code, `Cannot create already existing ${words(noun)} "${arn}".`);
}

function words(noun: string): string {
  return noun.replaceAll(/(?<=[a-z])(?=[A-Z])/g, " ").toLowerCase();
}

function arnMember(noun: string, kind: ResourceKind): string {
  return kind.arn ?? `${noun}Arn`;
}

/** What `Create` and `Update` answer: the ARN and the ids. */
function identity(noun: string, kind: ResourceKind, { given }: Resource): Input {
  const { DomainId, Url } = given as { readonly DomainId?: string; readonly Url?: string };
  const member = arnMember(noun, kind);
  return { [member]: given[member], ...(noun === "Domain" ? { DomainId, Url } : {}) };
}

function describe(noun: string, kind: ResourceKind, resource: Resource): Input {
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

function answer(kind: ResourceKind, members: Input): Input {
  return kind.wrapped === undefined ? members : { [kind.wrapped]: members };
}

function list(plane: ControlPlane, { noun, kind }: ControlOperation, input: Input, call: Call): Input {
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
