export { createBroker } from "./create-broker.ts";
export type { Broker, RevokeFilter } from "./broker.ts";
export type { BrokerOptions, ServeExpired } from "./broker-options.ts";
export type { Limits } from "./admission.ts";
export type { Windows } from "./windows.ts";
export type { IdentifiedSource } from "./source.ts";
export type { Role, RoleProvider } from "./role.ts";
export type {
  AssumeRootSpec,
  FederationTokenSpec,
  MfaSpec,
  RoleSpec,
  SamlSpec,
  SessionPolicySpec,
  SessionTokenSpec,
  TenantSpec,
  WebIdentitySpec,
} from "./role-spec.ts";
export type { OneOrMany, PolicyConditionKeys, PolicyDocument, PolicyStatement } from "./policy.ts";
export { BrokerCredentials, type TemporaryCredentials } from "./credentials.ts";
export type { BrokerSnapshot, RoleSnapshot } from "./snapshot.ts";
export { brokerMetrics, type BrokerMetrics } from "./broker-metrics.ts";
export { BrokerError, type BrokerErrorCode, type BrokerErrorOptions } from "./error.ts";
export { valkeyStore, type ValkeyStoreOptions } from "./valkey-store.ts";
export type { ValkeyClient } from "./valkey-client.ts";
export type { RecordKey } from "./record-seal.ts";
export { fileStore, type FileStoreOptions } from "./file-store.ts";
export type { Revocation, SharedStore, StoreReading, StoreSlot, StoredSession } from "./store.ts";
