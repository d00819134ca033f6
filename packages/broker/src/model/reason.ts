/** Why a session is fetched, the most urgent first: in this order fetches get their turn at STS. */
export const REASONS = [
  "expired",
  "initial",
  "rejected",
  "mandatory",
  "forced",
  "min-ttl",
  "advisory",
  "warm",
] as const;

export type Reason = (typeof REASONS)[number];
