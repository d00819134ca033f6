export { SignerError, type SignerErrorCode } from "./error.ts";
export type {
  AwsCredentials,
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials.ts";
export { memoize, type MemoizeOptions } from "./memoize.ts";
export type { Clock, ClockObservation } from "./clock.ts";
export { createClock, type ClockOptions } from "./create-clock.ts";
export type {
  CountersignEvent,
  CountersignEventMap,
  EventListener,
  HandshakeReport,
  PeerCertificate,
} from "./event.ts";

export { createSigner, type SignerOptions } from "./create-signer.ts";
export type { PresignOptions, SignOptions, Signer } from "./signer.ts";
export { type PreparedRequest, type RequestTemplate, prepare } from "#prepare";
export type { Body, HeadersInput, PayloadMode, SignableRequest, SignedRequest } from "./request.ts";
export type { SigningSettings } from "./settings.ts";
export type { SigningContext } from "./signing-scope.ts";
export type { Signature } from "./signature.ts";
export { type SigningKey, deriveSigningKey } from "./signing-key.ts";
export { signRequest } from "./sign-request.ts";
export { type PresignedUrl, type PresigningContext, presignRequest } from "./presign-request.ts";
export { applySignature } from "./apply-signature.ts";

// What follows is for authors of packages that build on the signer.
export { CountersignError, words } from "./error.ts";
export { createEmitter, type Emit } from "./emit.ts";
export { checkCredentials } from "./check-credentials.ts";
export { type RefreshWindow, refreshBackoffMs, refreshJitterMs, refreshWindow } from "./refresh-window.ts";
export { waitFor } from "./wait-for.ts";
