export { SignerError, type SignerErrorCode } from "./errors/error.ts";
export type {
  AwsCredentials,
  CredentialProvider,
  CredentialRejection,
  CredentialRequest,
  Credentials,
  MemoizedProvider,
} from "./credentials/credentials.ts";
export { memoize, type MemoizeOptions } from "./credentials/memoize.ts";
export type { Clock, ClockObservation } from "./clock/clock.ts";
export { createClock, type ClockOptions } from "./clock/create-clock.ts";
export type {
  CountersignEvent,
  CountersignEventMap,
  EventListener,
  HandshakeReport,
  PeerCertificate,
} from "./events/event.ts";

export { createSigner } from "./signer/create-signer.ts";
export type { SignerOptions } from "./signer/signer-options.ts";
export type { PresignOptions, SignOptions, Signer } from "./signer/signer.ts";
export { prepare } from "#platform/prepare";
export type { PreparedRequest, RequestTemplate } from "./signer/prepared-request.ts";
export type { Body, HeadersInput, PayloadMode, SignableRequest, SignedBy, SignedRequest } from "./sigv4/request.ts";
export type { SigningSettings } from "./sigv4/settings.ts";
export type { SigningContext } from "./sigv4/signing-scope.ts";
export type { Signature } from "./sigv4/signature.ts";
export { type SigningKey, deriveSigningKey } from "./sigv4/signing-key.ts";
export { signRequest } from "./sigv4/sign-request.ts";
export { type PresignedUrl, type PresigningContext, presignRequest } from "./sigv4/presign-request.ts";
export { applySignature } from "./sigv4/apply-signature.ts";

// What follows is for authors of packages that build on the signer.
export { CountersignError, words } from "./errors/error.ts";
export { createEmitter, type Emit } from "./events/emit.ts";
export { AgingMap } from "./signer/aging-map.ts";
export { generations } from "./signer/generations.ts";
export { checkCredentials } from "./credentials/check-credentials.ts";
export { type RefreshWindow, refreshBackoffMs, refreshJitterMs, refreshWindow } from "./credentials/refresh-window.ts";
export {
  afterFailure,
  afterRejection,
  afterRenewal,
  type CachedSession,
  decideRefresh,
  INITIAL_REFRESH_STATE,
  type RefreshDecision,
  type RefreshReason,
  type RefreshState,
  scheduleOf,
} from "./credentials/refresh-schedule.ts";
export { isExpired, type Validity, validityOf } from "./credentials/validity.ts";
export { unlessAborted } from "./clock/unless-aborted.ts";
export { waitFor } from "./credentials/wait-for.ts";
