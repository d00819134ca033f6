import type { ServiceModel } from "../model/model.ts";
import type { Shape, StructureShape } from "../model/shape.ts";
import { kindFacts, type KindFacts } from "./kind-facts.ts";

/** A kind of resource: what the model tells of it, and what it does not. */
export interface ResourceKind {
  /** As in `CreateNOUN`. */
  readonly noun: string;
  /** In ARNs: `arn:…:TYPE/…`. */
  readonly type: string;
  /** The member that `Create` names it by; undefined: SageMaker names it. */
  readonly name: string | undefined;
  /** The member that holds its ARN. */
  readonly arn: string;
  /** The members that find it: its names, ids and ARNs. */
  readonly identity: ReadonlySet<string>;
  /** The members after the type in its ARN. */
  readonly path: readonly string[];
  /** The member that holds its state, the state after creation, the state after `Stop`, and all states. */
  readonly status:
    | {
        readonly member: string;
        readonly initial: string;
        readonly stopped: string | undefined;
        readonly all: readonly string[];
      }
    | undefined;
  /** The members that its operations know; empty: no operation describes it. */
  readonly members: ReadonlySet<string>;
  /** The error code for a name that is taken. */
  readonly conflict: string;
  /** The error code for a resource that does not exist. */
  readonly missing: string;
  readonly facts: KindFacts;
}

/** Nouns whose operations work on the resources of another noun. */
const sameAs: Readonly<Record<string, string>> = { AutoMLJobV2: "AutoMLJob" };

/** Kinds that `Create` does not make: an operation of another name does, or AWS itself. */
const further = [
  "Device",
  "HubContent",
  "JobSchemaVersion",
  "LineageGroup",
  "PipelineExecution",
  "ReservedCapacity",
  "SubscribedWorkteam",
] as const;

/** Creating something that is not a resource: URLs, and references or stages within another resource. */
const notResources =
  /^Create(?:Presigned\w+|PartnerAppPresignedUrl|HubContentPresignedUrls|HubContentReference|EdgeDeploymentStage)$/;

/** Every kind of resource of SageMaker, by noun. */
export function readKinds(model: ServiceModel): ReadonlyMap<string, ResourceKind> {
  const created = [...model.operations.keys()].filter((name) => name.startsWith("Create") && !notResources.test(name));
  const nouns = [...created.map((name) => name.slice("Create".length)), ...further];
  return new Map(nouns.map((noun) => [noun, readKind(model, noun)]));
}

function readKind(model: ServiceModel, noun: string): ResourceKind {
  const facts = kindFacts[noun] ?? {};
  const input = (operation: string): StructureShape | undefined => structureOf(model, operation, "input");
  const output = (operation: string): StructureShape | undefined => structureOf(model, operation, "output");
  const created = output(`Create${noun}`);
  const described = output(`Describe${noun}`);
  const found = [...(input(`Describe${noun}`)?.members.values() ?? [])].filter(({ required }) => required);
  const name =
    facts.name ??
    [`${sameAs[noun] ?? noun}Name`, "Name", "JobDefinitionName", "JobName", "TrackingServerName"].find((member) =>
      (input(`Create${noun}`) ?? input(`Describe${noun}`))?.members.has(member),
    );
  const arns = [...(created?.members.keys() ?? [])].filter((member) => member.endsWith("Arn"));
  const arn =
    [`${noun}Arn`, ...arns, "Arn"].find((member) => (created ?? described)?.members.has(member)) ?? `${noun}Arn`;
  return {
    noun: sameAs[noun] ?? noun,
    type: facts.type ?? typeOf(model, created, arn) ?? typeOf(model, described, arn) ?? kebab(noun),
    name,
    arn,
    identity: new Set([
      ...found.map((member) => member.name),
      ...(name === undefined ? [] : [name]),
      arn,
      ...(facts.path ?? []),
    ]),
    path: facts.path ?? (name === undefined ? [arn] : [name]),
    status: statusOf(model, noun, described, facts),
    members: new Set(
      [
        ...(input(`Create${noun}`)?.members.keys() ?? []),
        ...(input(`Update${noun}`)?.members.keys() ?? []),
        ...describedMembers(model, described),
      ].concat(found.length === 0 && described === undefined ? [] : [arn, "Tags"]),
    ),
    conflict: errorOf(model, `Create${noun}`, ["ResourceInUse", "ConflictException"]),
    missing: errorOf(model, `Describe${noun}`, ["ResourceNotFound"]),
    facts,
  };
}

/** Some answers hold one structure that describes the resource: its members count. */
function describedMembers(model: ServiceModel, described: StructureShape | undefined): readonly string[] {
  const own = [...(described?.members.values() ?? [])];
  const [only] = own;
  const inner = only !== undefined && own.length === 1 ? model.shape(only.shape) : undefined;
  return [...own.map(({ name }) => name), ...(inner?.type === "structure" ? inner.members.keys() : [])];
}

function structureOf(model: ServiceModel, operation: string, side: "input" | "output"): StructureShape | undefined {
  const name = model.operations.get(operation)?.[side];
  const shape: Shape | undefined = name === undefined || name === "" ? undefined : model.shape(name);
  return shape?.type === "structure" ? shape : undefined;
}

/** The type in the pattern of an ARN's shape, such as `arn:aws[a-z\-]*:sagemaker:…:training-job/.*`. */
function typeOf(model: ServiceModel, structure: StructureShape | undefined, member: string): string | undefined {
  const shape = structure?.members.get(member)?.shape;
  const arn = shape === undefined ? undefined : model.shape(shape);
  const pattern = arn?.type === "string" ? arn.pattern : undefined;
  return /:([a-z]+(?:-[a-z]+)*)\\?\//.exec(pattern ?? "")?.[1];
}

function statusOf(
  model: ServiceModel,
  noun: string,
  described: StructureShape | undefined,
  facts: KindFacts,
): ResourceKind["status"] {
  const candidates = [...(described?.members.values() ?? [])];
  const member =
    candidates.find(({ name }) => name === `${noun.replace(/V2$/, "")}Status` || name === "Status") ??
    candidates.find(({ name }) => noun.endsWith(name.replace(/Status$/, "")) && name.endsWith("Status"));
  const shape = member === undefined ? undefined : model.shape(member.shape);
  if (member === undefined || shape?.type !== "string" || shape.options === undefined) return undefined;
  const all = shape.options;
  const stops = model.operations.has(`Stop${noun.replace(/V2$/, "")}`);
  const first = (names: readonly string[]): string | undefined => names.find((name) => all.includes(name));
  const initial =
    facts.states?.[0] ?? first(stops ? [...working, ...settled] : [...settled, ...working]) ?? all[0] ?? "";
  return { member: member.name, initial, stopped: facts.states?.[1] ?? (stops ? first(halted) : undefined), all };
}

/** The names that models give to the states of a resource that is at work, ready, and stopped. */
export const working: readonly string[] = ["InProgress", "INPROGRESS", "IN_PROGRESS", "Executing"];
export const settled: readonly string[] = [
  "InService",
  "Active",
  "Available",
  "Created",
  "CREATED",
  "CreateCompleted",
  "Completed",
  "COMPLETED",
  "Succeeded",
  "Scheduled",
];
export const halted: readonly string[] = ["Stopped", "STOPPED"];

/** The first of these codes that an operation declares. SageMaker reports what it does not model as a validation error. */
function errorOf(model: ServiceModel, operation: string, codes: readonly string[]): string {
  const declared = model.operations.get(operation)?.errors ?? [];
  return codes.find((code) => declared.includes(code)) ?? "ValidationException";
}

function kebab(noun: string): string {
  return noun.replaceAll(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, "-").toLowerCase();
}
