/** An IAM access key: a long-term one, or a temporary one of AWS STS when `sessionToken` is there. */
export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
  /** When the credentials cease to work. Absent: they do not expire by themselves. */
  readonly expiration?: Date | undefined;
  readonly accountId?: string | undefined;
}

/** What a caller may wish of a provider. Keys a provider does not know are ignored. */
export interface CredentialRequest {
  /**
   * How much validity the caller would like, in milliseconds. A wish: when refreshing cannot help, what is held is
   * returned and its `expiration` tells.
   */
  readonly minTtlMs?: number | undefined;
  /** Ask the source again although what is held would do. Rate-limited. */
  readonly forceRefresh?: boolean;
  /** Ends the wait of this caller alone. */
  readonly signal?: AbortSignal | undefined;
}

/** Names the access key that a service turned down, so that a newer one is never dropped by mistake. */
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
  /** What is held now, if it is valid: synchronous, for the signing hot path. */
  peek?(): AwsCredentials | undefined;
  /** Reports a rejected key. A no-op unless it is the key held now. */
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
