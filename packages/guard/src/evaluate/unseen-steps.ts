import { pipelineSteps } from "../call/pipeline-steps.ts";
import { plainName } from "../quote.ts";
import type { Unjudged } from "./assess.ts";

/** Stands in the place of a rule where a step of a pipeline runs code that no rule sees. Exceptions may name it. */
export const UNSEEN_STEP = "pipeline-step";

/** The steps of a pipeline whose work stands outside its definition, each as a value that cannot be judged. */
export function unseenSteps(action: string, input: unknown): Unjudged[] {
  return pipelineSteps(action, input).unseen.map(({ name, type }) => ({
    rule: UNSEEN_STEP,
    path: "/PipelineDefinition",
    expression: `what the step ${plainName(name)} of the type ${type} runs`,
    decidedBy: "a review of its code",
  }));
}
