export { createVendingApp, type VendingApp } from "./server/vending-app.ts";
export type { IdentityProvider, TokenAlgorithm, VendingConfig, VendingLimits } from "./server/config/vending-config.ts";
export type {
  BrowserGrant,
  ContainerGrant,
  Grant,
  GrantSession,
  GrantStatement,
  MachineGrant,
} from "./server/config/grant.ts";
export { createOperatorLog } from "./server/operator-log.ts";
export { VendingError, type VendingErrorCode } from "./server/vending-error.ts";
export type { IdentityProof } from "./server/proof/identity-proof.ts";
export { proveIdentity, type ProveIdentityOptions } from "./server/proof/prove-identity.ts";
export {
  type CommandLineConfig,
  type CredentialProcessOutput,
  createCommandLineApp,
  credentialProcessOutput,
} from "./server/routes/command-line-app.ts";
