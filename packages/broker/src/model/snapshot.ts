/** The state of one cached session. */
export interface RoleSnapshot {
  readonly key: string;
  /**
   * `fresh`: valid. `advisory`: valid, and in its renewal window. `degraded`: valid, but the last renewal failed.
   * `expired`: no valid credentials are cached.
   */
  readonly state: "fresh" | "advisory" | "degraded" | "expired";
  readonly expiresAt?: Date;
  /** The earliest start of the next renewal. */
  readonly nextRefresh?: Date;
  readonly lastError?: { readonly code: string; readonly at: Date };
  /** The requested and the granted lifetime, where role chaining limits it to an hour. */
  readonly clamped?: { readonly requestedSeconds: number; readonly seconds: number };
}

/** The state of all cached sessions. */
export interface BrokerSnapshot {
  /** The last renewal of some session failed. Valid credentials are still served. */
  readonly degraded: boolean;
  readonly roles: readonly RoleSnapshot[];
  /** The broker's own credentials. */
  readonly source?: {
    /** Set while STS rejects them. */
    readonly rejected?: { readonly accessKeyId: string; readonly code: string; readonly at: Date };
  };
  /** The shared store; absent without one. */
  readonly store?: {
    /** Set while the store is not used after failures. */
    readonly off?: { readonly reason: string; readonly at: Date };
  };
}
