/**
 * How much of STS one broker may use. All callers in the account and Region share the quota of STS.
 * 600 requests a second, as of 2025-11: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
export interface Limits {
  /** Sessions kept at once. Default 2,000. */
  readonly maxEntries?: number | undefined;
  /** Requests to STS under way at once. Default 32. */
  readonly maxInFlight?: number | undefined;
  /** Fetches that wait for their turn. Default 10,000. */
  readonly maxQueue?: number | undefined;
  /** Requests to STS per second, on average. Default 200. */
  readonly stsPerSecond?: number | undefined;
  /** Requests to STS at once before `stsPerSecond` counts. Default 400. */
  readonly burst?: number | undefined;
  /** The part of `maxQueue` and `maxInFlight` that one named tenant may take while other tenants wait. Default 0.25. */
  readonly tenantShare?: number | undefined;
}

/** Every limit with its value. */
export type ResolvedLimits = { readonly [Name in keyof Limits]-?: number };

export const DEFAULT_LIMITS: ResolvedLimits = {
  maxEntries: 2000,
  maxInFlight: 32,
  maxQueue: 10_000,
  stsPerSecond: 200,
  burst: 400,
  tenantShare: 0.25,
};
