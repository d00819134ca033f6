import type { Input } from "../../model/validate.ts";
import { isObject } from "../../shapes.ts";
import { AwsError } from "../../wire/aws-error.ts";
import { answerAbout, answerWith } from "../answer.ts";
import { kindOf, notesOf, type Operate } from "../control-plane.ts";
import { update } from "../change.ts";
import { create } from "../create.ts";
import { findResource, missing, referredTo } from "../find-resource.ts";
import { onStart } from "../progress.ts";
import { pageOf } from "../page.ts";

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreatePipeline.html */
export function createPipeline(operate: Operate): Input {
  checkDefinition(operate.input);
  return create(operate, kindOf(operate.plane, "Pipeline"));
}

export function updatePipeline(operate: Operate): Input {
  checkDefinition(operate.input);
  return update(operate, kindOf(operate.plane, "Pipeline"));
}

/** A definition that is given in the request is JSON of the one version that there is, with steps of different names. */
function checkDefinition({ PipelineDefinition: text }: Input): void {
  if (text === undefined) return;
  const refuse = (reason: string): never => {
    throw new AwsError("ValidationException", `Unable to parse pipeline definition. ${reason}`);
  };
  const definition = parsed(text);
  if (!isObject(definition)) return refuse("It must be a JSON object.");
  if (definition["Version"] !== "2020-12-01") return refuse("Version must be 2020-12-01.");
  const { Steps: steps } = definition;
  if (!Array.isArray(steps) || !steps.every(isStep)) return refuse("Steps must be a list of steps with Name and Type.");
  const names = new Set(steps.map(({ Name }) => Name));
  if (names.size < steps.length) refuse("The names of steps must be unique.");
}

function isStep(step: unknown): step is { readonly Name: string } {
  return isObject(step) && typeof step["Name"] === "string" && typeof step["Type"] === "string";
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StartPipelineExecution.html */
export function startExecution(operate: Operate): Input {
  const { plane, input, call } = operate;
  const kind = kindOf(plane, "Pipeline");
  const pipeline = referredTo(plane, kind, input["PipelineName"], call);
  if (pipeline === undefined) throw missing(kind, String(input["PipelineName"]));
  return create(operate, kindOf(plane, "PipelineExecution"), {
    PipelineName: pipeline.name,
    PipelineArn: pipeline.arn,
    PipelineExecutionId: call.world.ids.hex(12),
    PipelineDefinition: pipeline.members["PipelineDefinition"],
    StartTime: call.world.clock.now() / 1000,
  });
}

export function retryExecution(operate: Operate): Input {
  const kind = kindOf(operate.plane, "PipelineExecution");
  const execution = findResource(operate, kind);
  Object.assign(execution, onStart(kind, operate.plane.progress, operate.call.world.clock.now()));
  return answerAbout(operate, execution);
}

export function executionParameters(operate: Operate): Input {
  const execution = findResource(operate, kindOf(operate.plane, "PipelineExecution"));
  const parameters = (execution.members["PipelineParameters"] ?? []) as readonly Input[];
  const entries = parameters.map((value) => ({ key: String(value["Name"]), value }));
  const { page, next } = pageOf("ListPipelineParametersForExecution", entries, operate.input);
  return answerWith(operate, { PipelineParameters: page, ...next });
}

/** The steps of an execution, as the pipeline's definition names them. */
export function executionSteps(operate: Operate): Input {
  const execution = findResource(operate, kindOf(operate.plane, "PipelineExecution"));
  const entries = stepsOf(execution.members["PipelineDefinition"]).map((step) => ({
    key: String(step["Name"]),
    value: { StepName: step["Name"], StepStatus: execution.status, StartTime: execution.createdAt / 1000 },
  }));
  const { page, next } = pageOf("ListPipelineExecutionSteps", entries, operate.input);
  return answerWith(operate, { PipelineExecutionSteps: page, ...next });
}

/** Callback steps are answered once; nothing in the local SageMaker waits for them. */
export function sendStep(operate: Operate): Input {
  const { plane, input } = operate;
  const token = String(input["CallbackToken"]);
  const waiting = plane.resources
    .all()
    .find(({ kind, members }) => kind === "PipelineExecution" && holds(members, token));
  if (waiting === undefined) throw new AwsError("ResourceNotFound", "No step waits for this callback token.");
  notesOf(plane, "callbacks").set(token, input);
  return answerAbout(operate, waiting);
}

/** A callback token belongs to the execution one of whose parameters holds it. */
function holds(members: Input, token: string): boolean {
  const parameters = (members["PipelineParameters"] ?? []) as readonly Input[];
  return parameters.some((parameter) => parameter["Value"] === token);
}

function stepsOf(definition: unknown): readonly Input[] {
  const { Steps: steps } = (parsed(definition) ?? {}) as { readonly Steps?: readonly Input[] };
  return Array.isArray(steps) ? steps : [];
}

/** https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_UpdatePipelineVersion.html */
export function updateVersion(operate: Operate): Input {
  const { plane, input } = operate;
  const pipeline = findResource(operate, kindOf(plane, "Pipeline"));
  pipeline.members = { ...pipeline.members, ...input };
  return answerAbout(operate, pipeline);
}
