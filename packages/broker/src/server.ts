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
export { VendingError, type VendingErrorCode } from "./server/vending-error.ts";
export { type IdentityProof, proveIdentity } from "./server/proof/caller-identity.ts";
export {
  type CommandLineConfig,
  type CredentialProcessOutput,
  createCommandLineApp,
  credentialProcessOutput,
} from "./server/command-line-app.ts";
