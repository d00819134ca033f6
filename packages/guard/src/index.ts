export { MODEL_VERSION } from "./api/model-data.ts";
export { type UnheldControl, unheldControls } from "./rules/unheld-controls.ts";
export { createGuard } from "./create-guard.ts";
export type { Assessment, Unjudged } from "./evaluate/assess.ts";
export { GuardError, type GuardErrorCode } from "./error.ts";
export type { Exception } from "./exception.ts";
export type { FactSource, Facts, HostFacts, ModelFacts, SubnetFacts } from "./facts.ts";
export { type AwsFactsOptions, awsFacts } from "./facts/aws-facts.ts";
export type { Finding, Severity } from "./finding.ts";
export type { Guard, GuardOptions, ReviewOptions } from "./guard.ts";
export { type EcrFindingsOptions, ecrFindings } from "./images/ecr-findings.ts";
export { grypeReport } from "./images/grype-report.ts";
export { type ImageGateOptions, imageGate } from "./images/image-gate.ts";
export type { Coverage, CoverageGap, CoverageRule } from "./images/coverage.ts";
export type { Allowance } from "./images/judgement.ts";
export type { Report } from "./images/report.ts";
export type { ImageSource, NoScan, OtherImage, Scan } from "./images/scan.ts";
export { trivyReport } from "./images/trivy-report.ts";
export type { ImageFinding, ImageGate, ImageVerdict, SeverityRank } from "./images/verdict.ts";
export type { EmittedPolicy, PolicyCondition, PolicyDocument, PolicyGap, PolicyStatement } from "./policy/document.ts";
export type { EndpointPolicyOptions } from "./policy/endpoint-policy.ts";
export type { GuardrailOptions } from "./policy/guardrail.ts";
export { type Quota, quotas } from "./policy/quotas.ts";
export type { RcpOptions, RcpService } from "./policy/resource-control-policy.ts";
export type { SessionPolicyOptions } from "./policy/session-policy.ts";
export { type Posture, postures } from "./posture.ts";
export { type Call, type CallRequest, readCall } from "./call/read-call.ts";
export type { Context, HeldCondition, Network, PostureName, Rule, RulePolicy, Topic } from "./rules/rule.ts";
export {
  type FileLocation,
  type LocatedFinding,
  type OpenResult,
  type SarifLog,
  type SarifOptions,
  toSarif,
} from "./sarif.ts";
export { type UncoveredField, uncovered } from "./api/uncovered.ts";
export type { Workload, WorkloadPart } from "./api/workload.ts";
export { workloads } from "./api/workloads.ts";
export { wildcard } from "./wildcard.ts";
