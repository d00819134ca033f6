export {
  createSignedFetch,
  type SignedFetchBase,
  type SignedFetchOptions,
  type SignedFetchWithCredentials,
  type SignedFetchWithSigner,
} from "./signed-fetch/create-signed-fetch.ts";
export { compose, type Fetch, type Middleware } from "./middleware/middleware.ts";
export { clockSkew, retry, type RetryMiddlewareOptions } from "./middleware/retry.ts";
export { type FetchPayload, signing, type SigningOptions } from "./middleware/signing.ts";
export { type RedirectOptions, resigningRedirects } from "./middleware/redirect.ts";
export { createHostGate, type HostGate, type HostRule, type HostScope } from "./hosts/host-gate.ts";
export type { RetryOptions } from "./attempts/create-attempts.ts";
export { FetchError, type FetchErrorCode } from "./errors/fetch-error.ts";
