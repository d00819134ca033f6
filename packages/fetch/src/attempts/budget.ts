/** A bucket of tokens that all retries of a client share, so that an outage is not answered with a storm. */
export interface Budget {
  /** Takes what a retry costs; `undefined` when it cannot be afforded. */
  withdraw(reason: "transient" | "throttled"): number | undefined;
  /** After a success: gives back what the last retry had cost, or one token when there was none. */
  deposit(withdrawn: number): void;
}

/** What a retry costs: less after throttling, where the wait itself already relieves the service. */
const COST = { transient: 14, throttled: 5 } as const;

/**
 * Makes a budget of `capacity` tokens.
 *
 * @see https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
 */
export function createBudget(capacity: number): Budget {
  let tokens = capacity;
  return {
    withdraw(reason) {
      const cost = COST[reason];
      if (tokens < cost) return undefined;
      tokens -= cost;
      return cost;
    },
    deposit(withdrawn) {
      tokens = Math.min(capacity, tokens + Math.max(1, withdrawn));
    },
  };
}
