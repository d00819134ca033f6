/** An IAM access key: a long-term one, or a temporary one of AWS STS when `sessionToken` is there. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** When the credentials cease to work. Default: they do not expire by themselves. */
  readonly expiration?: Date | undefined;
  readonly accountId?: string | undefined;
}

/** What a caller may ask of a provider. A provider ignores keys that it does not know. */
export interface CredentialRequest {
  /**
   * The validity that the caller would like to have, in milliseconds. If a renewal cannot give it, the cached
   * credentials are returned: read their `expiration`.
   */
  readonly minTtlMs?: number | undefined;
  /** Asks the source again, even if the cached credentials are still valid. `memoize` follows it once in 5 seconds. */
  readonly forceRefresh?: boolean;
  /** Ends the wait of this caller alone. */
  readonly signal?: AbortSignal | undefined;
}

/** The access key that a service turned down. The key id is needed so that a newer key is never dropped by mistake. */
export interface CredentialRejection {
  readonly accessKeyId: string;
  /** `rejected`: refresh as soon as possible. `revoked`: never hand these out again. */
  readonly reason: "rejected" | "revoked";
}

/** A function that answers with credentials: the shape AWS SDK v3 calls a credential identity provider. */
export interface CredentialProvider {
  (request?: CredentialRequest): Promise<AwsCredentials>;
  /** The provider caches and refreshes by itself; it is called through and never wrapped in a second cache. */
  readonly memoized?: boolean;
  /** The cached credentials while they are valid. It is synchronous, for the signing hot path. */
  peek?(): AwsCredentials | undefined;
  /** Reports a rejected key. It does nothing unless that key is the cached one. */
  invalidate?(rejection: CredentialRejection): void;
}

/** A provider with every part present: what `memoize` returns. */
export interface MemoizedProvider extends CredentialProvider {
  readonly memoized: boolean;
  peek(): AwsCredentials | undefined;
  invalidate(rejection: CredentialRejection): void;
}

/**
 * What every `credentials` option of every package takes: fixed credentials, a provider function, or an object that
 * carries one (a broker `Role` does).
 */
export type Credentials = AwsCredentials | CredentialProvider | { readonly provider: CredentialProvider };
