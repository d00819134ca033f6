export { createBroker } from "./broker/create-broker.ts";
export type { Broker, RevokeFilter } from "./model/broker.ts";
export type { BrokerOptions, ServeExpired } from "./broker/broker-options.ts";
export type { Limits } from "./sts/limits.ts";
export type { Windows } from "./cache/windows.ts";
export {
  defaultChain,
  sources,
  type ChainOptions,
  type ProcessSourceOptions,
  type ProfileSourceOptions,
  type WebIdentitySourceOptions,
} from "./sources/sources.ts";
export type { SsoSourceOptions } from "./sources/sso-source.ts";
export type { X509SourceOptions } from "./sources/x509-source.ts";
export type { FromFile, X509Identity } from "./sources/x509.ts";
export { explainProfile, type ExplainQuery, type ProfileStep } from "./sources/explain-profile.ts";
export type { SourceOptions } from "./sources/source-context.ts";
export type { ConfigFiles } from "./sources/shared-config/shared-files.ts";
export {
  settingsOf,
  type Located,
  type ProfileSettings,
  type SettingsQuery,
} from "./sources/shared-config/settings-of.ts";
export type { IdentifiedSource } from "./sources/source.ts";
export type { Role, RoleProvider } from "./model/role.ts";
export type {
  AssumeRootSpec,
  ContextSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionPolicySpec,
  SessionTokenSpec,
  TenantSpec,
  WebIdentitySpec,
  WebIdentityTokenSpec,
} from "./spec/role-spec.ts";
export type { OneOrMany, PolicyConditionKeys, PolicyDocument, PolicyStatement } from "./model/policy.ts";
export { BrokerCredentials, type TemporaryCredentials } from "./model/credentials.ts";
export { WebIdentityToken } from "./model/web-identity-token.ts";
export type { BrokerSnapshot, RoleSnapshot } from "./model/snapshot.ts";
export { brokerMetrics, type BrokerMetrics } from "./metrics/broker-metrics.ts";
export { BrokerError, type BrokerErrorCode, type BrokerErrorOptions } from "./errors/error.ts";
export { valkeyStore, type ValkeyStoreOptions } from "./store/valkey-store.ts";
export type { ValkeyClient } from "./store/valkey-client.ts";
export type { RecordKey } from "./store/keyring.ts";
export { fileStore, type FileStoreOptions } from "./store/file-store.ts";
export type {
  Revocation,
  RevocationReading,
  SharedStore,
  StoreReading,
  StoreSlot,
  StoredSession,
} from "./store/store.ts";
