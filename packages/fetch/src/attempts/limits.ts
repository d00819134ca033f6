// The limits of attempts. This file imports nothing, so that bundlers put the numbers in the place of the names.

/**
 * How many of the shared tokens a retry costs: fewer after throttling, where the wait itself already relieves the
 * service (https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html).
 */
export const COST = 14;
/** The same after throttling. */
export const THROTTLED_COST = 5;

/**
 * AWS accepts a signature for five minutes before and after its time. When the clock now differs from the signature's
 * time by more than this, in milliseconds, the service may have refused the signature for its time.
 */
export const STALE_SIGNATURE_MS = 240_000;

/** The model in the container failed: whether to ask it again is the caller's decision. */
export const MODEL_ERROR = 424;
