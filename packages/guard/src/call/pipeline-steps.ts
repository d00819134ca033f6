import type { ModelFacts } from "../facts.ts";
import { quote } from "../quote.ts";
import { parseJson } from "./json.ts";
import { member } from "../evaluate/pointer.ts";

/** A pipeline step that calls an operation of the SageMaker API. */
export interface PipelineStep {
  readonly name: string;
  readonly action: string;
  readonly input: unknown;
}

/** A step whose work is defined elsewhere: in a function, behind a queue, on a cluster. */
export interface UnseenStep {
  readonly name: string;
  readonly type: string;
}

/** The calls that a pipeline makes when it runs. */
export interface PipelineSteps {
  readonly steps: readonly PipelineStep[];
  /** Steps that run code of their own, which no rule sees. */
  readonly unseen: readonly UnseenStep[];
  /** The models that its own steps create, by the reference that later steps use. */
  readonly models: Readonly<Record<string, ModelFacts>>;
  /** Why the steps, or some of them, cannot be seen. */
  readonly fault?: string;
}

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
    Endpoint: null,
    Condition: null,
    Callback: null,
    Lambda: null,
    EMR: null,
    EMRServerless: null,
    Fail: null,
  },
);

/** Types of step that run a function, wait for a worker behind a queue, or run an application on a cluster. */
const unseenTypes: ReadonlySet<unknown> = new Set(["Callback", "Lambda", "EMR", "EMRServerless"]);

/** Whether the work of a step of this type is defined outside the pipeline. */
export function isUnseen(type: unknown): type is string {
  return unseenTypes.has(type);
}

const none: PipelineSteps = { steps: [], unseen: [], models: {} };

/** The steps read last from an input: the rules and the look-ups ask for the same definition several times. */
const read = new WeakMap<object, { readonly definition: unknown; readonly result: PipelineSteps }>();

/** The steps of the pipeline that a request defines; none for every other request. */
export function pipelineSteps(action: string, input: unknown): PipelineSteps {
  if (action !== "CreatePipeline" && action !== "UpdatePipeline") return none;
  if (member(input, "PipelineDefinitionS3Location") !== undefined)
    return { ...none, fault: "the definition is in S3, which the guard does not read" };
  const definition = member(input, "PipelineDefinition");
  if (definition === undefined && action === "UpdatePipeline") return none;
  const known = read.get(input as object);
  if (known?.definition === definition && known !== undefined) return known.result;
  const parsed = typeof definition === "string" ? parseJson(definition) : undefined;
  const result =
    parsed === undefined
      ? { ...none, fault: "the definition is not JSON, or names a member twice" }
      : stepsOf(parsed.value);
  if (typeof input === "object" && input !== null) read.set(input, { definition, result });
  return result;
}

/** The steps of a parsed pipeline definition, those inside conditions included. */
function stepsOf(definition: unknown): PipelineSteps {
  const steps: PipelineStep[] = [];
  const unseen: UnseenStep[] = [];
  const models: Record<string, ModelFacts> = Object.create(null) as Record<string, ModelFacts>;
  const fault = collect(member(definition, "Steps"));
  return fault === undefined ? { steps, unseen, models } : { steps, unseen, models, fault };

  /** Conditions nest as deep as their author likes: the lists that wait are kept here and not on the call stack. */
  function collect(outermost: unknown): string | undefined {
    const waiting: unknown[] = [outermost];
    while (waiting.length > 0) {
      const next = waiting.pop();
      if (next instanceof Iteration) {
        const { done, value: step } = next.steps.next();
        if (done === true) continue;
        waiting.push(next);
        const fault = take(step, waiting);
        if (fault !== undefined) return fault;
      } else if (Array.isArray(next)) waiting.push(new Iteration(next.values()));
      else return "the definition has no list of steps";
    }
    return undefined;
  }

  function take(step: unknown, waiting: unknown[]): string | undefined {
    const type = member(step, "Type");
    const args = member(step, "Arguments");
    const operation = operationOf(type, args);
    const given = member(step, "Name");
    const name = typeof given === "string" ? given.slice(0, 256) : "without a name";
    if (operation === undefined) return `the step ${name} has the type ${quote(type)}, which no rule knows`;
    if (type === "Condition") {
      // The last one pushed is read first.
      for (const branch of [member(args, "ElseSteps"), member(args, "IfSteps")])
        if (branch !== undefined) waiting.push(branch);
    } else if (isUnseen(type)) unseen.push({ name, type });
    else if (operation !== null) steps.push({ name, action: operation, input: resolve(args) });
    if (type === "Model") models[`Steps.${name}.ModelName`] = args as ModelFacts;
    return undefined;
  }
}

/** A list of steps that has been begun. */
class Iteration {
  readonly steps: Iterator<unknown>;
  constructor(steps: Iterator<unknown>) {
    this.steps = steps;
  }
}

/** The operation that a step calls; `null` for a step that runs nothing in SageMaker, `undefined` for an unknown type. */
export function operationOf(type: unknown, args: unknown): string | null | undefined {
  const operation = typeof type === "string" ? operations[type] : undefined;
  // Steps of both versions of AutoML have one type; a member of their input tells them apart.
  const second = operation === "CreateAutoMLJob" && member(args, "AutoMLJobInputDataConfig") !== undefined;
  return second ? "CreateAutoMLJobV2" : operation;
}

/** Puts the reference to a model that another step creates where its name stands. No name of a model has that form. */
function resolve(args: unknown): unknown {
  const reference = member(member(args, "ModelName"), "Get");
  return typeof reference === "string" ? { ...(args as object), ModelName: reference } : args;
}
