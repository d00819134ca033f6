import { type Node, entry, plain } from "./node.ts";
import type { Reason } from "./unjudged-resource.ts";

/** A type whose resources call AWS services as their definition says. */
interface Caller {
  /** Properties that hold the definition. */
  readonly inside: readonly string[];
  /** Properties that name another file with the definition. */
  readonly elsewhere: readonly string[];
}

const caller = (inside: readonly string[], elsewhere: readonly string[] = []): Caller => ({ inside, elsewhere });

/** Resources that call SageMaker without a resource of SageMaker in the file. */
const callers: ReadonlyMap<string, Caller> = new Map([
  [
    "AWS::StepFunctions::StateMachine",
    caller(["DefinitionString", "Definition", "DefinitionSubstitutions"], ["DefinitionS3Location"]),
  ],
  ["AWS::Serverless::StateMachine", caller(["Definition", "DefinitionSubstitutions"], ["DefinitionUri"])],
  ["AWS::Scheduler::Schedule", caller(["Target"])],
  ["AWS::SSM::Document", caller(["Content"])],
  ["AWS::Events::Rule", caller(["Targets"])],
  ["AWS::Pipes::Pipe", caller(["Target"])],
  ["aws_sfn_state_machine", caller(["definition"])],
  [
    "awscc_stepfunctions_state_machine",
    caller(["definition_string", "definition", "definition_substitutions"], ["definition_s3_location"]),
  ],
  ["aws_scheduler_schedule", caller(["target"])],
  ["awscc_scheduler_schedule", caller(["target"])],
  ["aws_ssm_document", caller(["content"])],
  ["aws_cloudwatch_event_target", caller(["arn", "sagemaker_pipeline_target"])],
  ["awscc_events_rule", caller(["targets"])],
  ["aws_pipes_pipe", caller(["target"])],
  ["awscc_pipes_pipe", caller(["target"])],
  ["awscc_ssm_document", caller(["content"])],
]);

/** A definition that the file holds in full or in parts, as every definition of Step Functions has this member. */
const hasDefinition = /StartAt/;

/**
 * Why the calls that a resource makes cannot be judged; `undefined` for types that make none, and for definitions that do
 * not name SageMaker.
 */
export function hiddenCalls(
  type: string,
  properties: Node | undefined,
  resolve: (node: Node) => Node | undefined = (node) => node,
): Reason | undefined {
  const found = callers.get(type);
  if (found === undefined) return undefined;
  for (const name of found.inside) {
    const node = entry(properties, name);
    if (node === undefined) continue;
    const resolved = resolve(node);
    const text = textIn(node);
    if (/sagemaker/i.test(text) || /sagemaker/i.test(textIn(resolved)))
      return {
        expression: `${name} calls SageMaker`,
        decidedBy: `a review of the calls, or guard.enforce on each input`,
      };
    if (resolved?.kind === "unknown" && !hasDefinition.test(text))
      return { expression: resolved.expression, decidedBy: resolved.decidedBy };
  }
  for (const name of found.elsewhere) {
    const node = entry(properties, name);
    if (node !== undefined && !isNull(node))
      return { expression: `${name}: a definition in another file`, decidedBy: "the definition in this file" };
  }
  return undefined;
}

function isNull(node: Node): boolean {
  return node.kind === "scalar" && node.value === null;
}

/** The text in a value, with escapes of JSON in JSON decoded. */
export function textIn(node: Node | undefined): string {
  const text = JSON.stringify(plain(node) ?? "");
  return text.replaceAll(/\\+u([\da-f]{4})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}
