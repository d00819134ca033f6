export { TestingError, type TestingErrorCode } from "./error.ts";
export { createManualClock, type ManualClock } from "./manual-clock.ts";
export { evaluate, type LayeredQuestion, type PolicyDecision, type PolicyQuestion } from "./iam/evaluate.ts";
export type { PolicyType, Verdict } from "./iam/layers.ts";
export type { AccountPolicies } from "./iam/guardrails.ts";
export type { PolicyContext } from "./iam/condition.ts";
export type {
  ConditionBlock,
  ConditionValue,
  PolicyDocument,
  PolicyPrincipal,
  PolicyStatement,
} from "./iam/policy-document.ts";
export { conditionKeys } from "./sagemaker/condition-keys.ts";
export { startAws } from "./start-aws.ts";
export type { LocalCertificate } from "./roles-anywhere/authority.ts";
export type {
  CertificateOptions,
  ProfileSpec,
  RolesAnywhereOptions,
  TrustAnchorSpec,
} from "./roles-anywhere/options.ts";
export type { LocalRolesAnywhere } from "./roles-anywhere/registry.ts";
export { type Metadata, type MetadataOptions, startMetadata } from "./machine/start-metadata.ts";
export { type TestHooks, useAws } from "./use-aws.ts";
export { type Local, type LocalOptions, startLocal } from "./start-local.ts";
export type {
  Aws,
  AwsOptions,
  AwsRole,
  AwsUrls,
  ResetOptions,
  Revocation,
  SessionOptions,
  TradeInOptions,
} from "./aws.ts";
export type { CallFilter, RecordedCall } from "./server/call-log.ts";
export type { Cors } from "./server/cors.ts";
export type { Fault, FaultKind, PlantedFault } from "./fault/fault.ts";
export type { RoleSpec } from "./iam/role.ts";
export type { MfaDevice, UserSpec } from "./iam/user.ts";
export type { SubnetSpec } from "./ec2/service.ts";
export type { ImageSpec, ScanStatus } from "./ecr/image.ts";
export type {
  Conversation,
  EndpointBehaviour,
  Invocation,
  ModelReply,
  StreamEnding,
  StreamPart,
} from "./runtime/endpoint.ts";
export type { ServiceName } from "./service.ts";
export type { TlsMode } from "./tls/tls-mode.ts";
export type { ReceivedTls } from "./wire/received-request.ts";
export type { Progress } from "./sagemaker/progress.ts";
export type { ResourceSpec } from "./sagemaker/seed.ts";
export type { LocalIssuer, TokenOptions } from "./sts/issuer.ts";
export type { Claims, JsonWebKeySet } from "./sts/json-web-token.ts";
export type { SamlProvider, SamlSubject } from "./sts/saml-provider.ts";
export type { WebIdentityProvider } from "./sts/web-identity-provider.ts";
export type { LocalCredentials } from "./iam/access-keys.ts";
