export {
  createSignedFetch,
  type SignedFetchBase,
  type SignedFetchOptions,
  type SignedFetchWithCredentials,
  type SignedFetchWithSigner,
} from "./signed-fetch.ts";
export { compose, type Fetch, type Middleware } from "./middleware.ts";
export { clockSkew, retry, type RetryMiddlewareOptions } from "./retry.ts";
export { type FetchPayload, signing, type SigningOptions } from "./signing.ts";
export { type RedirectOptions, resigningRedirects } from "./redirect.ts";
export { createHostGate, type HostGate, type HostRule, type HostScope } from "./host-rule.ts";
export type { RetryOptions } from "./attempts.ts";
export { FetchError, type FetchErrorCode } from "./error.ts";
