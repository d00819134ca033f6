export { createVendingApp, type VendingApp } from "./server/vending-app.ts";
export type { IdentityProvider, TokenAlgorithm, VendingConfig, VendingLimits } from "./server/config/vending-config.ts";
export type {
  BrowserGrant,
  ClaimCondition,
  ContainerGrant,
  Grant,
  GrantSession,
  GrantStatement,
  MachineGrant,
  ServiceAccountGrant,
} from "./server/config/grant.ts";
export { checkBySchema } from "./server/config/check-by-schema.ts";
export type { JsonSchema, RefuseField } from "@countersign/signer/schema";
export { ROLE_ARN as ROLE_ARN_SCHEMA, VENDING_SCHEMA } from "./server/config/vending-schema.ts";
export { type AdminAppOptions, createAdminApp } from "./server/routes/admin-app.ts";
export type { Readiness } from "./server/readiness.ts";
export { createOperatorLog, type LogLevel, type OperatorLog, type OperatorLogOptions } from "./server/operator-log.ts";
export { VendingError, type VendingErrorCode } from "./server/vending-error.ts";
export type { IdentityProof } from "./server/proof/identity-proof.ts";
export { proveIdentity, type ProveIdentityOptions } from "./server/proof/prove-identity.ts";
export {
  type CommandLineConfig,
  type CredentialProcessOutput,
  createCommandLineApp,
  credentialProcessOutput,
} from "./server/routes/command-line-app.ts";
