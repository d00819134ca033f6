import type { Evaluate } from "../evaluate/evaluate.ts";
import type { Facts, ModelFacts } from "../facts.ts";
import { parseJson } from "./json.ts";
import { member } from "../evaluate/pointer.ts";

/** A step of a pipeline that calls an operation the rules know. */
export interface PipelineStep {
  readonly name: string;
  readonly action: string;
  readonly input: unknown;
}

/** What a pipeline would run, or why that cannot be seen. */
export interface PipelineSteps {
  readonly steps: readonly PipelineStep[];
  /** The networks of the models that its own steps make, by the reference that later steps use. */
  readonly models: Readonly<Record<string, ModelFacts>>;
  readonly fault?: string;
}

/**
 * The operation whose input a step's arguments are, by the step's type; `null` for those that run nothing of SageMaker's.
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

const none: PipelineSteps = { steps: [], models: {} };

/** The steps of the pipeline that a request defines; none for every other request. */
export function pipelineSteps(action: string, input: unknown): PipelineSteps {
  if (action !== "CreatePipeline" && action !== "UpdatePipeline") return none;
  if (member(input, "PipelineDefinitionS3Location") !== undefined)
    return { ...none, fault: "it stands in S3, where the guard does not see it" };
  const definition = member(input, "PipelineDefinition");
  if (definition === undefined && action === "UpdatePipeline") return none;
  const parsed = typeof definition === "string" ? parseJson(definition) : undefined;
  if (parsed === undefined) return { ...none, fault: "it is not JSON that can be read in one way only" };

  const steps: PipelineStep[] = [];
  const models: Record<string, ModelFacts> = {};
  const fault = collect(member(parsed.value, "Steps"));
  return fault === undefined ? { steps, models } : { steps, models, fault };

  function collect(list: unknown): string | undefined {
    if (!Array.isArray(list)) return "it has no list of steps";
    for (const step of list) {
      const type = member(step, "Type");
      const operation = typeof type === "string" ? operations[type] : undefined;
      const name = String(member(step, "Name"));
      const args = member(step, "Arguments");
      if (operation === undefined) return `its step ${name} has the type ${JSON.stringify(type)}, which no rule knows`;
      if (type === "Condition") {
        const nested = [member(args, "IfSteps"), member(args, "ElseSteps")].filter((branch) => branch !== undefined);
        for (const branch of nested) {
          const found = collect(branch);
          if (found !== undefined) return found;
        }
      } else if (operation !== null) steps.push({ name, action: versionOf(operation, args), input: resolve(args) });
      if (type === "Model") models[`Steps.${name}.ModelName`] = args as ModelFacts;
    }
    return undefined;
  }
}

/** One type of step stands for both versions of AutoML; the input's own field tells them apart. */
function versionOf(operation: string, args: unknown): string {
  const second = operation === "CreateAutoMLJob" && member(args, "AutoMLJobInputDataConfig") !== undefined;
  return second ? "CreateAutoMLJobV2" : operation;
}

/** A model that another step of the pipeline makes is known by its reference, which is no name a model can have. */
function resolve(args: unknown): unknown {
  const reference = member(member(args, "ModelName"), "Get");
  return typeof reference === "string" ? { ...(args as object), ModelName: reference } : args;
}

/**
 * Judges a pipeline by its steps, each as the request that it will be. A value that is only known when the pipeline runs
 * (`{ "Get": … }`) is none that a rule accepts.
 */
export function withPipelines(evaluate: Evaluate): Evaluate {
  return function evaluateAll(action, input, facts) {
    const findings = evaluate(action, input, facts);
    const { steps, models } = pipelineSteps(action, input);
    for (const step of steps) {
      // The pipeline sends these requests, not the caller: the caller's host says nothing about them.
      const known: Facts = { ...facts, host: undefined, models: { ...facts.models, ...models } };
      for (const finding of evaluate(step.action, step.input, known)) {
        const message = `In the step ${step.name}, at ${JSON.stringify(finding.path)}: ${finding.message}`;
        findings.push({ ...finding, action, path: "/PipelineDefinition", message });
      }
    }
    return findings;
  };
}
