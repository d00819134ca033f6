export { createVerifier } from "./verify/create-verifier.ts";
export type { PayloadForm } from "./verify/expected-payload.ts";
export type { ReceivedHeaders, ReceivedRequest } from "./verify/received-request.ts";
export type { SignatureChain, SignedEvent } from "./verify/signature-chain.ts";
export { VerifyError, type VerifyErrorCode } from "./verify/verify-error.ts";
export type { KnownKey, VerifiedRequest, Verifier, VerifierOptions } from "./verify/verifier.ts";
