import { checkOptions, listOf, optional, shape, type Shape, type Shapes, text } from "@countersign/signer/options";
import { refuseOption } from "../error.ts";
import { isObject } from "../shapes.ts";
import type { PolicyContext } from "./condition.ts";
import { decide, type PolicyLayer, type PolicyType, type Verdict } from "./layers.ts";
import { checkPolicy } from "./parse-policy.ts";
import type { PolicyDocument } from "./policy-document.ts";

/** The decision of policies about a request. */
export type PolicyDecision = Verdict["decision"];

interface AnyQuestion {
  /** Such as `sagemaker:CreateTrainingJob`. */
  readonly action: string;
  /** The ARN acted on; `*` for actions without one. */
  readonly resource: string;
  /** Values of the condition keys of the request. Default: none. */
  readonly context?: PolicyContext | undefined;
  /** The caller's ARN, for policies that name principals. Default: a caller whom only `*` names. */
  readonly principal?: string | undefined;
}

/** One question to a set of policies of one kind. */
export interface PolicyQuestion extends AnyQuestion {
  readonly policies: readonly PolicyDocument[];
}

/** One question to policies of several kinds. A kind that is left out does not apply to the request. */
export interface LayeredQuestion extends AnyQuestion {
  readonly resourceControlPolicies?: readonly PolicyDocument[] | undefined;
  readonly serviceControlPolicies?: readonly PolicyDocument[] | undefined;
  readonly endpointPolicy?: PolicyDocument | undefined;
  readonly identityPolicies?: readonly PolicyDocument[] | undefined;
  readonly permissionsBoundary?: PolicyDocument | undefined;
  readonly sessionPolicies?: readonly PolicyDocument[] | undefined;
}

/** A policy is checked as IAM checks it: one that cannot be judged is refused, and never taken for an empty one. */
const policy: Shape = (value, field, refuse) =>
  isObject(value) ? checkPolicy(value, "any") : refuse(`${field}: must be a policy document`, field);

const policies = optional(listOf(policy));
const common = {
  action: text,
  resource: text,
  context: optional(shape("an object of condition keys", isObject)),
  principal: optional(text),
};
const questionShapes: Shapes<PolicyQuestion> = { policies: listOf(policy), ...common };
const layeredShapes: Shapes<LayeredQuestion> = {
  resourceControlPolicies: policies,
  serviceControlPolicies: policies,
  endpointPolicy: optional(policy),
  identityPolicies: policies,
  permissionsBoundary: optional(policy),
  sessionPolicies: policies,
  ...common,
};

/**
 * Decides as AWS does. With `policies`, the policies are of one kind and the answer is the decision: an explicit deny
 * wins, then an allow, and silence denies. With policies by kind, the answer also names the kind, the policy and the
 * statement that decide: an explicit deny of any kind refuses, and every given kind must allow
 * (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html).
 *
 * @throws {TestingError} `INVALID_OPTION` for a question in the wrong shape, `INVALID_POLICY` for a policy with an unknown
 *   element, operator or effect.
 *
 * @example
 * const decision = evaluate({
 *   policies: [{ Version: "2012-10-17", Statement: { Effect: "Allow", Action: "sagemaker:List*", Resource: "*" } }],
 *   action: "sagemaker:ListModels",
 *   resource: "*",
 * });
 */
export function evaluate(question: LayeredQuestion): Verdict;
export function evaluate(question: PolicyQuestion): PolicyDecision;
export function evaluate(question: PolicyQuestion | LayeredQuestion): PolicyDecision | Verdict {
  if (isObject(question) && Object.hasOwn(question, "policies")) {
    const checked = checkOptions(question as PolicyQuestion, questionShapes, refuseOption);
    return decide([{ type: "identity-based policy", policies: checked.policies }], requestOf(checked)).decision;
  }
  const checked = checkOptions(question as LayeredQuestion, layeredShapes, refuseOption);
  return decide(layersOf(checked), requestOf(checked));
}

function layersOf(question: LayeredQuestion): readonly PolicyLayer[] {
  const { endpointPolicy, permissionsBoundary } = question;
  const given: readonly (readonly [PolicyType, readonly PolicyDocument[] | undefined])[] = [
    ["resource control policy", question.resourceControlPolicies],
    ["service control policy", question.serviceControlPolicies],
    ["VPC endpoint policy", endpointPolicy === undefined ? undefined : [endpointPolicy]],
    ["identity-based policy", question.identityPolicies],
    ["permissions boundary", permissionsBoundary === undefined ? undefined : [permissionsBoundary]],
    ["session policy", question.sessionPolicies],
  ];
  return given.flatMap(([type, documents]) => (documents === undefined ? [] : [{ type, policies: documents }]));
}

function requestOf({ action, resource, context = {}, principal }: AnyQuestion): Parameters<typeof decide>[1] {
  return { action, resource, context, principalArns: principal === undefined ? [] : arnsOf(principal) };
}

/** Policies that name a role mean its sessions too. Only the role's path is not in a session's ARN. */
function arnsOf(principal: string): readonly string[] {
  const [, partition, account, role] = /^arn:([^:]+):sts::(\d{12}):assumed-role\/([^/]+)\//.exec(principal) ?? [];
  return role === undefined ? [principal] : [principal, `arn:${partition}:iam::${account}:role/${role}`];
}
