export { createSignedFetch } from "./signed-fetch/create-signed-fetch.ts";
export type {
  SignedFetchBase,
  SignedFetchOptions,
  SignedFetchWithCredentials,
  SignedFetchWithSigner,
} from "./signed-fetch/options.ts";
export { compose, type Fetch, type Middleware } from "./middleware/middleware.ts";
export { clockSkew, retry, type RetryMiddlewareOptions } from "./middleware/retry.ts";
export { signing, type SigningOptions } from "./middleware/signing.ts";
export type { FetchPayload } from "./middleware/signing-shapes.ts";
export { resigningRedirects } from "./middleware/redirect.ts";
export type { RedirectOptions } from "./middleware/redirect-options.ts";
export { createHostGate, type HostGate, type HostRule, type HostScope } from "./hosts/host-gate.ts";
export type { RetryOptions } from "./attempts/retry-options.ts";
export { FetchError, type FetchErrorCode } from "./errors/fetch-error.ts";
