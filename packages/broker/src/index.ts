export type { Broker, RevokeFilter } from "./broker.ts";
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
export type { PolicyDocument, PolicyStatement } from "./policy.ts";
export { BrokerCredentials, type TemporaryCredentials } from "./credentials.ts";
export type { BrokerSnapshot, RoleSnapshot } from "./snapshot.ts";
export { BrokerError, type BrokerErrorCode, type BrokerErrorOptions } from "./error.ts";
export type { Revocation, SharedStore, StoreReading, StoreSlot, StoredSession } from "./store.ts";
