import type { AwsCredentials, Clock } from "@countersign/signer";
import { endOf } from "./vended-key.ts";

/** Told when the broker is asked; the result is told what it answered. */
export type Learn = (endpoint: URL, clock: Clock) => (response: Response, granted: AwsCredentials | undefined) => void;

/** Corrects the clock by the `Date` of the broker's answer. */
export const learnDate: Learn = ({ protocol }, clock) => {
  const sentAt = clock.wall();
  return ({ headers }, granted) => {
    const receivedAt = clock.wall();
    const date = headers.get("date");
    // An answer with an `Age` was stored by a cache (RFC 9111, section 5.1).
    if (date === null || headers.has("age") || protocol !== "https:") return;
    // Credentials that were just issued and are expired by this clock confirm that the clock is off.
    const confirmed = granted !== undefined && endOf(granted) <= receivedAt;
    clock.observe({ date: new Date(date), sentAt, receivedAt, confirmed });
  };
};
