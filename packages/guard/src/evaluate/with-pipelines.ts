import type { SpellAction } from "../api/action-name.ts";
import { pipelineSteps } from "../call/pipeline-steps.ts";
import { member } from "../evaluate/pointer.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Evaluate } from "./evaluate.ts";
import { formFindings } from "./form.ts";

/** A value that the pipeline fills in when it runs: `{ "Get": … }`, `{ "Std:Join": … }`. No rule accepts one. */
const isReference = (value: unknown): boolean =>
  member(value, "Get") !== undefined || member(value, "Std:Join") !== undefined;

/** Also judges a pipeline by its steps, each as the request that the step will send. */
export function withPipelines(evaluate: Evaluate, spell: SpellAction): Evaluate {
  return function evaluateAll(action, input, facts, observer) {
    const findings = evaluate(action, input, facts, observer);
    const { steps, models } = pipelineSteps(action, input);
    if (steps.length === 0) return findings;
    // The pipeline sends these requests, not the caller: the caller's host says nothing about them.
    const known = Object.assign(Object.create(null) as Facts, facts, {
      host: undefined,
      models: { ...facts.models, ...models },
    });
    for (const step of steps) {
      const found = [
        ...formFindings(spell(step.action), step.input, { isReference }),
        ...evaluate(step.action, step.input, known),
      ];
      for (const finding of found) {
        const message = `In the step ${step.name}, at ${JSON.stringify(finding.path)}: ${finding.message}`;
        const told: Finding = { ...finding, action, path: "/PipelineDefinition", message };
        findings.push(told);
        observer?.judged(finding.rule, `/PipelineDefinition/${step.name}${finding.path}`, told);
      }
    }
    return findings;
  };
}
