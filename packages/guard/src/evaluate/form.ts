import type { SpelledAction } from "../api/action-name.ts";
import { nearestAction } from "../api/action-name.ts";
import { type InputOptions, inputFaults } from "../api/input-faults.ts";
import type { Finding, Severity } from "../finding.ts";
import { quote } from "../quote.ts";
import type { Gap } from "./pointer.ts";

/** A finding that every posture makes before its rules: the request cannot be judged as it is. */
export interface FormRule {
  readonly id:
    | "request-unreadable"
    | "unknown-operation"
    | "unknown-member"
    | "malformed-input"
    | "incomplete-input"
    | "pipeline-step";
  readonly severity: Severity;
  readonly message: string;
  readonly fix: string;
  readonly references: readonly string[];
  /** Whether an exception may cover it: AWS may have added an operation or a member since the model was made. */
  readonly excusable: boolean;
  /** Why no policy can refuse what the guard refuses here. */
  readonly unheld: string;
  /** The operations that it is about. Default: all. */
  readonly actions?: readonly string[];
}

const refusedByAws = "AWS refuses such a request itself.";

const operationsPage =
  "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_Operations_Amazon_SageMaker_Service.html";

/** The ways in which a request cannot be judged. */
export const formRules: Readonly<Record<FormRule["id"], FormRule>> = {
  "request-unreadable": {
    id: "request-unreadable",
    severity: "critical",
    message: "The request cannot be read the way the service reads it",
    fix: "Send AWS JSON 1.1, as the SDKs do.",
    references: ["https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html"],
    excusable: false,
    unheld: "IAM sees the request as the service reads it.",
  },
  "unknown-operation": {
    id: "unknown-operation",
    severity: "critical",
    message: "The guard does not know the operation, so no rule can judge it",
    fix: "Name an operation of the SageMaker API; for an operation newer than this release, add an exception with a date.",
    references: [operationsPage],
    excusable: true,
    unheld: "A policy judges the operations that it names.",
  },
  "unknown-member": {
    id: "unknown-member",
    severity: "high",
    message: "The operation's input has a member that the API does not know",
    fix: "Correct the name; for a member newer than this release, add an exception with a date.",
    references: [operationsPage],
    excusable: true,
    unheld: refusedByAws,
  },
  "malformed-input": {
    id: "malformed-input",
    severity: "high",
    message: "A value of the input has another type than the API takes",
    fix: "Give the value in the type of the API.",
    references: [operationsPage],
    excusable: false,
    unheld: refusedByAws,
  },
  "incomplete-input": {
    id: "incomplete-input",
    severity: "high",
    message: "The input lacks a member that the API demands, and a rule judges what is in it",
    fix: "Give the member; for one that the API no longer demands, add an exception with a date.",
    references: [operationsPage],
    excusable: true,
    unheld: refusedByAws,
  },
  "pipeline-step": {
    id: "pipeline-step",
    severity: "high",
    message: "A step of the pipeline runs what no rule can judge",
    fix: "Review what the step runs, then add an exception for pipeline-step with a date; or remove the step.",
    references: ["https://docs.aws.amazon.com/sagemaker/latest/dg/build-and-manage-steps-types.html"],
    excusable: true,
    unheld: "The steps run under the pipeline's role: attach the policy to that role.",
    actions: ["CreatePipeline", "UpdatePipeline"],
  },
};

/** Judges whether a request can be judged: its operation is known, and its input is what the API takes. */
export function formFindings(action: SpelledAction, input: unknown, options?: InputOptions): Finding[] {
  if (!action.known) return [unknownOperation(action.name)];
  return inputFaults(action.name, input, options).map(({ kind, path, message, fix }) => ({
    rule: kind,
    severity: formRules[kind].severity,
    action: action.name,
    path,
    message: `${message}.`,
    fix,
    references: [pageOf(action.name)],
  }));
}

/** The finding about an input without a member that rules read. */
export function incompleteFinding(action: string, { path, instead }: Gap, rules: Iterable<string>): Finding {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const names = [name, ...instead].join(" or ");
  const demand = instead.length === 0 ? "which the API demands" : "of which the API demands one";
  return {
    rule: "incomplete-input",
    severity: formRules["incomplete-input"].severity,
    action,
    path,
    message: `The input lacks ${names}, ${demand}, so these rules cannot judge it: ${[...rules].join(", ")}.`,
    fix: `Give ${names}; if the API no longer demands it, add an exception with a date.`,
    references: [pageOf(action)],
  };
}

/** The finding about a request whose bytes cannot be read. */
export function unreadableFinding(action: string, fault: string): Finding {
  return found("request-unreadable", action, `The request cannot be judged: ${fault}.`);
}

/** The finding about an input with a member that a function makes anew each time it is read. */
export function accessorFinding(action: string, path: string): Finding {
  const message = "The value must be plain data: an accessor may give another value when the request is sent.";
  const { severity, fix, references } = formRules["malformed-input"];
  return { rule: "malformed-input", severity, action, path, message, fix, references };
}

/** The finding about a step of a pipeline that no rule can judge, or about steps that cannot be read. */
export function stepFinding(action: string, message: string): Finding {
  return { ...found("pipeline-step", action, message), path: "/PipelineDefinition" };
}

const pageOf = (action: string): string =>
  `https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_${action}.html`;

function unknownOperation(action: string): Finding {
  const nearest = nearestAction(action);
  const finding = found("unknown-operation", action, `The guard does not know the operation ${quote(action)}.`);
  return nearest === undefined ? finding : { ...finding, fix: `Write ${nearest} if that is meant. ${finding.fix}` };
}

function found(id: FormRule["id"], action: string, message: string): Finding {
  const { severity, fix, references } = formRules[id];
  return { rule: id, severity, action, path: "", message, fix, references };
}
