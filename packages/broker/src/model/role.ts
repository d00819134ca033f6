import type { CredentialRejection, CredentialRequest, MemoizedProvider } from "@countersign/signer";
import type { BrokerCredentials } from "./credentials.ts";

/**
 * A `CredentialProvider` bound to one session. It is `memoized`: AWS SDK clients and the signer use it without a cache
 * of their own, so any number of them shares one session (aws-sdk-js-v3#4612).
 */
export interface RoleProvider extends MemoizedProvider {
  (request?: CredentialRequest): Promise<BrokerCredentials>;
  peek(): BrokerCredentials | undefined;
}

/** One session. Cheap to make: nothing is fetched before the first use. */
export interface Role {
  /**
   * The session's credentials, from the cache while they are valid.
   *
   * Never rejects while unexpired credentials are cached, except with the reason of your own aborted `signal`. When an
   * `AbortSignal.timeout` ends during a renewal, you get the cached credentials.
   *
   * @throws BrokerError when no valid credentials are cached and the fetch fails.
   */
  get(request?: CredentialRequest): Promise<BrokerCredentials>;
  /** The cached credentials while they are unexpired. Synchronous; starts a background renewal when one is needed. */
  peek(): BrokerCredentials | undefined;
  /** For APIs that take a credential provider. */
  readonly provider: RoleProvider;
  /**
   * Reports that AWS rejected a key. `rejected`: kept, and renewed on the next use. `revoked`: dropped at once. Ignored
   * unless it is the cached key.
   */
  invalidate(rejection: CredentialRejection): void;
  /** Names the session in events, snapshots and logs: 12 characters, holds nothing secret. */
  readonly key: string;
}
