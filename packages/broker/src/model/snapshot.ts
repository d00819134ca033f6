/** What the broker holds for one session. */
export interface RoleSnapshot {
  readonly key: string;
  /**
   * `fresh`: nothing to do. `advisory`: valid, being renewed ahead. `degraded`: valid, but the last renewal failed.
   * `expired`: nothing valid is held.
   */
  readonly state: "fresh" | "advisory" | "degraded" | "expired";
  readonly expiresAt?: Date;
  /** When the next renewal may start at the earliest. */
  readonly nextRefresh?: Date;
  readonly lastError?: { readonly code: string; readonly at: Date };
  /** The lifetime asked for and the one given, where role chaining cut it down. */
  readonly clamped?: { readonly requestedSeconds: number; readonly seconds: number };
}

/** The state of all that is cached; readiness is made from it. */
export interface BrokerSnapshot {
  /** Some session could not be renewed. What is valid is served nevertheless. */
  readonly degraded: boolean;
  readonly roles: readonly RoleSnapshot[];
}
