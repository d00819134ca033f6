import type { CredentialRejection, CredentialRequest, MemoizedProvider } from "@countersign/signer";
import type { BrokerCredentials } from "./credentials.ts";

/**
 * A `CredentialProvider` bound to one session. It is `memoized`: AWS SDK clients and the signer call it through, so any
 * number of them shares one session (aws-sdk-js-v3#4612).
 */
export interface RoleProvider extends MemoizedProvider {
  (request?: CredentialRequest): Promise<BrokerCredentials>;
  peek(): BrokerCredentials | undefined;
}

/** One session, by what it was asked for. Cheap to make: nothing is fetched before it is used. */
export interface Role {
  /**
   * The session's credentials, from the cache while they are good.
   *
   * Never rejects while unexpired credentials are held, except with the reason of your own aborted `signal`; an
   * `AbortSignal.timeout` that runs out while they are being renewed gives those held.
   *
   * @throws BrokerError when there are none and none can be had.
   */
  get(request?: CredentialRequest): Promise<BrokerCredentials>;
  /** What is held, if it is unexpired. Synchronous; when a renewal is due it starts one in the background. */
  peek(): BrokerCredentials | undefined;
  /** For everything that takes a credential provider. */
  readonly provider: RoleProvider;
  /**
   * Reports that AWS turned a key down. `rejected`: renewed on the next use, kept until then. `revoked`: dropped at once.
   * A no-op unless it is the key held now.
   */
  invalidate(rejection: CredentialRejection): void;
  /** Names the session in events, snapshots and logs: 12 characters, holds nothing secret. */
  readonly key: string;
}
