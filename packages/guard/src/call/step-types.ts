import { member } from "../evaluate/pointer.ts";

/**
 * The operation that a step of a type calls with its arguments; `null` for steps that run nothing in SageMaker.
 *
 * https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/
 */
const operations: Readonly<Record<string, string | null>> = Object.assign(
  Object.create(null) as Record<string, string | null>,
  {
    Training: "CreateTrainingJob",
    Processing: "CreateProcessingJob",
    QualityCheck: "CreateProcessingJob",
    ClarifyCheck: "CreateProcessingJob",
    Transform: "CreateTransformJob",
    Tuning: "CreateHyperParameterTuningJob",
    AutoML: "CreateAutoMLJob",
    Model: "CreateModel",
    RegisterModel: "CreateModelPackage",
    EndpointConfig: "CreateEndpointConfig",
    InferenceComponent: "CreateInferenceComponent",
    Endpoint: "CreateEndpoint",
    Condition: null,
    Callback: null,
    Lambda: null,
    EMR: null,
    EMRServerless: null,
    Fail: null,
  },
);

/** Operations that share a type of step with another one: a member of their input tells them apart. */
const alternatives: Readonly<Record<string, readonly [member: string, operation: string]>> = {
  CreateAutoMLJob: ["AutoMLJobInputDataConfig", "CreateAutoMLJobV2"],
  // The schema gives steps that make the configuration of an endpoint the type of those that make the endpoint.
  CreateEndpoint: ["ProductionVariants", "CreateEndpointConfig"],
};

/** The operation that a step calls; `null` for a step that runs nothing in SageMaker, `undefined` for an unknown type. */
export function operationOf(type: unknown, args: unknown): string | null | undefined {
  const operation = typeof type === "string" ? operations[type] : undefined;
  const [name, other] = alternatives[operation ?? ""] ?? [];
  return name !== undefined && member(args, name) !== undefined ? other : operation;
}

/** Types of step that run a function, wait for a worker behind a queue, or run an application on a cluster. */
const unseenTypes: ReadonlySet<unknown> = new Set(["Callback", "Lambda", "EMR", "EMRServerless"]);

/** Whether the work of a step of this type is defined outside the pipeline. */
export function isUnseen(type: unknown): type is string {
  return unseenTypes.has(type);
}

/** The functions of a definition that give a value when the pipeline runs; https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps.html. */
export const references: readonly string[] = ["Get", "Std:Join", "Std:JsonGet"];

/** The lists of steps in the arguments of a condition. */
export const BRANCHES = ["IfSteps", "ElseSteps"] as const;

/** The only version of the language of pipelines. */
const VERSION = "2020-12-01";

/** Whether a definition is written in the version that the reader knows. A definition without a version is. */
export function isKnownVersion(version: unknown): boolean {
  return version === undefined || version === VERSION;
}

const common: ReadonlySet<string> = new Set(["Name", "Type", "DependsOn", "DisplayName", "Description", "Arguments"]);

/** The arguments of steps that call no operation, so that no model of an operation says which members they have. */
const controlArguments: ReadonlyMap<unknown, ReadonlySet<string>> = new Map([
  ["Condition", new Set<string>(["Conditions", ...BRANCHES])],
  ["Fail", new Set(["ErrorMessage"])],
]);

/** A name that a reader with another spelling takes for steps, or for what decides what a step does. */
const another = /steps$|^(?:type|arguments)$/;

/** A member of a pipeline's definition, beside its steps, that may hold steps. */
export function strayInDefinition(names: Iterable<string>): string | undefined {
  return find(names, (name) => name !== "Steps" && another.test(lettersOf(name)));
}

/**
 * A member of a step that may hold steps or arguments which are not read: one that no control step has, or one whose name is
 * another spelling of a known one.
 *
 * @param args names of the arguments; nothing for a step without them.
 */
export function strayInStep(type: unknown, names: Iterable<string>, args: Iterable<string>): string | undefined {
  const known = controlArguments.get(type);
  if (known === undefined) return find(names, (name) => !common.has(name) && another.test(lettersOf(name)));
  return find(names, (name) => !common.has(name)) ?? find(args, (name) => !known.has(name));
}

function find(names: Iterable<string>, isStray: (name: string) => boolean): string | undefined {
  for (const name of names) if (isStray(name)) return name;
  return undefined;
}

const lettersOf = (name: string): string => name.replaceAll(/[^a-z]/gi, "").toLowerCase();
