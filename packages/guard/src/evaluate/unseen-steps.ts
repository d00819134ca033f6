import { pipelineSteps } from "../call/pipeline-steps.ts";
import type { Finding } from "../finding.ts";
import type { Unjudged } from "./assess.ts";
import { stepFinding } from "./form.ts";

/** The steps of a pipeline whose work stands outside its definition, each as a value that cannot be judged. */
export function unseenSteps(action: string, input: unknown): Unjudged[] {
  return pipelineSteps(action, input).unseen.map(({ name, type }) => ({
    rule: "pipeline-step",
    path: "/PipelineDefinition",
    expression: `what the step ${name} of the type ${type} runs`,
    decidedBy: "a review of its code",
  }));
}

/** The same steps as findings: a request that is about to be sent is refused where it cannot be judged. */
export function unseenFindings(action: string, input: unknown): Finding[] {
  return pipelineSteps(action, input).unseen.map(({ name, type }) =>
    stepFinding(action, `The step ${name} of the type ${type} runs what no rule can judge.`),
  );
}
