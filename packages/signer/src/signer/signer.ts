import type { HeadCache } from "#platform/head-cache";
import type { Hash } from "#platform/sha256";
import { words } from "#words";
import type { Clock } from "../clock/clock.ts";
import type { AwsCredentials, MemoizedProvider } from "../credentials/credentials.ts";
import { refuse } from "../errors/refuse.ts";
import type { SignableRequest, SignedBy, SignedRequest } from "../sigv4/request.ts";
import type { ServiceRules } from "../sigv4/service-rules.ts";
import type { ReadRequest } from "../sigv4/read-request.ts";
import type { SigningSettings } from "../sigv4/settings.ts";
import type { HmacScope } from "../sigv4/signing-scope.ts";

/** What one call of `sign` may ask for. */
export interface SignOptions {
  /** The validity that the caller would like the credentials to have, in milliseconds; see `CredentialRequest`. */
  readonly minTtlMs?: number | undefined;
  /** Ends the wait for credentials. */
  readonly signal?: AbortSignal | undefined;
}

/** What one call of `presign` may ask for. */
export interface PresignOptions {
  /** How long the URL should work, in seconds; at most 604,800 (7 days). Default: 3600. */
  readonly expiresIn?: number | undefined;
  /**
   * What to do when the credentials expire before the URL would. `refresh` (default): ask for fresher credentials, then
   * sign for as long as those are valid. `clamp`: sign for as long as the cached ones are valid. `throw`: refuse with
   * `INVALID_EXPIRES_IN`.
   */
  readonly whenShort?: "refresh" | "clamp" | "throw" | undefined;
  /** Ends the wait for credentials. */
  readonly signal?: AbortSignal | undefined;
}

/** Signs requests for one service in one region. Made by `createSigner`. */
export interface Signer {
  readonly region: string;
  readonly service: string;
  readonly settings: SigningSettings;
  /** The clock that dates the signatures. Let it `observe` answers, and it corrects itself. */
  readonly clock: Clock;
  /** The credentials it signs with, asked for no more often than needed. */
  readonly credentials: MemoizedProvider;
  /** Resolves once credentials are at hand, so that `signSync` works. */
  ready(): Promise<void>;
  /** Signs a request; waits for credentials when it must. */
  sign(request: SignableRequest, options?: SignOptions): Promise<SignedRequest & SignedBy>;
  /** Signs a request with the credentials at hand. @throws SignerError `CREDENTIALS_NOT_READY` while they are missing. */
  signSync(request: SignableRequest): SignedRequest & SignedBy;
  /** Signs a request into its URL, and says when the URL ceases to work: no later than the credentials. */
  presign(
    request: SignableRequest,
    options?: PresignOptions,
  ): Promise<{ readonly url: string; readonly expiresAt: Date }>;
}

/** What a signer shares with the functions of this package that take one. */
export interface SignerInternals {
  readonly rules: ServiceRules;
  /** The cached credentials. */
  readonly cachedCredentials: () => AwsCredentials;
  /** The signing scope of these credentials for the present time. */
  readonly signingScopeAt: (credentials: AwsCredentials) => HmacScope;
  readonly headCache: HeadCache;
  /** @param hash the payload hash. */
  readonly signWith: (scope: HmacScope, request: ReadRequest, hash: Hash) => SignedRequest & SignedBy;
  /** Reports a signature to the listeners. */
  readonly report: (accessKeyId: string, host: string, presigned: boolean) => void;
}

const parts = new WeakMap<object, SignerInternals>();

/** Keeps the parts of a signer where only this package finds them. */
export function keepInternals(signer: Signer, own: SignerInternals): void {
  parts.set(signer, own);
}

/** @throws SignerError `INVALID_OPTION` for what `createSigner` did not make. */
export function internalsOf(signer: Signer): SignerInternals {
  const own = parts.get(signer);
  if (own === undefined) refuse("INVALID_OPTION", words ? "signer: must be made by createSigner" : "signer");
  return own;
}
