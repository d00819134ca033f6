import type { SpellAction } from "../api/action-name.ts";
import type { Type } from "../api/model.ts";
import { pipelineSteps } from "../call/pipeline-steps.ts";
import { references } from "../call/step-types.ts";
import { member } from "../evaluate/pointer.ts";
import type { Facts } from "../facts.ts";
import type { Finding } from "../finding.ts";
import type { Evaluate } from "./evaluate.ts";
import { formFindings, stepFinding } from "./form.ts";
import type { Rule } from "../rules/rule.ts";

/**
 * A value that the pipeline fills in when it runs: `{ "Get": … }`, `{ "Std:Join": … }`, `{ "Std:JsonGet": … }`. No rule accepts one. It stands for a text,
 * a number or a flag: in the place of an object or a list it would hide the members that a rule judges where they are given. An
 * object with other members beside them is refused, because rules would read those members.
 */
const isReference = (value: unknown, kind: Type["kind"]): boolean =>
  kind !== "structure" &&
  kind !== "list" &&
  references.some((name) => member(value, name) !== undefined) &&
  Object.keys(value as object).length === 1;

/** Also judges a pipeline by its steps, each as the request that the step will send. */
export function withPipelines(evaluate: Evaluate, rules: readonly Rule[], spell: SpellAction): Evaluate {
  /** A posture of the caller's own may lack the rule about definitions, and its other rules need the steps all the same. */
  const judgesDefinition = rules.some(({ id }) => id === "pipeline-definition");

  return function evaluateAll(action, input, facts, observer) {
    const findings = evaluate(action, input, facts, observer);
    observer?.start();
    const { steps, models, fault } = pipelineSteps(action, input);
    if (fault !== undefined && !judgesDefinition) {
      const unread = stepFinding(action, `The steps of the pipeline cannot be read: ${fault}.`);
      findings.push(unread);
      observer?.judged(unread.rule, unread.path, unread);
    }
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
