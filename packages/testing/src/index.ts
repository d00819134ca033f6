export { TestingError, type TestingErrorCode } from "./error.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { evaluate, type PolicyDecision, type PolicyQuestion } from "./iam/evaluate.ts";
export type { PolicyContext } from "./iam/condition.ts";
export type {
  ConditionBlock,
  ConditionValue,
  PolicyDocument,
  PolicyPrincipal,
  PolicyStatement,
} from "./iam/policy-document.ts";
