/** Why a session is fetched, the most urgent first: waiting fetches are sent to STS in this order. */
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
